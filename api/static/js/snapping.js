// Snapping to corners and edges of buildings and plots on the map: for the pointer and for the keyboard's cross alike.
import { distance, nearestOnSegment } from "./site-model.js";

const REACH_PIXELS = 10;
const SNAPPED_TO = ["buildings", "parcels"];

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

  ringsNear([x, y], reach) {
    const box = [x - reach, y - reach, x + reach, y + reach];
    const rings = [];
    for (const layer of this.map.getLayers().getArray()) {
      const visible = this.map.getView().getResolution() <= layer.getMaxResolution();
      if (visible && SNAPPED_TO.includes(layer.get("name"))) {
        layer.getSource().forEachFeatureInExtent(box, (feature) => {
          rings.push(...ringsOf(feature.getGeometry()));
        });
      }
    }
    return rings;
  }
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
