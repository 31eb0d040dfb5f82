// "Check a site": the map is one more way to fill the box "Site boundary".
import { WKT } from "../vendor/openlayers/openlayers.js";
import { DrawMap } from "./draw-map.js";
import { pageData } from "./map-frame.js";

const drawRoute = document.querySelector('[data-route="draw"]');
const box = document.getElementById("site");
let drawMap = null;

function openMap() {
  if (drawMap === null && drawRoute.checked) {
    drawMap = new DrawMap("map", pageData("map-settings"));
    takeFromBox();
    drawMap.model.forget();
    drawMap.redraw();
    drawMap.model.onChange(() => (box.value = drawMap.model.wkt));
    drawMap.frame.map.getTargetElement().dataset.drawing = "ready";
    window.addEventListener("resize", () => drawMap.frame.map.updateSize());
  } else if (drawMap !== null && drawRoute.checked) {
    drawMap.frame.map.updateSize();
    if (box.value !== drawMap.model.wkt) {
      takeFromBox();
    }
  }
}

/** Show what is in the box already, where it is a plain outline on the national grid. */
function takeFromBox() {
  if (!/^\s*(MULTI)?POLYGON/i.test(box.value)) {
    return;
  }
  try {
    const geometry = new WKT().readGeometry(box.value.trim());
    const polygons = geometry.getType() === "Polygon" ? [geometry.getCoordinates()] : geometry.getCoordinates();
    drawMap.model.replace(polygons.map(([outline]) => outline.slice(0, -1)));
    drawMap.frame.show(geometry.getExtent());
  } catch {
    drawMap.frame.say("The boundary typed cannot be shown on the map.");
  }
}

const routes = [...document.querySelectorAll('input[name="route"]')];

/** Show what belongs to the selected route, right after it, and nothing of the others. */
function openRoute() {
  for (const route of routes) {
    document.getElementById(route.dataset.ariaControls).classList.toggle("govuk-radios__conditional--hidden", !route.checked);
  }
  openMap();
}

if (!routes.some((route) => route.checked)) {
  drawRoute.checked = true;
}
routes.forEach((route) => route.addEventListener("change", openRoute));
openRoute();
document.documentElement.dataset.ready = "1";
