// Drawing an area on a map: by pointer, by keyboard and by typed coordinates, on one model with one history.
import { Circle, Feature, Fill, LineString, MultiPoint, MultiPolygon, Point, PointerInteraction, Polygon, RegularShape, Stroke, Style, Text, VectorLayer, VectorSource } from "../vendor/openlayers/openlayers.js";
import { areaText, gridReference, parsePlace } from "./grid.js";
import { SiteModel, distance, ringArea } from "./site-model.js";
import { Snapping } from "./snapping.js";

const RED = "#c4001a";
const CLICK_PIXELS = 12;
const SAME_PIXELS = 3;
const SITE_STYLE = [new Style({ stroke: new Stroke({ color: "#ffffff", width: 6 }) }), new Style({ stroke: new Stroke({ color: RED, width: 3.5 }), fill: new Fill({ color: "rgba(196,0,26,0.10)" }) })];
const SKETCH_STYLE = [new Style({ stroke: new Stroke({ color: "#ffffff", width: 6 }) }), new Style({ stroke: new Stroke({ color: RED, width: 3, lineDash: [8, 6] }) })];
const CORNER_STYLE = new Style({ image: new RegularShape({ points: 4, radius: 8, angle: Math.PI / 4, fill: new Fill({ color: "#ffffff" }), stroke: new Stroke({ color: RED, width: 2.5 }) }) });
const SNAP_STYLE = new Style({ image: new Circle({ radius: 8, fill: new Fill({ color: "rgba(255,221,0,0.6)" }), stroke: new Stroke({ color: "#0b0c0c", width: 2 }) }) });
const HELD_STYLE = new Style({ image: new Circle({ radius: 10, fill: new Fill({ color: "#ffdd00" }), stroke: new Stroke({ color: "#0b0c0c", width: 2.5 }) }) });
const PIN_STYLE = new Style({
  zIndex: 5,
  image: new Circle({ radius: 13, fill: new Fill({ color: "#0b0c0c" }), stroke: new Stroke({ color: "#ffffff", width: 3 }) }),
  text: new Text({ text: "!", font: 'bold 18px "Helvetica Neue", Helvetica, Arial, sans-serif', fill: new Fill({ color: "#ffffff" }) }),
});

export class Drawing {
  /** On the map of a frame, with the buttons in `root`; `what` is drawn, such as "site". Not active, it leaves the map to others. */
  constructor(frame, root, { what = "site", active = true } = {}) {
    this.model = new SiteModel();
    this.frame = frame;
    this.map = frame.map;
    this.root = root;
    this.what = what;
    this.active = active;
    this.held = null;
    this.fault = null;
    this.source = new VectorSource();
    this.pointerSource = new VectorSource();
    for (const source of [this.source, this.pointerSource]) {
      this.map.addLayer(new VectorLayer({ source, zIndex: 10, updateWhileInteracting: true }));
    }
    this.snapping = new Snapping(this.map);
    this.snapping.on = this.tool("snap")?.checked ?? false;
    this.model.onChange(() => this.changed());
    this.listen();
    this.redraw();
  }

