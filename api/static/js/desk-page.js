// The officers' dashboard: the map of its list, and searching the area that the map shows or that is drawn on it.
import { Feature, Fill, LineString, MultiPoint, Circle, Polygon, Stroke, Style, VectorLayer, VectorSource } from "../vendor/openlayers/openlayers.js";
import { openListMap } from "./list-map.js";

const FEWEST = 3;
const LINE = new Stroke({ color: "#0b0c0c", width: 2.5, lineDash: [6, 4] });
const CORNER = new Circle({ radius: 5, fill: new Fill({ color: "#0b0c0c" }), stroke: new Stroke({ color: "#ffffff", width: 2 }) });
const LOOK = new Style({ stroke: LINE, fill: new Fill({ color: "rgba(255,221,0,0.2)" }), image: CORNER });

/** Ask for the cases in an area: WKT, or west,south,east,north, in metres. */
function search(area) {
  const form = document.querySelector(".app-search");
  const field = form.elements.area ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "area" }));
  field.value = area;
  form.requestSubmit();
}

/** Corners by click, or by Enter at the cross in the middle of the map; the area is searched when it is finished. */
class AreaDrawing {
  constructor(map, source, tools) {
    this.map = map;
    this.source = source;
    this.tools = tools;
    this.corners = null;
    const lead = map.onClick.bind(map);
    map.onClick = (place) => (this.corners ? this.add(place) : lead(place));
    map.frame.viewport.addEventListener("keydown", (event) => this.onKey(event));
    tools.draw.addEventListener("click", () => (this.corners ? this.stop("Drawing stopped.") : this.start()));
    tools.finish.addEventListener("click", () => this.finish());
  }

  start() {
    this.corners = [];
    this.tools.draw.textContent = "Stop drawing on the map";
    this.map.frame.frame.classList.add("app-map--drawing");
    this.map.frame.viewport.focus();
    this.map.frame.say("Click on the map, or press Enter at the cross, for each corner of the area.");
    this.show();
  }

  stop(message) {
    this.corners = null;
    this.tools.draw.textContent = "Draw an area on the map";
    this.map.frame.frame.classList.remove("app-map--drawing");
    this.map.frame.say(message);
    this.show();
  }

  onKey(event) {
    if (this.corners && event.key === "Enter") {
      this.add(this.map.frame.centre);
      event.preventDefault();
    } else if (this.corners && event.key === "Escape") {
      this.stop("Drawing stopped.");
    }
  }

  add(place) {
    this.corners.push(place.map((value) => Math.round(value * 10) / 10));
    const more = FEWEST - this.corners.length;
    this.map.frame.say(more > 0 ? `Corner ${this.corners.length}. ${more} more at least.` : `Corner ${this.corners.length}. Search when the area is right.`);
    this.show();
  }

  show() {
    this.source.clear();
    const corners = this.corners ?? [];
    this.tools.finish.hidden = !this.corners;
    this.tools.finish.disabled = corners.length < FEWEST;
    const area = corners.length < FEWEST ? new LineString(corners) : new Polygon([[...corners, corners[0]]]);
    this.source.addFeatures(corners.length ? [new Feature(area), new Feature(new MultiPoint(corners))] : []);
  }

  finish() {
    const ring = [...this.corners, this.corners[0]].map((corner) => corner.join(" ")).join(",");
    search(`POLYGON((${ring}))`);
  }
}

if (document.getElementById("map-data")) {
  const source = new VectorSource();
  const map = openListMap([new VectorLayer({ source, style: LOOK, zIndex: 12 })]);
  const tools = Object.fromEntries([...document.querySelectorAll("[data-area]")].map((button) => [button.dataset.area, button]));
  new AreaDrawing(map, source, tools);
  tools.view.addEventListener("click", () => {
    search(map.frame.map.getView().calculateExtent(map.frame.map.getSize()).map((side) => side.toFixed(0)).join(","));
  });
  document.getElementById("area-tools").hidden = false;
}
