// The constraint workspace: the list follows the map. The server writes both from the same rows; this script asks it
// for the page of the new view and puts its parts in.
import { Fill, GeoJSON } from "../vendor/openlayers/openlayers.js";
import { ListMap } from "./list-map.js";
import { pageData } from "./map-frame.js";
import { patternFill } from "./patterns.js";
import { Measuring } from "./workspace-measure.js";

const PIXEL_M = 0.00028; // side of a pixel of the standard screen, as on the server
const MOST_SCALE = 50000;
const PAUSE_MS = 300;
const LINKS = ["permalink", "print-link"];
const format = new GeoJSON();

class Workspace extends ListMap {
  constructor(data, settings) {
    super(data, settings);
    this.form = document.getElementById("view-form");
    this.view = this.frame.map.getView();
    this.asking = null;
    this.goTo(new URL(document.getElementById("permalink").href));
    this.measuring = new Measuring(this.frame);
    this.tools();
    this.frame.map.on("moveend", () => this.later());
    this.form.addEventListener("change", (event) => event.target.name !== "place" && this.onChoice(event.target));
    this.frame.viewport.addEventListener("keydown", (event) => this.onKey(event));
    window.addEventListener("popstate", () => window.location.reload());
  }

  /** The view exactly as the address says it, not fitted into the frame. */
  goTo(address) {
    const [east, north, scale] = ["e", "n", "s"].map((name) => Number(address.searchParams.get(name)));
    this.view.setCenter([east, north]);
    this.view.setResolution(scale * PIXEL_M);
    this.shownView = this.viewNow;
  }

  get viewNow() {
    const [east, north] = this.frame.centre.map(Math.round);
    return `${east} ${north} ${Math.round(this.frame.resolution / PIXEL_M)} ${this.frame.map.getSize().join("x")}`;
  }

  tools() {
    const bar = document.getElementById("map-tools");
    bar.hidden = false;
    const tool = (name) => bar.querySelector(`[data-tool="${name}"]`);
    tool("identify").addEventListener("click", () => this.identify(this.frame.centre));
    tool("measure").addEventListener("click", () => this.measuring.toggle());
    tool("back").addEventListener("click", () => this.measuring.back());
    this.measuring.onChange = () => {
      tool("measure").setAttribute("aria-pressed", String(this.measuring.on));
      tool("back").disabled = this.measuring.places.length === 0;
    };
  }

  // Asking: by pointer and by keys

  onClick(at) {
    if (this.measuring.on) {
      this.measuring.add(at);
    } else {
      this.identify(at);
    }
  }

  onKey(event) {
    const acts = { Enter: () => this.onClick(this.frame.centre), Escape: () => this.measuring.stop(), Backspace: () => this.measuring.back() };
    if (event.key in acts && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      acts[event.key]();
    }
  }

  async identify([east, north]) {
    const address = this.address();
    address.searchParams.set("at", `${east.toFixed(1)}, ${north.toFixed(1)}`);
    this.frame.say("Looking what is at this place on the map.");
    const page = await this.take(address);
    if (!page) {
      return;
    }
    history.pushState(null, "", address);
    document.getElementById("found").replaceWith(page.getElementById("found"));
    const heading = document.querySelector("#found h2");
    this.frame.say(`The answer is beside the map: ${heading?.textContent ?? ""}.`);
    heading?.scrollIntoView({ block: "start" });
    heading?.focus({ preventScroll: true });
  }

  // Following: the list is that of the view

  onChoice(input) {
    if (input.name === "s") {
      this.view.setResolution(Number(input.value) * PIXEL_M);
    } else {
      this.follow(input.dataset.layer ? `${input.labels[0].firstChild.textContent.trim()} ${input.checked ? "shown on" : "hidden from"} the map. ` : "");
    }
  }

  later() {
    if (this.viewNow !== this.shownView) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.follow(""), PAUSE_MS);
    }
  }

  /** The permanent link to what the page shows now. */
  address() {
    const address = new URL("/map", window.location.origin);
    const [east, north, scale] = this.viewNow.split(" ");
    const site = this.form.elements.site?.value;
    const ticked = [...this.form.querySelectorAll("[data-layer]:checked")].map((box) => box.dataset.layer);
    const given = { e: east, n: north, s: scale, layers: ticked.join(","), on: this.form.elements.on.value, opacity: this.form.elements.opacity.value, site };
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined) {
        address.searchParams.set(name, value);
      }
    }
    return address;
  }

  async follow(said) {
    this.shownView = this.viewNow;
    if (Number(this.viewNow.split(" ")[2]) > MOST_SCALE) {
      this.frame.say("Zoom the map in to see designations.");
      return;
    }
    const address = this.address();
    const page = await this.take(address);
    if (!page) {
      return;
    }
    this.replace(page);
    this.frame.say(`${said}${document.getElementById("status-line").textContent}`);
    this.frame.frame.dataset.followed = this.shownView;
  }

  /** The page of a view, in the size of this map; nothing where another question has overtaken this one. */
  async take(address) {
    this.asking?.abort();
    this.asking = new AbortController();
    const asked = new URL(address);
    asked.searchParams.set("size", this.frame.map.getSize().join("x"));
    try {
      const answer = await fetch(asked, { signal: this.asking.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.getElementById("results")) {
        return answer.ok ? page : this.refused(page);
      }
      throw new Error(`${answer.status}`);
    } catch (error) {
      if (error.name !== "AbortError") {
        this.frame.say("The map could not be brought up to date. Check your connection.");
      }
      return null;
    }
  }

  refused(page) {
    this.frame.say(page.querySelector(".govuk-error-summary__list")?.textContent.trim() ?? "This cannot be shown on the map.");
    return null;
  }

  replace(page) {
    document.getElementById("results").replaceWith(page.getElementById("results"));
    document.querySelector("[data-on]").textContent = page.querySelector("[data-on]").textContent;
    for (const count of document.querySelectorAll("[data-count]")) {
      count.textContent = page.querySelector(`[data-count="${count.dataset.count}"]`)?.textContent ?? "0";
    }
    for (const id of LINKS) {
      document.getElementById(id).href = page.getElementById(id).getAttribute("href");
    }
    for (const field of document.querySelectorAll("[data-view]")) {
      const made = page.querySelector(`[data-view="${field.dataset.view}"]`);
      field.value = made ? made.value : field.value;
    }
    history.replaceState(null, "", document.getElementById("permalink").href);
    this.draw(JSON.parse(page.getElementById("map-data").textContent));
  }

  draw(data) {
    this.styles = new Map(data.styles.map((entry) => [entry.id, { ...entry, fill: new Fill({ color: patternFill(entry) ?? "rgba(0,0,0,0)" }) }]));
    const source = this.items.getSource();
    source.clear();
    source.addFeatures(format.readFeatures(data.items));
    this.items.setOpacity(data.opacity);
    this.links();
    this.frame.frame.dataset.items = source.getFeatures().map((feature) => feature.getId()).join(" ");
  }

  /** The key is the list of layers. */
  key() {}
}

const workspace = new Workspace(pageData("map-data"), pageData("map-settings"));
document.getElementById("picture").hidden = true;
document.documentElement.dataset.ready = "1";
const found = document.querySelector('#found[data-found="1"] h2');
if (found) {
  found.focus();
} else {
  workspace.later();
}
