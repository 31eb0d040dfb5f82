// The report: its map shows exactly the numbered list beside it, and each leads to the other.
import { Circle, Fill, GeoJSON, Stroke, Style, Text, VectorLayer, VectorSource } from "../vendor/openlayers/openlayers.js";
import { labelPlace } from "./list-map.js";
import { MapFrame, pageData } from "./map-frame.js";
import { patternFill, swatch } from "./patterns.js";

const FONT = 'bold 13px "Helvetica Neue", Helvetica, Arial, sans-serif';
const format = new GeoJSON();

class ReportMap {
  constructor(style, data, settings) {
    this.style = style;
    this.themes = new Map(style.themes.map((entry) => [entry.id, { ...entry, fill: new Fill({ color: patternFill(entry) ?? "rgba(0,0,0,0)" }) }]));
    this.hidden = new Set();
    this.shown = null;
    const hits = new VectorSource({ features: format.readFeatures(data.hits).map(withOutline) });
    this.hits = new VectorLayer({ source: hits, style: (feature) => this.hitStyle(feature), zIndex: 5, declutter: false });
    const site = new VectorSource({ features: [format.readFeature({ type: "Feature", geometry: data.site })] });
    const line = [new Stroke({ color: "#ffffff", width: style.site.width + 3 }), new Stroke({ color: style.site.line, width: style.site.width })];
    this.site = new VectorLayer({ source: site, style: line.map((stroke) => new Style({ stroke })), zIndex: 8 });
    this.labels = new VectorLayer({ source: hits, style: (feature) => this.labelStyle(feature), zIndex: 9, declutter: true });
    this.frame = new MapFrame("map", settings, [this.hits, this.site, this.labels], data.view);
    this.frame.map.on("click", (event) => this.onClick(event.coordinate));
    this.frame.map.on("change:size", () => this.frame.map.updateSize());
    this.key(hits.getFeatures());
    this.links();
  }

  hitStyle(feature) {
    const entry = this.themes.get(feature.get("theme"));
    if (this.hidden.has(entry.id)) {
      return null;
    }
    const chosen = feature.getId() === this.shown;
    const stroke = new Stroke({ color: entry.line, width: chosen ? 5 : 2.5, lineDash: entry.dash });
    const image = new Circle({ radius: chosen ? 9 : 6, fill: new Fill({ color: entry.line }), stroke: new Stroke({ color: "#ffffff", width: 2 }) });
    const halo = new Stroke({ color: "rgba(255,255,255,0.8)", width: chosen ? 8 : 5 });
    const geometry = feature.get("outline") ?? feature.getGeometry();
    return [new Style({ fill: entry.fill, image }), new Style({ geometry, stroke: halo }), new Style({ geometry, stroke })];
  }

  labelStyle(feature) {
    const entry = this.themes.get(feature.get("theme"));
    if (this.hidden.has(entry.id)) {
      return null;
    }
    const text = new Text({ text: String(feature.get("number")), font: FONT, fill: new Fill({ color: "#ffffff" }), backgroundFill: new Fill({ color: entry.line }), backgroundStroke: new Stroke({ color: "#ffffff", width: 1.5 }), padding: [3, 5, 2, 5], overflow: true });
    return new Style({ text, geometry: labelPlace(feature.getGeometry()), zIndex: feature.getId() === this.shown ? 1000 : -feature.get("number") });
  }

  key(features) {
    const holder = document.getElementById("map-key");
    const used = new Set(features.map((feature) => feature.get("theme")));
    if (used.size === 0) {
      return;
    }
    const group = document.createElement("fieldset");
    group.className = "app-layers";
    group.append(Object.assign(document.createElement("legend"), { textContent: "Show on the map" }));
    const list = group.appendChild(document.createElement("div"));
    list.className = "app-layers__list";
    list.append(...this.style.themes.filter((entry) => used.has(entry.id)).map((entry) => this.keyRow(entry)));
    holder.replaceChildren(group);
    holder.hidden = false;
  }

  keyRow(entry) {
    const row = document.createElement("div");
    row.className = "app-tool-check";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", id: `layer-${entry.id}`, checked: true });
    const label = Object.assign(document.createElement("label"), { htmlFor: box.id, textContent: entry.label });
    box.addEventListener("change", () => {
      this.hidden[box.checked ? "delete" : "add"](entry.id);
      this.refresh();
      this.frame.say(`${entry.label} ${box.checked ? "shown on" : "hidden from"} the map.`);
    });
    row.append(box, swatch(entry), label);
    return row;
  }

  refresh() {
    this.hits.changed();
    this.labels.changed();
  }

  links() {
    for (const button of document.querySelectorAll("[data-show]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.showHit(button.dataset.show));
    }
  }

  showHit(id) {
    const feature = this.hits.getSource().getFeatureById(id);
    this.mark(id);
    const [west, south, east, north] = feature.getGeometry().getExtent();
    const room = Math.max(20, (east - west) / 4, (north - south) / 4);
    this.frame.show([west - room, south - room, east + room, north + room]);
    this.frame.frame.scrollIntoView({ block: "center" });
    this.frame.viewport.focus({ preventScroll: true });
    this.frame.say(`Map shows number ${feature.get("number")}, ${feature.get("title")}.`);
  }

  /** Lead from the smallest shape at the place to its item in the list. */
  onClick([x, y]) {
    const reach = 6 * this.frame.resolution;
    const found = [];
    this.hits.getSource().forEachFeatureIntersectingExtent([x - reach, y - reach, x + reach, y + reach], (feature) => {
      if (!this.hidden.has(feature.get("theme"))) {
        found.push(feature);
      }
    });
    const [feature] = found.sort((one, other) => extentArea(one) - extentArea(other));
    if (!feature) {
      return;
    }
    this.mark(feature.getId());
    const item = document.getElementById(feature.getId());
    for (let outer = item.closest("details"); outer; outer = outer.parentElement.closest("details")) {
      outer.open = true;
    }
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
  }

  mark(id) {
    this.shown = id;
    document.querySelectorAll(".app-hit--shown").forEach((item) => item.classList.remove("app-hit--shown"));
    document.getElementById(id)?.classList.add("app-hit--shown");
    this.refresh();
  }
}

/** The line to draw round an area: not where the server cut it, since nothing ends there. */
function withOutline(feature) {
  const outline = feature.get("outline");
  feature.set("outline", outline ? format.readGeometry(outline) : undefined);
  return feature;
}

function extentArea(feature) {
  const [west, south, east, north] = feature.getGeometry().getExtent();
  return (east - west) * (north - south);
}

async function open() {
  const style = await (await fetch("/map/style.json")).json();
  const map = new ReportMap(style, pageData("map-data"), pageData("map-settings"));
  document.getElementById("picture").hidden = true;
  document.documentElement.dataset.ready = "1";
  map.frame.frame.dataset.hits = map.hits.getSource().getFeatures().map((feature) => feature.getId()).join(" ");
}

open();
