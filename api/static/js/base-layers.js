// The base map: layers by box of the national grid from our own server, muted, with road names.
import { Fill, GeoJSON, Stroke, Style, Text, TileGrid, VectorLayer, VectorSource, tileStrategy } from "../vendor/openlayers/openlayers.js";
import { EXTENT } from "./grid.js";

const FONT = '"Helvetica Neue", Helvetica, Arial, sans-serif';
const HALO = new Stroke({ color: "rgba(255,255,255,0.95)", width: 3.5 });

/** Name -> how coarse a map still shows it (metres a pixel), the side of the boxes asked for (metres), its style. */
const LAYERS = {
  water: { coarsest: 60, side: 4000, style: new Style({ fill: new Fill({ color: "#c3dcea" }), stroke: new Stroke({ color: "#8fb9d0", width: 1 }) }) },
  green: { coarsest: 30, side: 4000, style: new Style({ fill: new Fill({ color: "#dbe8cd" }) }) },
  parcels: { coarsest: 0.8, side: 500, style: new Style({ stroke: new Stroke({ color: "#b3ac9d", width: 0.75 }) }) },
  road_areas: { coarsest: 6, side: 2000, style: new Style({ fill: new Fill({ color: "#ffffff" }), stroke: new Stroke({ color: "#c9c4b8", width: 1 }) }) },
  buildings: { coarsest: 4, side: 1000, style: new Style({ fill: new Fill({ color: "#d9d0c3" }), stroke: new Stroke({ color: "#9a8f80", width: 0.75 }) }) },
  railway: { coarsest: 60, side: 4000, style: new Style({ stroke: new Stroke({ color: "#5f6367", width: 2.5, lineDash: [8, 5] }) }) },
  roads: { coarsest: 20, side: 4000, style: roadStyle },
  places: { coarsest: 30, side: 4000, style: placeStyle },
};

function roadStyle(feature, resolution) {
  const styles = [];
  if (resolution > 6) {
    styles.push(new Style({ stroke: new Stroke({ color: "#ffffff", width: 2 }) }));
  }
  if (resolution <= 1.8 && feature.get("name")) {
    styles.push(
      new Style({
        text: new Text({ text: feature.get("name"), placement: "line", font: `${resolution < 0.5 ? 14 : 12}px ${FONT}`, fill: new Fill({ color: "#3d3a35" }), stroke: HALO, maxAngle: Math.PI / 6, repeat: 500 }),
      }),
    );
  }
  return styles;
}

function placeStyle(feature, resolution) {
  const name = feature.get("name") ?? feature.get("label");
  if (!name || resolution < 1) {
    return null;
  }
  return new Style({ text: new Text({ text: name, font: `bold 14px ${FONT}`, fill: new Fill({ color: "#2d2a26" }), stroke: HALO }) });
}

/** OpenLayers layers for the names that the server has, in its order (from the ground up). */
export function baseLayers(names) {
  return names.filter((name) => name in LAYERS).map((name) => baseLayer(name, LAYERS[name]));
}

function baseLayer(name, { coarsest, side, style }) {
  const boxes = new TileGrid({ extent: EXTENT, origin: [0, 0], resolutions: [1], tileSize: side });
  const source = new VectorSource({ strategy: tileStrategy(boxes), loader: (extent) => load(source, name, extent) });
  const layer = new VectorLayer({ source, style, maxResolution: coarsest, declutter: name === "roads" || name === "places" });
  layer.set("name", name);
  return layer;
}

const format = new GeoJSON();

async function load(source, name, extent) {
  const box = extent.map((side) => Math.round(side));
  try {
    const answer = await fetch(`/map/base/${name}?bbox=${box.join(",")}`);
    if (!answer.ok) {
      throw new Error(`${answer.status}`);
    }
    source.addFeatures(format.readFeatures(await answer.json()));
  } catch {
    source.removeLoadedExtent(extent);
  }
}
