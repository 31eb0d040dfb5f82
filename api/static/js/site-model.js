// The site while it is drawn: finished parts, the part being drawn, and every state before. No map in here.
// A corner is [easting, northing] in metres; a part is a list of corners, not closed.

export class SiteModel {
  constructor() {
    this.state = { parts: [], sketch: [] };
    this.past = [];
    this.future = [];
    this.listeners = [];
  }

  get parts() {
    return this.state.parts;
  }

  get sketch() {
    return this.state.sketch;
  }

  get drawing() {
    return this.sketch.length > 0 || this.parts.length === 0;
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  addCorner(corner) {
    this.change({ ...this.state, sketch: [...this.sketch, rounded(corner)] });
  }

  /** Close the part being drawn. False where it has fewer than three corners. */
  finish() {
    if (this.sketch.length < 3) {
      return false;
    }
    this.change({ parts: [...this.parts, this.sketch], sketch: [] });
    return true;
  }

  moveCorner({ part, corner }, place) {
    this.change({ ...this.state, parts: this.parts.map((each, index) => (index === part ? each.with(corner, rounded(place)) : each)) });
  }

  insertCorner({ part, corner }, place) {
    this.change({ ...this.state, parts: this.parts.map((each, index) => (index === part ? each.toSpliced(corner, 0, rounded(place)) : each)) });
  }

  /** Remove a corner; a part that is left with two goes as a whole. */
  removeCorner({ part, corner }) {
    const parts = this.parts.map((each, index) => (index === part ? each.toSpliced(corner, 1) : each));
    this.change({ ...this.state, parts: parts.filter((each) => each.length > 2) });
  }

  replace(parts) {
    this.change({ parts: parts.map((part) => part.map(rounded)), sketch: [] });
  }

  clear() {
    this.change({ parts: [], sketch: [] });
  }

  /** Begin the history here. */
  forget() {
    [this.past, this.future] = [[], []];
  }

  change(next) {
    this.past.push(this.state);
    this.future = [];
    this.become(next);
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (from.length === 0) {
      return false;
    }
    to.push(this.state);
    this.become(from.pop());
    return true;
  }

  become(next) {
    this.state = next;
    this.listeners.forEach((listener) => listener());
  }

  /** The nearest corner of a finished part within `reach` metres: {part, corner, place}, or null. */
  nearestCorner(place, reach = Infinity) {
    let found = null;
    let nearest = reach;
    this.parts.forEach((corners, part) =>
      corners.forEach((each, corner) => {
        const away = distance(each, place);
        if (away <= nearest) {
          [nearest, found] = [away, { part, corner, place: each }];
        }
      }),
    );
    return found;
  }

  /** The nearest point on an edge of a finished part within `reach` metres, as where a corner would go in. */
  nearestEdge(place, reach) {
    let found = null;
    let nearest = reach;
    this.parts.forEach((corners, part) =>
      corners.forEach((each, corner) => {
        const on = nearestOnSegment(place, each, corners[(corner + 1) % corners.length]);
        const away = distance(on, place);
        if (away <= nearest) {
          [nearest, found] = [away, { part, corner: corner + 1, place: on }];
        }
      }),
    );
    return found;
  }

  /** True where an edge of any part, or of the sketch, crosses another. The server has the last word. */
  get crossesItself() {
    const rings = [...this.parts, ...(this.sketch.length > 3 ? [this.sketch] : [])];
    return rings.some((ring) => ringCrosses(ring));
  }

  get area() {
    return this.parts.reduce((sum, part) => sum + ringArea(part), 0);
  }

  /** WKT in EPSG:27700 metres of the finished parts; nothing where there are none. */
  get wkt() {
    const rings = this.parts.map((part) => `((${[...part, part[0]].map(([east, north]) => `${east} ${north}`).join(", ")}))`);
    if (rings.length === 0) {
      return "";
    }
    return rings.length === 1 ? `POLYGON ${rings[0]}` : `MULTIPOLYGON (${rings.join(", ")})`;
  }
}

export function distance([x1, y1], [x2, y2]) {
  return Math.hypot(x1 - x2, y1 - y2);
}

export function nearestOnSegment([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = dx === 0 && dy === 0 ? 0 : ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy);
  const kept = Math.min(1, Math.max(0, along));
  return [x1 + kept * dx, y1 + kept * dy];
}

export function ringArea(ring) {
  const doubled = ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    return sum + (x - ring[0][0]) * (nextY - ring[0][1]) - (nextX - ring[0][0]) * (y - ring[0][1]);
  }, 0);
  return Math.abs(doubled) / 2;
}

function ringCrosses(ring) {
  const edges = ring.map((corner, index) => [corner, ring[(index + 1) % ring.length]]);
  return edges.some((edge, first) =>
    edges.slice(first + 2).some((other, offset) => {
      const adjacent = first === 0 && first + 2 + offset === edges.length - 1;
      return !adjacent && segmentsCross(edge, other);
    }),
  );
}

function segmentsCross([a, b], [c, d]) {
  const side = ([px, py], [qx, qy], [rx, ry]) => Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

function rounded([easting, northing]) {
  return [Math.round(easting * 100) / 100, Math.round(northing * 100) / 100];
}
