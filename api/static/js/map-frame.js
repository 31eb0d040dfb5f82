// What every map of ours has: the view on the national grid, buttons, keys, a scale bar and spoken messages.
import { Map, View, defaultInteractions } from "../vendor/openlayers/openlayers.js";
import { baseLayers } from "./base-layers.js";
import { EXTENT, RESOLUTIONS, lengthText, nationalGrid, scaleLength } from "./grid.js";

const STEP = 100;
const SMALL_STEP = 12;
const SCALE_PIXELS = 110;
const GREAT_BRITAIN = [200000, 50000, 660000, 660000];
const ARROWS = { ArrowUp: "north", ArrowDown: "south", ArrowLeft: "west", ArrowRight: "east" };
const DIRECTIONS = { north: [0, 1], south: [0, -1], west: [-1, 0], east: [1, 0] };

/** What the server wrote into the page for this script. */
export function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** Show the map frame `id` and make its map. */
export class MapFrame {
  constructor(id, settings, layers, view) {
    this.frame = document.getElementById(`${id}-frame`);
    this.frame.hidden = false;
    this.viewport = document.getElementById(id);
    this.status = document.getElementById(`${id}-status`);
    this.map = new Map({
      target: this.viewport,
      controls: [],
      interactions: defaultInteractions({ keyboard: false, altShiftDragRotate: false, pinchRotate: false, doubleClickZoom: false }),
      layers: [...baseLayers(settings.layers), ...layers],
      view: new View({ projection: nationalGrid, extent: EXTENT, resolutions: RESOLUTIONS, constrainResolution: false, constrainOnlyCenter: true, center: [400000, 400000], resolution: 896 }),
    });
    this.show(view ?? settings.extent ?? GREAT_BRITAIN);
    for (const button of this.frame.querySelectorAll("[data-move]")) {
      button.addEventListener("click", () => this.move(button.dataset.move, STEP));
    }
    this.viewport.addEventListener("keydown", (event) => this.onKey(event));
    this.map.getView().on("change:resolution", () => this.drawScale());
    this.map.on("change:size", () => this.drawScale());
    this.drawScale();
    this.map.once("rendercomplete", () => (this.frame.dataset.ready = "1"));
  }

  /** Fit the view to west, south, east, north in metres. */
  show(box) {
    this.map.updateSize();
    this.map.getView().fit(box, { padding: [24, 24, 24, 24], minResolution: RESOLUTIONS.at(-1) });
  }

  get centre() {
    return this.map.getView().getCenter();
  }

  get resolution() {
    return this.map.getView().getResolution();
  }

  say(message) {
    this.status.textContent = message;
  }

  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    if (event.key in ARROWS) {
      this.move(ARROWS[event.key], event.shiftKey ? SMALL_STEP : STEP);
    } else if (event.key === "+" || event.key === "=") {
      this.move("zoom-in");
    } else if (event.key === "-" || event.key === "_") {
      this.move("zoom-out");
    } else {
      return;
    }
    event.preventDefault();
  }

  move(how, pixels) {
    if (how.startsWith("zoom")) {
      this.zoom(how === "zoom-in" ? 0.5 : 2);
      return;
    }
    const [east, north] = DIRECTIONS[how];
    const view = this.map.getView();
    const metres = pixels * this.resolution;
    view.setCenter([this.centre[0] + east * metres, this.centre[1] + north * metres]);
    this.say(`Map moved ${lengthText(metres)} ${how}.`);
  }

  zoom(factor) {
    const before = this.resolution;
    this.map.getView().setResolution(Math.min(RESOLUTIONS[0], Math.max(RESOLUTIONS.at(-1), before * factor)));
    if (this.resolution === before) {
      this.say(`The map is at its ${factor < 1 ? "largest" : "smallest"} scale.`);
      return;
    }
    const [width, height] = this.map.getSize().map((size) => lengthText(size * this.resolution));
    this.say(`Map zoomed ${factor < 1 ? "in" : "out"}: ${width} by ${height}.`);
  }

  drawScale() {
    const resolution = this.resolution;
    if (!resolution) {
      return;
    }
    const length = scaleLength(resolution, SCALE_PIXELS);
    this.frame.querySelector(".app-map__scale-bar").style.width = `${length / resolution}px`;
    this.frame.querySelector(".app-map__scale-text").textContent = length >= 1000 ? `${length / 1000} km` : `${length} m`;
  }
}