  listen() {
    const tools = { undo: () => this.undo(), redo: () => this.redo(), finish: () => this.finish(), another: () => this.startAnother(), plot: () => this.takePlot(), clear: () => this.clear(), corner: () => this.addTyped() };
    for (const [name, act] of Object.entries(tools)) {
      this.tool(name)?.addEventListener("click", act);
    }
    this.tool("snap")?.addEventListener("change", (event) => {
      this.snapping.on = event.target.checked;
      this.frame.say(`Snapping to the map is ${this.snapping.on ? "on" : "off"}.`);
    });
    this.root.querySelector("#corner")?.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        this.addTyped();
      }
    });
    this.frame.viewport.addEventListener("keydown", (event) => this.active && this.onKey(event));
    this.map.on("click", (event) => this.active && this.onClick(event.coordinate));
    this.map.on("dblclick", (event) => this.active && this.onDoubleClick(event));
    this.map.on("pointermove", (event) => event.dragging || this.showPointer(event.coordinate));
    this.map.addInteraction(this.dragging());
  }

  tool(name) {
    return this.root.querySelector(`[data-tool="${name}"]`);
  }

  changed() {
    const place = this.model.crossing;
    this.fault = place ? { at: place, message: `The boundary crosses itself near ${gridReference(place)}: move a corner.` } : null;
    this.redraw();
  }

  /** Show where a fault is that the server found, until the drawing changes. */
  pin(fault) {
    this.fault = fault;
    this.redraw();
    const [east, north] = fault.at;
    this.keepInView(fault.at);
    this.frame.say(`${fault.message} The pin on the map is at ${gridReference([east, north])}.`);
  }

  get reach() {
    return CLICK_PIXELS * this.frame.resolution;
  }

  // Adding corners

  onClick(at) {
    if (this.held) {
      this.putDown(at);
    } else if (this.model.drawing || this.adding) {
      this.addCorner(at);
    } else {
      this.pickUp(this.model.nearestCorner(at, this.reach));
    }
  }

  onDoubleClick(event) {
    event.preventDefault();
    if (this.model.sketch.length > 2) {
      this.finish();
    }
  }

  addCorner(at) {
    const [first] = this.model.sketch;
    if (first && this.model.sketch.length > 2 && distance(first, at) <= this.reach) {
      this.finish();
      return;
    }
    const { place, what } = this.snapping.place(at);
    const last = this.model.sketch.at(-1);
    if (last && distance(last, place) <= SAME_PIXELS * this.frame.resolution) {
      return; // the second click of a double click, or a corner on top of the one before
    }
    this.model.addCorner(place);
    const count = this.model.sketch.length;
    const snapped = what ? `, snapped to ${what === "corner" ? "a corner" : "an edge"} on the map` : "";
    const next = count < 3 ? "" : " Finish the shape, or add more corners.";
    this.frame.say(`Corner ${count} added at ${place.map((metres) => Math.round(metres)).join(", ")}${snapped}.${next}`);
  }

  addTyped() {
    const field = document.getElementById("corner");
    const place = parsePlace(field.value);
    if (!place) {
      this.frame.say("That is not an easting and northing, or a grid reference.");
      return;
    }
    field.value = "";
    this.model.addCorner(place);
    this.keepInView(place);
    this.frame.say(`Corner ${this.model.sketch.length} added at ${place.join(", ")}.`);
  }

  keepInView(place) {
    const [west, south, east, north] = this.map.getView().calculateExtent(this.map.getSize());
    if (place[0] < west || place[0] > east || place[1] < south || place[1] > north) {
      this.map.getView().setCenter(place);
    }
  }

  finish() {
    this.adding = false;
    if (!this.model.finish()) {
      this.frame.say(`${this.what === "site" ? "A site" : "An area"} needs at least three corners.`);
      return;
    }
    this.sayArea("Shape finished. ");
  }

  startAnother() {
    this.adding = true;
    this.frame.say(`Add the first corner of another part of the ${this.what}.`);
    this.frame.viewport.focus();
  }

  /** Add the whole plot of land at the cross in the middle of the map. */
  takePlot() {
    const plot = this.snapping.plotAt(this.frame.centre);
    if (!plot) {
      this.frame.say("There is no plot on the map at the cross. Zoom the map in, or move it.");
      return;
    }
    this.adding = false;
    this.model.addPart(plot);
    this.sayArea("The plot at the cross is added. ");
  }

  // Moving and removing corners

  pickUp(corner) {
    this.held = corner;
    this.frame.say(corner ? "Corner picked up. Click or press Space where it should go; Escape leaves it." : "There is no corner close by.");
    this.redraw();
  }

  putDown(at) {
    const held = this.held;
    this.held = null;
    this.model.moveCorner(held, this.snapping.place(at).place);
    this.sayArea("Corner moved. ");
  }

  removeNearest() {
    const corner = this.model.nearestCorner(this.frame.centre);
    if (!corner) {
      this.frame.say("There is no corner to remove.");
      return;
    }
    this.model.removeCorner(corner);
    this.sayArea("Corner removed. ");
  }

  /** Dragging a corner moves it; dragging an edge puts a new corner there. */
  dragging() {
    let before = null;
    let dragged = null;
    return new PointerInteraction({
      handleDownEvent: (event) => {
        if (!this.active || this.held || this.adding || this.model.sketch.length > 0) {
          return false;
        }
        const corner = this.model.nearestCorner(event.coordinate, this.reach);
        dragged = corner ?? this.model.nearestEdge(event.coordinate, this.reach * 0.6);
        before = { corner, model: this.model.state, moved: false };
        return dragged !== null;
      },
      handleDragEvent: (event) => {
        const { place } = this.snapping.place(event.coordinate);
        if (!before.moved && !before.corner) {
          this.model.insertCorner(dragged, place);
        } else if (!before.moved) {
          this.model.moveCorner(dragged, place);
        } else {
          this.model.past.pop();
          this.model.moveCorner(dragged, place);
          this.model.past.splice(-1, 1, before.model);
        }
        before.moved = true;
      },
      handleUpEvent: () => {
        if (before.moved) {
          this.sayArea("Corner moved. ");
        }
        return false;
      },
    });
  }

  // History

  undo() {
    this.held = null;
    this.adding = false;
    this.sayArea(this.model.undo() ? "Undone. " : "There is nothing to undo. ");
  }

  redo() {
    this.sayArea(this.model.redo() ? "Done again. " : "There is nothing to do again. ");
  }

  clear() {
    this.held = null;
    this.adding = false;
    this.model.clear();
    this.frame.say(`The map is cleared. Undo brings the ${this.what} back.`);
  }

  // Keys: the cross in the middle of the map is the pointer

  onKey(event) {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      (key === "y" || event.shiftKey ? () => this.redo() : () => this.undo())();
      return;
    }
    const acts = { enter: () => this.enter(), p: () => this.takePlot(), f: () => this.finish(), " ": () => this.space(), delete: () => this.removeNearest(), backspace: () => this.removeNearest(), escape: () => this.escape() };
    if (!event.ctrlKey && !event.altKey && !event.metaKey && key in acts) {
      event.preventDefault();
      acts[key]();
    }
  }

  enter() {
    if (this.held) {
      this.putDown(this.frame.centre);
    } else if (this.model.drawing || this.adding) {
      this.addCorner(this.frame.centre);
    } else {
      this.frame.say(`The ${this.what} is finished. Space picks up its nearest corner; Draw another part adds to it.`);
    }
  }

  space() {
    if (this.held) {
      this.putDown(this.frame.centre);
      return;
    }
    this.pickUp(this.model.nearestCorner(this.frame.centre));
  }

  escape() {
    if (this.held) {
      this.pickUp(null);
      this.frame.say("The corner stays where it was.");
    } else if (this.model.sketch.length > 0) {
      this.model.change({ ...this.model.state, sketch: [] });
      this.frame.say("Drawing stopped. Undo brings it back.");
    }
    this.adding = false;
  }

  // What is shown and said

  sayArea(start) {
    const { parts, area } = this.model;
    const fault = this.fault ? ` ${this.fault.message}` : "";
    if (parts.length === 0) {
      this.frame.say(`${start}There is no finished ${this.what} on the map.${fault}`);
      return;
    }
    this.frame.say(`${start}The ${this.what} has ${areaText(area)}.${fault}`);
  }

  redraw() {
    const { parts, sketch } = this.model;
    const features = [];
    if (parts.length > 0) {
      features.push(styled(new MultiPolygon(this.model.polygons), SITE_STYLE), styled(new MultiPoint(parts.flat()), CORNER_STYLE));
    }
    if (sketch.length > 0) {
      features.push(styled(new LineString(sketch), SKETCH_STYLE), styled(new MultiPoint(sketch), CORNER_STYLE));
    }
    if (this.held) {
      features.push(styled(new Point(this.held.place), HELD_STYLE));
    }
    if (this.fault) {
      features.push(styled(new Point(this.fault.at), PIN_STYLE));
    }
    this.source.clear();
    this.source.addFeatures(features);
    this.pointerSource.clear();
    this.frame.frame.dataset.pin = this.fault ? this.fault.at.map((metres) => metres.toFixed(1)).join(" ") : "";
    const off = { undo: this.model.past.length === 0, redo: this.model.future.length === 0, finish: sketch.length < 3, another: parts.length === 0 || sketch.length > 0, clear: parts.length + sketch.length === 0 };
    for (const [name, disabled] of Object.entries(off)) {
      const tool = this.tool(name);
      if (tool) {
        tool.disabled = disabled;
      }
    }
    this.showArea();
  }

  /** The area of what is drawn so far, beside the tools. */
  showArea() {
    const shown = this.root.querySelector("[data-area-now]");
    if (shown) {
      const { parts, sketch, area } = this.model;
      const whole = area + (sketch.length > 2 ? ringArea(sketch) : 0);
      shown.textContent = parts.length > 0 || sketch.length > 2 ? areaText(whole) : "nothing drawn";
    }
  }

  showPointer(at) {
    this.pointerSource.clear();
    if (!this.active) {
      return;
    }
    const { place, what } = this.snapping.place(at);
    if (what) {
      this.pointerSource.addFeature(styled(new Point(place), SNAP_STYLE));
    }
    const last = this.model.sketch.at(-1);
    if (last) {
      this.pointerSource.addFeature(styled(new Polygon([[...this.model.sketch, place, this.model.sketch[0]]]), new Style({ fill: new Fill({ color: "rgba(196,0,26,0.08)" }) })));
      this.pointerSource.addFeature(styled(new LineString([last, place]), SKETCH_STYLE));
    }
  }
}

function styled(geometry, style) {
  const feature = new Feature(geometry);
  feature.setStyle(style);
  return feature;
}
