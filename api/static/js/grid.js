// The British National Grid (EPSG:27700) in the browser: view, text and figures. Metres throughout.
import { Projection, addProjection } from "../vendor/openlayers/openlayers.js";

export const EXTENT = [0, 0, 700000, 1300000];

/** Resolutions of the Ordnance Survey's tile grid, metres a pixel. */
export const RESOLUTIONS = Array.from({ length: 14 }, (_, zoom) => 896 / 2 ** zoom);

export const nationalGrid = new Projection({ code: "EPSG:27700", units: "m", extent: EXTENT, global: false });
addProjection(nationalGrid);

const LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ";

/** [easting, northing] from "440985, 244700" or "SP 40985 44700", or null. */
export function parsePlace(text) {
  const numbers = text.trim().match(/^(\d{1,6}(?:\.\d+)?)[\s,;]+(\d{1,7}(?:\.\d+)?)$/);
  if (numbers) {
    return onGrid(Number(numbers[1]), Number(numbers[2]));
  }
  const reference = text.toUpperCase().replace(/\s+/g, "").match(/^([A-HJ-Z])([A-HJ-Z])((?:\d\d){1,5})$/);
  if (!reference) {
    return null;
  }
  const [first, second] = [LETTERS.indexOf(reference[1]), LETTERS.indexOf(reference[2])];
  const east = ((first + 3) % 5) * 5 + (second % 5);
  const north = 19 - Math.floor(first / 5) * 5 - Math.floor(second / 5);
  const half = reference[3].length / 2;
  const unit = 10 ** (5 - half);
  const [x, y] = [reference[3].slice(0, half), reference[3].slice(half)];
  return onGrid(east * 100000 + Number(x) * unit, north * 100000 + Number(y) * unit);
}

/** "SP 41880 44704": the metre square of a place. */
export function gridReference([easting, northing]) {
  const [east, north] = [Math.floor(easting / 100000), Math.floor(northing / 100000)];
  const first = (19 - north) - ((19 - north) % 5) + Math.floor((east + 10) / 5);
  const second = (((19 - north) * 5) % 25) + (east % 5);
  const metres = [easting, northing].map((value) => String(Math.floor(value) % 100000).padStart(5, "0"));
  return `${LETTERS[first]}${LETTERS[second]} ${metres.join(" ")}`;
}

function onGrid(easting, northing) {
  const inside = easting >= 0 && easting <= EXTENT[2] && northing >= 0 && northing <= EXTENT[3];
  return inside ? [easting, northing] : null;
}

/** "1,234 m²", with hectares from 1,000 m² up. */
export function areaText(squareMetres) {
  const metres = `${squareMetres < 100 ? squareMetres.toFixed(1) : Math.round(squareMetres).toLocaleString("en-GB")} m²`;
  return squareMetres < 1000 ? metres : `${metres} (${(squareMetres / 10000).toFixed(2)} hectares)`;
}

/** "12.4 m" or "1.2 km". */
export function lengthText(metres) {
  if (metres >= 1000) {
    return `${(metres / 1000).toFixed(metres < 10000 ? 1 : 0)} km`;
  }
  return `${metres < 10 ? metres.toFixed(1) : Math.round(metres)} m`;
}

/** The largest round length that fits into `pixels` at this resolution. */
export function scaleLength(resolution, pixels) {
  const most = resolution * pixels;
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((step) => step * power).find((length) => length <= most) ?? power;
}
