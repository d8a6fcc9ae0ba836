// A page at several sizes, and the marks that the network finds on each (reading/marks/pyramid.py).

import { boundingBox, clamp, median, part, plane, round } from "./arrays.js";
import { peaksOf } from "./peaks.js";
import { byArea, linear } from "./resize.js";

const f32 = Math.fround;

// The scales at which a page is shown, the largest first.
export function levelsOf(width, height, settings) {
  const shorter = Math.min(width, height);
  const scales = shorter < settings.enlarge_below_px ? [2] : [];
  let scale = Math.min(1, Math.sqrt(settings.most_px / (height * width)));
  do {
    scales.push(scale);
    scale /= 2;
  } while (shorter * scale >= settings.least_side_px);
  return scales;
}

// The page at a scale, made from `source`: the page itself, or the page at a larger scale, which is cheaper.
export function resized(page, scale, source = page) {
  const [w, h] = [Math.max(1, round(page.w * scale)), Math.max(1, round(page.h * scale))];
  if (w === source.w && h === source.h) return source;
  return (w < source.w ? byArea : linear)(source, w, h);
}

// The paper's shade, as most of the picture's edge has it (reading/marks/edges.py).
export const edgeShade = (grey) => Math.floor(median(edgeOf(grey)));

// The pixels along the picture's four sides.
export function edgeOf({ w, h, d }) {
  const edge = [...d.subarray(0, w), ...d.subarray((h - 1) * w)];
  for (let y = 0; y < h; y += 1) edge.push(d[y * w], d[y * w + w - 1]);
  return edge;
}

// Left, top, right and bottom of the part of a large picture that is not even paper; all of a small one.
export function writtenPart({ w, h, d }, { large_px: large, block_px: side, least_contrast: least, margin_px: margin }) {
  if (w * h < large) return [0, 0, w, h];
  const squares = plane(Math.ceil(w / side), Math.ceil(h / side));
  const low = new Uint8Array(squares.d.length).fill(255);
  const high = new Uint8Array(squares.d.length);
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      const square = Math.floor(y / side) * squares.w + Math.floor(x / side);
      if (d[at] < low[square]) low[square] = d[at];
      if (d[at] > high[square]) high[square] = d[at];
    }
  }
  for (const square of low.keys()) squares.d[square] = high[square] - low[square] >= least ? 1 : 0;
  const [left, top, wide, tall] = boundingBox(squares).map((found) => side * found);
  return [Math.max(0, left - margin), Math.max(0, top - margin), Math.min(w, left + wide + margin), Math.min(h, top + tall + margin)];
}

// The shade of the rim put around a small picture; none for a page, whose edge goes on.
export const rimShade = (grey, settings) => (Math.min(grey.w, grey.h) < settings.page_px ? edgeShade(grey) : null);

// The picture with a rim of a shade (none: its edge goes on), and on until the network can halve its sides.
export function framed({ w, h, d }, rim, multiple, shade = null) {
  const whole = (side) => Math.ceil((side + 2 * rim) / multiple) * multiple;
  const out = plane(whole(w), whole(h), new Float32Array(whole(w) * whole(h)));
  if (shade !== null) out.d.fill(shade);
  const [low, high] = shade === null ? [-rim, Infinity] : [0, 0];
  for (let y = 0, to = 0; y < out.h; y += 1) {
    const from = clamp(y - rim, 0, h - 1) * w;
    const isRow = y - rim >= low && y - rim < h + high;
    for (let x = 0; x < out.w; x += 1, to += 1) {
      if (isRow && x - rim >= low && x - rim < w + high) out.d[to] = d[from + clamp(x - rim, 0, w - 1)];
    }
  }
  return out;
}

// One page's marks at each size; what was found at a size is not looked for again.
export class Pyramid {
  #found = new Map();
  #shown = new Map();

  constructor(grey, network, pause) {
    Object.assign(this, { grey, network, pause });
    this.scales = levelsOf(grey.w, grey.h, network.settings.pyramid);
  }

  async at(scale) {
    if (!this.#found.has(scale)) this.#found.set(scale, await this.#find(scale));
    return this.#found.get(scale);
  }

  async all() {
    const levels = [];
    for (const scale of this.scales) levels.push({ scale, marks: await this.at(scale) });
    return levels;
  }

  async #find(scale) {
    await this.pause?.();
    const { settings } = this.network;
    const rim = settings.pyramid.rim_px;
    const shade = rimShade(this.grey, settings);
    const shown = this.#shownAt(scale);
    const written = writtenPart(shown, settings.pyramid);
    const map = await this.network.run(framed(part(shown, ...written), rim, settings.multiple, shade));
    const onPage = (side, index) => f32(f32(side + written[index % 2] - rim) / f32(scale));
    return peaksOf(map, settings).map((mark) => ({ ...mark, box: mark.box.map(onPage) }));
  }

  #shownAt(scale) {
    if (!this.#shown.has(scale)) {
      const larger = this.scales[this.scales.indexOf(scale) - 1];
      const source = larger <= 1 ? this.#shownAt(larger) : this.grey;
      this.#shown.set(scale, resized(this.grey, scale, source));
    }
    return this.#shown.get(scale);
  }
}
