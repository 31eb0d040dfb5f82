// The officers' dashboard: the map of its list, and searching an area on it.
import { openAreaMap } from "./area-drawing.js";

if (document.getElementById("map-data")) {
  openAreaMap();
}
