// The map of the last hidden layer: digits that give similar numbers there lie near each other.
// One's own digit is placed among the digits that are nearest to it in that layer, not in the map.

const NEIGHBOURS = 5;
const MARGIN = 0.04; // of the side, so that no digit is cut off
const NEAR_PX = 12; // as far from the mouse a digit is still pointed at

// The nearest digits of the layer: { index, distance }, the nearest first.
export function nearest({ hidden, units, count }, own) {
  const found = [];
  for (let index = 0; index < count; index += 1) {
    let sum = 0;
    for (let unit = 0; unit < units; unit += 1) {
      const apart = hidden[index * units + unit] - own[unit];
      sum += apart * apart;
    }
    if (found.length === NEIGHBOURS && sum >= found.at(-1).distance) continue;
    found.push({ index, distance: sum });
    found.sort((one, other) => one.distance - other.distance);
    found.length = Math.min(found.length, NEIGHBOURS);
  }
  return found.map(({ index, distance }) => ({ index, distance: Math.sqrt(distance) }));
}

// The mean of their places, the nearer the heavier.
export function placeAmong(points, neighbours) {
  const weights = neighbours.map(({ distance }) => 1 / (distance + 1e-6));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return [0, 1].map((side) => neighbours.reduce((sum, { index }, at) => sum + points[index][side] * weights[at], 0) / total);
}

export class DigitMap {
  constructor(canvas, examples) {
    Object.assign(this, { canvas, examples, own: null, pointed: null });
    this.pen = canvas.getContext("2d");
  }

  // Every digit is drawn once, then copied: only one's own moves.
  fit() {
    const ratio = devicePixelRatio || 1;
    this.side = this.canvas.clientWidth;
    if (!this.side) return;
    const pixels = Math.round(this.side * ratio);
    Object.assign(this.canvas, { width: pixels, height: pixels });
    this.ground = new OffscreenCanvas(pixels, pixels);
    this.ratio = ratio;
    const pen = this.ground.getContext("2d");
    pen.font = `600 ${Math.round(11 * ratio)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const light = getComputedStyle(document.documentElement).getPropertyValue("--map-light");
    this.examples.points.forEach((point, index) => {
      const label = this.examples.labels[index];
      pen.fillStyle = `hsl(${36 * label} 70% ${light})`;
      const [x, y] = this.#spot(point);
      pen.fillText(String(label), x, y);
    });
    this.paint(this.own);
  }

  // `own` are the layer's numbers for one's own digit, null where there is none.
  paint(own) {
    this.own = own;
    if (!this.side) return [];
    const { pen, canvas, ratio } = this;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(this.ground, 0, 0);
    if (this.pointed !== null) this.#ring(this.examples.points[this.pointed], 9, "--soft");
    if (!own) return [];
    const neighbours = nearest(this.examples, own);
    this.place = placeAmong(this.examples.points, neighbours);
    pen.lineWidth = ratio;
    pen.strokeStyle = colour("--amber");
    for (const { index } of neighbours) {
      pen.beginPath();
      pen.moveTo(...this.#spot(this.place));
      pen.lineTo(...this.#spot(this.examples.points[index]));
      pen.stroke();
    }
    this.#ring(this.place, 11, "--amber");
    return neighbours;
  }

  // The digit under a point of the canvas in CSS pixels, or null.
  at(x, y) {
    let best = { index: null, apart: NEAR_PX };
    this.examples.points.forEach((point, index) => {
      const [across, down] = this.#spot(point);
      const apart = Math.hypot(across / this.ratio - x, down / this.ratio - y);
      if (apart < best.apart) best = { index, apart };
    });
    return best.index;
  }

  // The next digit from the one that is pointed at, in a direction (dx, dy); the one in the middle to begin with.
  beside(dx, dy) {
    const { points } = this.examples;
    const from = this.pointed === null ? [0.5, 0.5] : points[this.pointed];
    let best = { index: this.pointed, cost: Infinity };
    points.forEach(([x, y], index) => {
      const [across, down] = [x - from[0], y - from[1]];
      const ahead = across * dx + down * dy;
      const aside = Math.abs(across * dy - down * dx);
      // Within a quarter turn, and rather straight ahead.
      const cost = this.pointed === null ? Math.hypot(across, down) : ahead + 2 * aside;
      const isThere = this.pointed === null || (ahead > 0 && aside <= ahead);
      if (index !== this.pointed && isThere && cost < best.cost) best = { index, cost };
    });
    return best.index;
  }

  #spot([x, y]) {
    const side = this.canvas.width;
    return [x, y].map((share) => (MARGIN + share * (1 - 2 * MARGIN)) * side);
  }

  #ring(point, radius, name) {
    const { pen, ratio } = this;
    pen.beginPath();
    pen.arc(...this.#spot(point), radius * ratio, 0, 2 * Math.PI);
    pen.lineWidth = 2.5 * ratio;
    pen.strokeStyle = colour(name);
    pen.stroke();
  }
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
