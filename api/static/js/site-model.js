// The site while it is drawn: finished parts, the part being drawn, and every state before. No map in here.
// A corner is [easting, northing] in metres; a part is a list of corners, not closed. Holes come with a site that was
// given and stay as they are: `holes` has a list of rings for each part.

export class SiteModel {
  constructor() {
    this.state = { parts: [], holes: [], sketch: [] };
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
    this.addPart(this.sketch);
    return true;
  }

  /** A whole part at once; the sketch is done with. */
  addPart(part) {
    this.change({ parts: [...this.parts, part.map(rounded)], holes: [...this.state.holes, []], sketch: [] });
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
    const kept = parts.map((each) => each.length > 2);
    this.change({ ...this.state, parts: parts.filter((_, index) => kept[index]), holes: this.state.holes.filter((_, index) => kept[index]) });
  }

  /** Take over polygons, each a list of rings that are not closed, the outline first. */
  replace(polygons) {
    const [parts, holes] = [polygons.map(([outline]) => outline.map(rounded)), polygons.map(([, ...rings]) => rings.map((ring) => ring.map(rounded)))];
    this.change({ parts, holes, sketch: [] });
  }

  clear() {
    this.change({ parts: [], holes: [], sketch: [] });
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

  /** Where an edge of a part, or of the sketch, crosses another of the same: [easting, northing], or null. */
  get crossing() {
    const rings = [...this.parts, ...(this.sketch.length > 3 ? [this.sketch] : [])];
    return rings.map(ringCrossing).find((place) => place !== null) ?? null;
  }

  get area() {
    const total = (rings) => rings.reduce((sum, ring) => sum + ringArea(ring), 0);
    return total(this.parts) - total(this.state.holes.flat());
  }

  /** The finished parts as polygons: lists of closed rings, the outline first. */
  get polygons() {
    return this.parts.map((part, index) => [part, ...this.state.holes[index]].map((ring) => [...ring, ring[0]]));
  }

  /** WKT in EPSG:27700 metres of the finished parts; nothing where there are none. */
  get wkt() {
    const written = this.polygons.map((rings) => `(${rings.map((ring) => `(${ring.map(([east, north]) => `${east} ${north}`).join(", ")})`).join(", ")})`);
    if (written.length === 0) {
      return "";
    }
    return written.length === 1 ? `POLYGON ${written[0]}` : `MULTIPOLYGON (${written.join(", ")})`;
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

function ringCrossing(ring) {
  const edges = ring.map((corner, index) => [corner, ring[(index + 1) % ring.length]]);
  for (const [first, edge] of edges.entries()) {
    for (const [offset, other] of edges.slice(first + 2).entries()) {
      const adjacent = first === 0 && first + 2 + offset === edges.length - 1;
      const place = adjacent ? null : meeting(edge, other);
      if (place) {
        return place;
      }
    }
  }
  return null;
}

/** Where two edges cross, or null. */
function meeting([a, b], [c, d]) {
  const side = ([px, py], [qx, qy], [rx, ry]) => (qx - px) * (ry - py) - (qy - py) * (rx - px);
  const [ofA, ofB] = [side(c, d, a), side(c, d, b)];
  if (ofA * ofB >= 0 || side(a, b, c) * side(a, b, d) >= 0) {
    return null;
  }
  const along = ofA / (ofA - ofB);
  return [a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])];
}

function rounded([easting, northing]) {
  return [Math.round(easting * 100) / 100, Math.round(northing * 100) / 100];
}
