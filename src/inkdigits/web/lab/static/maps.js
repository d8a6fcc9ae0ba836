// Pictures of a layer: its maps side by side in one canvas, or its units as bars.

const GAP_PX = 1;
const STEPS = 255; // shades from nothing to the largest number of the layer

// Shades from a negative number's colour over the ground to a positive one's; read again when the theme changes.
export class Shades {
  constructor() {
    this.update();
  }

  update() {
    const style = getComputedStyle(document.documentElement);
    const [ground, positive, negative] = ["--desk", "--map", "--map-negative"].map((name) => rgbOf(style.getPropertyValue(name)));
    this.colours = [style.getPropertyValue("--map"), style.getPropertyValue("--map-negative"), style.getPropertyValue("--control")];
    this.table = new Uint32Array(2 * STEPS + 1);
    for (let step = -STEPS; step <= STEPS; step += 1) {
      const share = Math.abs(step) / STEPS;
      const [r, g, b] = ground.map((part, at) => part + share * ((step < 0 ? negative : positive)[at] - part));
      this.table[step + STEPS] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
  }
}

function rgbOf(colour) {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

export function largest(values) {
  let most = 1e-9;
  for (const value of values) {
    const size = value < 0 ? -value : value;
    if (size > most) most = size;
  }
  return most;
}

// One canvas with all maps of a layer; `target` is how wide a map should be, in CSS pixels.
export class MapsView {
  constructor(canvas, [maps, height, width], target) {
    Object.assign(this, { canvas, maps, height, width, target });
    this.pen = canvas.getContext("2d");
    this.fit();
  }

  // As many maps in a row as there is room for, each number a whole number of the screen's pixels wide.
  fit() {
    const ratio = devicePixelRatio || 1;
    const room = roomOf(this.canvas) * ratio;
    const [across, down] = [this.width + GAP_PX, this.height + GAP_PX];
    this.scale = Math.max(1, Math.round((this.target * ratio) / across));
    this.columns = Math.max(1, Math.min(this.maps, Math.floor(room / (across * this.scale))));
    this.rows = Math.ceil(this.maps / this.columns);
    const [w, h] = [this.columns * across - GAP_PX, this.rows * down - GAP_PX];
    if (this.canvas.width !== w || this.canvas.height !== h || !this.image) {
      Object.assign(this.canvas, { width: w, height: h });
      this.image = this.pen.createImageData(w, h);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.unit = this.scale / ratio; // CSS pixels a number
    Object.assign(this.canvas.style, { width: `${w * this.unit}px`, height: `${h * this.unit}px` });
  }

  paint(values, { table }) {
    const { width, height, columns, pixels, image } = this;
    const factor = STEPS / largest(values);
    let at = 0;
    for (let map = 0; map < this.maps; map += 1) {
      const left = (map % columns) * (width + GAP_PX);
      const top = Math.floor(map / columns) * (height + GAP_PX);
      for (let row = 0; row < height; row += 1) {
        let to = (top + row) * image.width + left;
        for (let column = 0; column < width; column += 1, at += 1, to += 1) {
          pixels[to] = table[Math.round(values[at] * factor) + STEPS];
        }
      }
    }
    this.pen.putImageData(image, 0, 0);
  }

  // Which number lies under a point of the canvas, in CSS pixels; null between maps.
  placeAt(x, y) {
    const [column, row] = [Math.floor(x / this.unit), Math.floor(y / this.unit)];
    const [across, down] = [this.width + GAP_PX, this.height + GAP_PX];
    const unit = Math.floor(row / down) * this.columns + Math.floor(column / across);
    const place = { unit, row: row % down, column: column % across };
    const isIn = x >= 0 && y >= 0 && column < this.columns * across && unit < this.maps;
    return isIn && place.row < this.height && place.column < this.width ? place : null;
  }

  // The box of some numbers of a map: left, top, width, height in CSS pixels.
  boxOf({ unit, row = 0, column = 0, high = this.height, wide = this.width }) {
    const left = (unit % this.columns) * (this.width + GAP_PX) + column;
    const top = Math.floor(unit / this.columns) * (this.height + GAP_PX) + row;
    return [left, top, wide, high].map((side) => side * this.unit);
  }

  moved({ unit, row, column }, across, down, units) {
    return {
      unit: within(unit + units, this.maps),
      row: within(row + down, this.height),
      column: within(column + across, this.width),
    };
  }
}

// A bar for each unit of a layer that has no places.
export class BarsView {
  constructor(canvas, [units]) {
    Object.assign(this, { canvas, units });
    this.pen = canvas.getContext("2d");
    this.fit();
  }

  fit() {
    const ratio = devicePixelRatio || 1;
    const room = roomOf(this.canvas);
    this.wide = Math.min(room, this.units * 24);
    this.high = 64;
    this.ratio = ratio;
    Object.assign(this.canvas, { width: Math.round(this.wide * ratio), height: this.high * ratio });
    Object.assign(this.canvas.style, { width: `${this.wide}px`, height: `${this.high}px` });
  }

  paint(values, { colours: [positive, negative, line] }) {
    const { pen, canvas } = this;
    const most = largest(values);
    const hasNegative = values.some((value) => value < 0);
    const zero = hasNegative ? canvas.height / 2 : canvas.height - this.ratio;
    const scale = (hasNegative ? canvas.height / 2 : canvas.height - 2 * this.ratio) / most;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = line;
    pen.fillRect(0, zero, canvas.width, this.ratio);
    const step = canvas.width / this.units;
    const gap = step > 4 * this.ratio ? this.ratio : 0;
    values.forEach((value, unit) => {
      pen.fillStyle = value < 0 ? negative : positive;
      const high = Math.abs(value) * scale;
      pen.fillRect(unit * step, value < 0 ? zero : zero - high, Math.max(1, step - gap), high);
    });
  }

  placeAt(x, y) {
    const unit = Math.floor((x / this.wide) * this.units);
    return x >= 0 && y >= 0 && unit < this.units ? { unit, row: 0, column: 0 } : null;
  }

  boxOf({ unit }) {
    const step = this.wide / this.units;
    return [unit * step, 0, step, this.high];
  }

  moved({ unit }, across, down, units) {
    return { unit: within(unit + across + down + units, this.units), row: 0, column: 0 };
  }
}

// Of the box around it, which is as wide as the layer however wide the canvas is.
const roomOf = (canvas) => canvas.closest(".holder").clientWidth;

const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
