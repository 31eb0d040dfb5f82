// Snapping to corners and edges of buildings and plots on the map: for the pointer and for the keyboard's cross alike.
// Plots are those of the base map, or the council's own.
import { Stroke, Style, VectorLayer } from "../vendor/openlayers/openlayers.js";
import { boxedSource } from "./boxed-source.js";
import { distance, nearestOnSegment, ringArea } from "./site-model.js";

const REACH_PIXELS = 10;
const PLOTS = ["parcels", "council-parcels"];
const SNAPPED_TO = ["buildings", ...PLOTS];
const SIDE = 500;
const COARSEST = 0.8;
const PLOT_STYLE = new Style({ stroke: new Stroke({ color: "#4c6272", width: 1.25, lineDash: [6, 3] }) });

export class Snapping {
  constructor(map) {
    this.map = map;
    this.on = true;
  }

  /** The place to use for a place on the map: a corner nearby, else a point on an edge, else the place itself. */
  place(at) {
    if (!this.on) {
      return { place: at, what: "" };
    }
    const reach = REACH_PIXELS * this.map.getView().getResolution();
    const rings = this.ringsNear(at, reach);
    const corner = nearest(at, reach, rings.flat());
    if (corner) {
      return { place: corner, what: "corner" };
    }
    const feet = rings.flatMap((ring) => ring.slice(1).map((end, index) => nearestOnSegment(at, ring[index], end)));
    const foot = nearest(at, reach * 0.7, feet);
    return foot ? { place: foot, what: "edge" } : { place: at, what: "" };
  }

  /** The outline of the smallest plot at a place, not closed; null where there is none on the map. */
  plotAt(at) {
    const outlines = [];
    for (const layer of this.visible(PLOTS)) {
      for (const feature of layer.getSource().getFeaturesAtCoordinate(at)) {
        const geometry = feature.getGeometry();
        const polygons = { Polygon: () => [geometry], MultiPolygon: () => geometry.getPolygons() }[geometry.getType()]?.() ?? [];
        outlines.push(...polygons.filter((one) => one.intersectsCoordinate(at)).map((one) => one.getCoordinates()[0].slice(0, -1)));
      }
    }
    return outlines.sort((one, other) => ringArea(one) - ringArea(other))[0] ?? null;
  }

  ringsNear([x, y], reach) {
    const box = [x - reach, y - reach, x + reach, y + reach];
    const rings = [];
    for (const layer of this.visible(SNAPPED_TO)) {
      layer.getSource().forEachFeatureInExtent(box, (feature) => {
        rings.push(...ringsOf(feature.getGeometry()));
      });
    }
    return rings;
  }

  visible(names) {
    const resolution = this.map.getView().getResolution();
    return this.map.getLayers().getArray().filter((layer) => names.includes(layer.get("name")) && resolution <= layer.getMaxResolution());
  }
}

/** The council's own plots as a layer of the map, by box from `address`. */
export function councilPlots(address) {
  const layer = new VectorLayer({ source: boxedSource(address, SIDE), style: PLOT_STYLE, maxResolution: COARSEST, zIndex: 2 });
  layer.set("name", "council-parcels");
  return layer;
}

function ringsOf(geometry) {
  const coordinates = geometry.getCoordinates();
  return { Polygon: () => coordinates, MultiPolygon: () => coordinates.flat(), LineString: () => [coordinates] }[geometry.getType()]?.() ?? [];
}

function nearest(at, reach, places) {
  let found = null;
  let least = reach;
  for (const place of places) {
    const away = distance(at, place);
    if (away <= least) {
      [least, found] = [away, place];
    }
  }
  return found;
}
