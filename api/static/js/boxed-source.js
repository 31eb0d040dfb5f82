// Features that a server gives by box of the national grid, asked for as the map comes to show them.
import { GeoJSON, TileGrid, VectorSource, tileStrategy } from "../vendor/openlayers/openlayers.js";
import { EXTENT } from "./grid.js";

const format = new GeoJSON();

/** A source of the features at `address`, by boxes of `side` metres; `prepare` is given those of each answer. */
export function boxedSource(address, side, prepare = () => {}) {
  const boxes = new TileGrid({ extent: EXTENT, origin: [0, 0], resolutions: [1], tileSize: side });
  const source = new VectorSource({ strategy: tileStrategy(boxes), loader: (extent) => load(source, address, extent, prepare) });
  return source;
}

async function load(source, address, extent, prepare) {
  const box = extent.map((side) => Math.round(side));
  try {
    const answer = await fetch(`${address}?bbox=${box.join(",")}`);
    if (!answer.ok) {
      throw new Error(`${answer.status}`);
    }
    const features = format.readFeatures(await answer.json());
    prepare(features);
    source.addFeatures(features);
  } catch {
    // Asked for again when the map comes back.
    source.removeLoadedExtent(extent);
  }
}
