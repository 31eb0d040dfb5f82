// The site boundary as a field of a form: the map is one more way to fill the box "Site boundary".
import { WKT } from "../vendor/openlayers/openlayers.js";
import { Drawing } from "./draw-map.js";
import { MapFrame, pageData } from "./map-frame.js";
import { councilPlots } from "./snapping.js";

const field = document.querySelector(".app-routes");
const routes = [...field.querySelectorAll('input[type="radio"]')];
const drawRoute = field.querySelector('[data-route="draw"]');
const box = document.getElementById("site");
const settings = pageData("map-settings");
let drawing = null;

function openMap() {
  if (!drawRoute.checked) {
    return;
  }
  if (drawing === null) {
    const frame = new MapFrame("map", settings, settings.parcels ? [councilPlots(settings.parcels)] : []);
    drawing = new Drawing(frame, field);
    takeOver(settings.outline ?? box.value);
    drawing.model.forget();
    drawing.redraw();
    drawing.model.onChange(() => (box.value = drawing.model.wkt));
    if (settings.fault) {
      drawing.pin(settings.fault);
    }
    frame.map.getTargetElement().dataset.drawing = "ready";
    window.addEventListener("resize", () => frame.map.updateSize());
    return;
  }
  drawing.frame.map.updateSize();
  if (box.value !== drawing.model.wkt) {
    takeOver(box.value);
  }
}

/** Show a boundary that is there already, where it is a plain outline on the national grid. */
function takeOver(text) {
  if (!/^\s*(MULTI)?POLYGON/i.test(text)) {
    return;
  }
  try {
    const geometry = new WKT().readGeometry(text.trim());
    const polygons = geometry.getType() === "Polygon" ? [geometry.getCoordinates()] : geometry.getCoordinates();
    drawing.model.replace(polygons.map((rings) => rings.map((ring) => ring.slice(0, -1))));
    drawing.frame.show(geometry.getExtent());
  } catch {
    drawing.frame.say("The boundary typed cannot be shown on the map.");
  }
}

/** Show what belongs to the selected route, right after it, and nothing of the others. */
function openRoute() {
  for (const route of routes.filter((one) => one.dataset.ariaControls)) {
    document.getElementById(route.dataset.ariaControls).classList.toggle("govuk-radios__conditional--hidden", !route.checked);
  }
  openMap();
}

if (!routes.some((route) => route.checked)) {
  drawRoute.checked = true;
}
if (!document.querySelector(".govuk-error-summary")) {
  document.querySelector("[data-looked]")?.focus();
}
routes.forEach((route) => route.addEventListener("change", openRoute));
openRoute();
document.documentElement.dataset.ready = "1";
