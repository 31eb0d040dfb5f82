// Fill patterns of the style document, drawn on a small canvas: layers are told apart without colour.

const SIZE = 14;

const DRAWN = {
  none: () => {},
  diagonal: (pen) => lines(pen, [[-2, 2, 2, -2], [0, SIZE, SIZE, 0], [SIZE - 2, SIZE + 2, SIZE + 2, SIZE - 2]]),
  "back-diagonal": (pen) => lines(pen, [[-2, SIZE - 2, 2, SIZE + 2], [0, 0, SIZE, SIZE], [SIZE - 2, -2, SIZE + 2, 2]]),
  horizontal: (pen) => lines(pen, [[0, SIZE / 2, SIZE, SIZE / 2]]),
  vertical: (pen) => lines(pen, [[SIZE / 2, 0, SIZE / 2, SIZE]]),
  grid: (pen) => lines(pen, [[0, SIZE / 2, SIZE, SIZE / 2], [SIZE / 2, 0, SIZE / 2, SIZE]]),
  cross: (pen) => lines(pen, [[0, SIZE, SIZE, 0], [0, 0, SIZE, SIZE]]),
  plus: (pen) => lines(pen, [[SIZE / 2 - 3, SIZE / 2, SIZE / 2 + 3, SIZE / 2], [SIZE / 2, SIZE / 2 - 3, SIZE / 2, SIZE / 2 + 3]]),
  zigzag: (pen) => lines(pen, [[0, 10, SIZE / 2, 4], [SIZE / 2, 4, SIZE, 10]]),
  dots: (pen) => {
    pen.beginPath();
    pen.arc(SIZE / 2, SIZE / 2, 1.8, 0, 2 * Math.PI);
    pen.fill();
  },
};

function lines(pen, all) {
  pen.beginPath();
  for (const [x1, y1, x2, y2] of all) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.stroke();
}

/** A repeating canvas pattern for an entry of the style document, or null for none. */
export function patternFill(entry, ratio = window.devicePixelRatio || 1) {
  if (entry.pattern === "none") {
    return null;
  }
  const tile = document.createElement("canvas");
  [tile.width, tile.height] = [SIZE * ratio, SIZE * ratio];
  const pen = tile.getContext("2d");
  pen.scale(ratio, ratio);
  pen.strokeStyle = entry.line;
  pen.fillStyle = entry.line;
  pen.lineWidth = 1;
  DRAWN[entry.pattern](pen);
  return pen.createPattern(tile, "repeat");
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
