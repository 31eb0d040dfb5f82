// The map of a list: it shows exactly the rows beside it, and each leads to the other.
import { Circle, Fill, GeoJSON, MultiPoint, Stroke, Style, Text, VectorLayer, VectorSource } from "../vendor/openlayers/openlayers.js";
import { MapFrame, pageData } from "./map-frame.js";
import { patternFill, swatch } from "./patterns.js";

const FONT = 'bold 13px "Helvetica Neue", Helvetica, Arial, sans-serif';
const SMALLEST_PIXELS = 12;
const SITE = [new Stroke({ color: "#ffffff", width: 6.5 }), new Stroke({ color: "#c4001a", width: 3.5 })];
const AREA = new Style({ stroke: new Stroke({ color: "#0b0c0c", width: 2, lineDash: [6, 4] }), fill: new Fill({ color: "rgba(255,221,0,0.15)" }) });
const format = new GeoJSON();

/** The map of one list. `data` and `settings` are what api.maps.figure wrote into the page. */
export class ListMap {
  constructor(data, settings, layers = []) {
    this.styles = new Map(data.styles.map((entry) => [entry.id, { ...entry, fill: new Fill({ color: patternFill(entry) ?? "rgba(0,0,0,0)" }) }]));
    this.shown = null;
    const items = new VectorSource({ features: format.readFeatures(data.items) });
    this.items = new VectorLayer({ source: items, style: (feature, resolution) => this.itemStyle(feature, resolution), zIndex: 5, opacity: data.opacity ?? 1 });
    this.labels = new VectorLayer({ source: items, style: (feature) => this.labelStyle(feature), zIndex: 9, declutter: true });
    const fixed = [fixedLayer(data.area, [AREA], 2), fixedLayer(data.site, SITE.map((stroke) => new Style({ stroke })), 8)];
    this.frame = new MapFrame("map", settings, [...layers, ...fixed, this.items, this.labels], data.view);
    this.frame.map.on("click", (event) => this.onClick(event.coordinate));
    this.key();
    this.links();
    this.boxes();
    this.frame.frame.dataset.items = items.getFeatures().map((feature) => feature.getId()).join(" ");
  }

  itemStyle(feature, resolution) {
    const entry = this.styles.get(feature.get("style"));
    const chosen = feature.getId() === this.shown || boxOf(feature.getId())?.checked;
    const image = new Circle({ radius: chosen ? 9 : 6, fill: new Fill({ color: entry.line }), stroke: new Stroke({ color: "#ffffff", width: 2 }) });
    if (tooSmall(feature, resolution)) {
      return new Style({ geometry: (one) => labelPlace(one.getGeometry()), image });
    }
    const halo = new Stroke({ color: "rgba(255,255,255,0.8)", width: chosen ? 8 : 5 });
    const stroke = new Stroke({ color: entry.line, width: chosen ? 5 : 2.5, lineDash: entry.dash });
    return [new Style({ fill: entry.fill, image, stroke: halo }), new Style({ stroke })];
  }

  labelStyle(feature) {
    const entry = this.styles.get(feature.get("style"));
    const text = new Text({ text: String(feature.get("number")), font: FONT, fill: new Fill({ color: "#ffffff" }), backgroundFill: new Fill({ color: entry.line }), backgroundStroke: new Stroke({ color: "#ffffff", width: 1.5 }), padding: [3, 5, 2, 5], overflow: true, offsetY: -14 });
    return new Style({ text, geometry: labelPlace(feature.getGeometry()), zIndex: feature.getId() === this.shown ? 1000 : -feature.get("number") });
  }

  key() {
    const holder = document.getElementById("map-key");
    if (!holder || this.styles.size === 0) {
      return;
    }
    const list = document.createElement("ul");
    list.className = "app-key";
    list.setAttribute("aria-label", "Key to the map");
    for (const entry of this.styles.values()) {
      const row = list.appendChild(document.createElement("li"));
      row.append(swatch(entry), entry.label);
    }
    holder.replaceChildren(list);
    holder.hidden = false;
  }

