// Fill patterns of the style document, drawn on a small canvas: layers are told apart without colour.
import { PATTERNS } from "/map/style.js";

/** A repeating canvas pattern for an entry of the style document, or null for none. */
export function patternFill(entry, ratio = window.devicePixelRatio || 1) {
  if (entry.pattern === "none") {
    return null;
  }
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [PATTERNS.size * ratio, PATTERNS.size * ratio];
  const pen = tile.getContext("2d");
  pen.scale(ratio, ratio);
  pen.strokeStyle = entry.line;
  pen.fillStyle = entry.line;
  pen.lineWidth = PATTERNS.stroke;
  drawPattern(pen, entry.pattern);
  return pen.createPattern(tile, "repeat");
}

function drawPattern(pen, name) {
  pen.beginPath();
  for (const stroke of PATTERNS.strokes[name]) {
    stroke.forEach(([x, y], place) => (place === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  }
  pen.stroke();
  for (const [x, y] of PATTERNS.dots[name]) {
    pen.beginPath();
    pen.arc(x, y, PATTERNS.dot, 0, 2 * Math.PI);
    pen.fill();
  }
}

/** A canvas that shows a layer's line and pattern, for the key beside the map. */
export function swatch(entry) {
  const box = document.createElement("canvas");
  [box.width, box.height] = [72, 48];
  box.className = "app-swatch";
  box.setAttribute("aria-hidden", "true");
  const pen = box.getContext("2d");
  pen.scale(2, 2);
  pen.fillStyle = patternFill(entry, 1) ?? "transparent";
  pen.fillRect(2, 2, 32, 20);
  pen.strokeStyle = entry.line;
  pen.lineWidth = 2.5;
  pen.setLineDash(entry.dash);
  pen.strokeRect(2, 2, 32, 20);
  return box;
}
