// The map of a list of cases: searching the area that the map shows, or one that is drawn on it.
import { Drawing } from "./draw-map.js";
import { openListMap } from "./list-map.js";

/** Ask for the cases in an area: WKT, or west,south,east,north, in metres. */
function search(area) {
  const form = document.querySelector(".app-search");
  const field = form.elements.area ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "area" }));
  field.value = area;
  form.requestSubmit();
}

/** The list's map with the tools for an area. */
export function openAreaMap() {
  const list = openListMap();
  const root = document.getElementById("area-tools");
  const button = (name) => root.querySelector(`[data-area="${name}"]`);
  const drawing = new Drawing(list.frame, root, { what: "area", active: false });
  const lead = list.onClick.bind(list);
  list.onClick = (place) => drawing.active || lead(place);

  function draw(on) {
    drawing.active = on;
    button("draw").textContent = on ? "Stop drawing on the map" : "Draw an area on the map";
    root.querySelector("[data-drawing-tools]").hidden = !on;
    list.frame.frame.classList.toggle("app-map--drawing", on);
    if (on) {
      list.frame.viewport.focus();
      list.frame.say("Click on the map, or press Enter at the cross, for each corner of the area.");
    } else {
      drawing.model.clear();
      drawing.model.forget();
      drawing.redraw();
      list.frame.say("Drawing on the map has ended.");
    }
  }

  button("draw").addEventListener("click", () => draw(!drawing.active));
  button("view").addEventListener("click", () => {
    search(list.frame.map.getView().calculateExtent(list.frame.map.getSize()).map((side) => side.toFixed(0)).join(","));
  });
  button("finish").addEventListener("click", () => {
    drawing.model.finish();
    if (drawing.model.wkt) {
      search(drawing.model.wkt);
    } else {
      drawing.finish();
    }
  });
  root.hidden = false;
}
