// The base map: layers by box of the national grid from our own server, drawn by the rules that its tiles are drawn by.
import { BASE } from "/map/style.js";
import { VectorLayer } from "../vendor/openlayers/openlayers.js";
import { boxedSource } from "./boxed-source.js";

/** Name -> how coarse a map still asks for it (metres a pixel), and the side of the boxes asked for (metres). */
const LAYERS = {
  water: { coarsest: 60, side: 4000 },
  green: { coarsest: 30, side: 4000 },
  parcels: { coarsest: 0.8, side: 500 },
  road_areas: { coarsest: 4, side: 2000 },
  buildings: { coarsest: 4, side: 1000 },
  railway: { coarsest: 60, side: 4000 },
  roads: { coarsest: 20, side: 4000 },
  places: { coarsest: 30, side: 4000 },
};

/** OpenLayers layers for the names that the server has, in its order (from the ground up). */
export function baseLayers(names) {
  return names.filter((name) => name in LAYERS).map((name) => baseLayer(name, LAYERS[name]));
}

function baseLayer(name, { coarsest, side }) {
  // In tiles the name of the layer comes with each feature.
  const source = boxedSource(`/map/base/${name}`, side, (features) => features.forEach((feature) => feature.set("layer", name, true)));
  const style = BASE.filter((rule) => layerOf(rule.filter) === name);
  const layer = new VectorLayer({ source, style, maxResolution: coarsest, declutter: true });
  layer.set("name", name);
  return layer;
}

/** The tile layer that a rule's filter names, before anything else. */
function layerOf(filter) {
  return (filter[0] === "all" ? filter[1] : filter)[2];
}