  links() {
    for (const button of document.querySelectorAll("[data-show]")) {
      button.hidden = this.items.getSource().getFeatureById(button.dataset.show) === null;
      button.addEventListener("click", () => this.showItem(button.dataset.show));
    }
  }

  /** What is ticked in the list shows on the map. */
  boxes() {
    for (const feature of this.items.getSource().getFeatures()) {
      boxOf(feature.getId())?.addEventListener("change", () => this.items.changed());
    }
  }

  showItem(id) {
    const feature = this.items.getSource().getFeatureById(id);
    this.mark(id);
    const [west, south, east, north] = feature.getGeometry().getExtent();
    const room = Math.max(40, (east - west) / 2, (north - south) / 2);
    this.frame.show([west - room, south - room, east + room, north + room]);
    this.frame.frame.scrollIntoView({ block: "center" });
    this.frame.viewport.focus({ preventScroll: true });
    this.frame.say(`Map shows number ${feature.get("number")}, ${feature.get("title")}.`);
  }

  /** Lead from the smallest shape at the place to its row. */
  onClick([x, y]) {
    const reach = 10 * this.frame.resolution;
    const found = [];
    this.items.getSource().forEachFeatureIntersectingExtent([x - reach, y - reach, x + reach, y + reach], (feature) => {
      found.push(feature);
    });
    const [feature] = found.sort((one, other) => extentArea(one) - extentArea(other));
    if (!feature) {
      return;
    }
    this.mark(feature.getId());
    const row = document.getElementById(feature.getId());
    row.closest("details")?.setAttribute("open", "");
    row.tabIndex = -1;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    this.turn(feature);
  }

  /** Tick the box of a row that is there to be picked, or untick it. */
  turn(feature) {
    const box = boxOf(feature.getId());
    if (box) {
      box.checked = !box.checked;
      this.frame.say(`${feature.get("title")} is ${box.checked ? "picked" : "not picked"}.`);
    }
  }

  mark(id) {
    this.shown = id;
    document.querySelectorAll(".app-row--shown").forEach((row) => row.classList.remove("app-row--shown"));
    document.getElementById(id)?.classList.add("app-row--shown");
    this.items.changed();
    this.labels.changed();
  }
}

/** The box of a row, where rows are there to be picked. */
function boxOf(id) {
  return document.getElementById(id)?.querySelector("input[type=checkbox]");
}

function fixedLayer(geometry, style, zIndex) {
  const features = geometry ? [format.readFeature({ type: "Feature", geometry })] : [];
  return new VectorLayer({ source: new VectorSource({ features }), style, zIndex });
}

function tooSmall(feature, resolution) {
  const [west, south, east, north] = feature.getGeometry().getExtent();
  return Math.max(east - west, north - south) / resolution < SMALLEST_PIXELS;
}

function extentArea(feature) {
  const [west, south, east, north] = feature.getGeometry().getExtent();
  return (east - west) * (north - south);
}

/** Where the number of a shape goes: one place in each of its parts. */
export function labelPlace(geometry) {
  const places = {
    Polygon: () => new MultiPoint([geometry.getInteriorPoint().getCoordinates()]),
    MultiPolygon: () => geometry.getInteriorPoints(),
    LineString: () => new MultiPoint([geometry.getCoordinateAt(0.5)]),
    MultiLineString: () => new MultiPoint(geometry.getLineStrings().map((line) => line.getCoordinateAt(0.5))),
  };
  return places[geometry.getType()]?.() ?? geometry;
}

/** Draw the page's map and put the picture away. */
export function openListMap(layers = []) {
  const map = new ListMap(pageData("map-data"), pageData("map-settings"), layers);
  document.getElementById("picture").hidden = true;
  document.documentElement.dataset.ready = "1";
  return map;
}
