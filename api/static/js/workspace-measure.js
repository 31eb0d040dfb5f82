// Measuring on the map: places one after the other, by pointer or with Enter at the cross; length and area in words.
import { Circle, Feature, Fill, LineString, MultiPoint, Polygon, Stroke, Style, VectorLayer, VectorSource } from "../vendor/openlayers/openlayers.js";
import { areaText } from "./grid.js";
import { distance, ringArea } from "./site-model.js";

const INK = "#0b0c0c";
const LINE = [new Style({ stroke: new Stroke({ color: "#ffffff", width: 6 }) }), new Style({ stroke: new Stroke({ color: INK, width: 3, lineDash: [8, 6] }), fill: new Fill({ color: "rgba(255,221,0,0.2)" }) })];
const PLACE = new Style({ image: new Circle({ radius: 6, fill: new Fill({ color: "#ffdd00" }), stroke: new Stroke({ color: INK, width: 2 }) }) });

export class Measuring {
  constructor(frame) {
    this.frame = frame;
    this.places = [];
    this.on = false;
    this.onChange = () => {};
    this.source = new VectorSource();
    frame.map.addLayer(new VectorLayer({ source: this.source, zIndex: 20 }));
  }

  toggle() {
    if (this.on) {
      this.stop();
      return;
    }
    this.on = true;
    this.places = [];
    this.changed("Measuring on the map. Click, or press Enter at the cross, for each point. Backspace removes the last, Escape ends.");
    this.frame.viewport.focus({ preventScroll: true });
  }

  stop() {
    if (this.on) {
      this.on = false;
      this.places = [];
      this.changed("Measuring on the map has ended.");
    }
  }

  add(at) {
    this.places.push(at);
    this.changed(this.words());
  }

  back() {
    if (this.on && this.places.pop()) {
      this.changed(this.words());
    }
  }

  words() {
    const total = this.places.slice(1).reduce((sum, place, index) => sum + distance(this.places[index], place), 0);
    if (this.places.length < 2) {
      return this.places.length ? "First point set. Add the next." : "No point is set.";
    }
    const area = this.places.length > 2 ? ` The area between the points is ${areaText(ringArea(this.places))}.` : "";
    return `${this.places.length} points, ${total.toLocaleString("en-GB", { maximumFractionDigits: 1, minimumFractionDigits: 1 })} m.${area}`;
  }

  changed(said) {
    this.source.clear();
    if (this.places.length > 0) {
      const shape = this.places.length > 2 ? new Polygon([[...this.places, this.places[0]]]) : new LineString(this.places);
      const [line, points] = [new Feature(shape), new Feature(new MultiPoint(this.places))];
      line.setStyle(LINE);
      points.setStyle(PLACE);
      this.source.addFeatures([line, points]);
    }
    this.onChange();
    this.frame.say(said);
  }
}
