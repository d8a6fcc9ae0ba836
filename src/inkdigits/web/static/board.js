// The writing area: strokes of mouse, finger or pen are kept as points, so that they can be undone, redrawn and read at any size.

// What is read: writing about 50 pixels high, which the network sees at its own size, and small pictures are quick.
const [READ_WIDE_PX, READ_HIGH_PX, READ_LEAST_PX] = [720, 72, 64];

export class Board extends EventTarget {
  #strokes = [];
  #current = null;
  #pointer = null;
  #frame = null;
  width = 20;
  ink = 0; // a number that changes with what is written

  constructor(canvas) {
    super();
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { desynchronized: true });
    new ResizeObserver(() => this.#fit()).observe(canvas);
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.#up(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  get empty() {
    return this.#strokes.length === 0;
  }

  get writing() {
    return this.#current !== null;
  }

  undo() {
    if (this.empty || this.writing) return;
    this.#strokes.pop();
    this.#inked(true);
  }

  clear() {
    this.#strokes = [];
    this.#current = this.#pointer = null;
    this.#inked(true);
  }

  redraw() {
    const { canvas, pen } = this;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const scale = canvas.width / canvas.clientWidth || 1;
    const ink = getComputedStyle(canvas).getPropertyValue("--ink");
    for (const stroke of this.#strokes) trace(pen, stroke, scale, ink);
  }

  // The strokes black on white, with a margin of paper around them, no larger than the reader needs.
  picture() {
    const box = this.#bounds();
    const canvas = new OffscreenCanvas(...box.size);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.translate(-box.left * box.scale, -box.top * box.scale);
    for (const stroke of this.#strokes) trace(pen, stroke, box.scale, "#000");
    return canvas;
  }

  #bounds() {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { points, width } of this.#strokes) {
      for (const [x, y] of points) {
        [left, top] = [Math.min(left, x - width), Math.min(top, y - width)];
        [right, bottom] = [Math.max(right, x + width), Math.max(bottom, y + width)];
      }
    }
    const tall = bottom - top;
    const edge = 0.15 * Math.min(Math.max(right - left, tall), 2 * tall) + 8;
    [left, top, right, bottom] = [left - edge, top - edge, right + edge, bottom + edge];
    const scale = stepped(Math.min(1, READ_WIDE_PX / (right - left), READ_HIGH_PX / (bottom - top)));
    [left, top] = [left, top].map((side) => Math.floor(side * scale) / scale);
    const sides = [(right - left) * scale, (bottom - top) * scale];
    // Smaller pictures would be read enlarged too.
    const size = sides.map((side) => Math.max(READ_LEAST_PX, Math.ceil(side)));
    return { left: left - (size[0] - sides[0]) / 2 / scale, top: top - (size[1] - sides[1]) / 2 / scale, scale, size };
  }

  #fit() {
    const scale = Math.min(3, devicePixelRatio || 1);
    Object.assign(this.canvas, { width: Math.round(this.canvas.clientWidth * scale), height: Math.round(this.canvas.clientHeight * scale) });
    this.redraw();
  }

  #down(event) {
    if (this.#pointer !== null || event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#current = { width: this.width, points: [this.#place(event)] };
    this.#strokes.push(this.#current);
    this.#inked(false);
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length ? steps : [event]) this.#current.points.push(this.#place(step));
    this.#inked(false);
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#current = this.#pointer = null;
    this.#tell(true);
  }

  #place(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  // Drawn once a frame, however many points have come.
  #inked(settled) {
    this.ink += 1;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.redraw();
    });
    this.#tell(settled);
  }

  #tell(settled) {
    this.dispatchEvent(new CustomEvent("ink", { detail: { settled } }));
  }
}

// In steps, and on whole pixels, so that earlier strokes look the same to the reader while others are added.
const stepped = (scale) => 2 ** (Math.floor(4 * Math.log2(scale)) / 4);

// Curves through the middles between points are smooth where the points are coarse.
function trace(pen, { points, width }, scale, ink) {
  pen.save();
  pen.scale(scale, scale);
  Object.assign(pen, { lineWidth: width, lineCap: "round", lineJoin: "round", strokeStyle: ink });
  pen.beginPath();
  pen.moveTo(...points[0]);
  for (let index = 1; index < points.length - 1; index += 1) {
    const [x, y] = points[index];
    pen.quadraticCurveTo(x, y, (x + points[index + 1][0]) / 2, (y + points[index + 1][1]) / 2);
  }
  pen.lineTo(...points.at(-1));
  pen.stroke();
  pen.restore();
}
