// Widening and narrowing by rectangles and ellipses; beyond the edge there is nothing, as OpenCV has it.

import { plane } from "./numbers.js";

const most = (one, other) => (one > other ? one : other);
const least = (one, other) => (one < other ? one : other);

export const dilate = (source, w, h = w) => windowed(source, w, h, most, 0);
export const erode = (source, w, h = w) => windowed(source, w, h, least, 255);

export const open = (source, w, h = w) => dilate(erode(source, w, h), w, h);
export const close = (source, w, h = w) => erode(dilate(source, w, h), w, h);

function windowed(source, w, h, better, nothing) {
  let out = source;
  if (w > 1) out = alongRows(out, w, better, nothing);
  if (h > 1) out = alongColumns(out, h, better, nothing);
  return out === source ? { ...source, d: source.d.slice() } : out;
}

// The best of each run of `size` pixels by the best from its block's start and to its block's end: three steps a pixel, any size.
function alongRows({ w, h, d }, size, better, nothing) {
  const out = plane(w, h, new d.constructor(d.length));
  const length = w + size - 1;
  const [ahead, behind] = [new d.constructor(length), new d.constructor(length)];
  const padded = new d.constructor(length).fill(nothing);
  for (let y = 0; y < h; y += 1) {
    padded.set(d.subarray(y * w, (y + 1) * w), size >> 1);
    for (let at = 0; at < length; at += 1) ahead[at] = at % size ? better(ahead[at - 1], padded[at]) : padded[at];
    for (let at = length - 1; at >= 0; at -= 1) behind[at] = (at + 1) % size && at + 1 < length ? better(behind[at + 1], padded[at]) : padded[at];
    for (let x = 0; x < w; x += 1) out.d[y * w + x] = better(behind[x], ahead[x + size - 1]);
  }
  return out;
}

function alongColumns({ w, h, d }, size, better, nothing) {
  const out = plane(w, h, new d.constructor(d.length));
  const length = h + size - 1;
  const [ahead, behind] = [new d.constructor(length * w), new d.constructor(length * w)];
  const padded = new d.constructor(length * w).fill(nothing);
  padded.set(d, (size >> 1) * w);
  for (let row = 0; row < length; row += 1) {
    for (let x = 0, at = row * w; x < w; x += 1, at += 1) ahead[at] = row % size ? better(ahead[at - w], padded[at]) : padded[at];
  }
  for (let row = length - 1; row >= 0; row -= 1) {
    const ends = (row + 1) % size === 0 || row + 1 === length;
    for (let x = 0, at = row * w; x < w; x += 1, at += 1) behind[at] = ends ? padded[at] : better(behind[at + w], padded[at]);
  }
  const far = (size - 1) * w;
  for (let at = 0; at < h * w; at += 1) out.d[at] = better(behind[at], ahead[at + far]);
  return out;
}

// Widened by an ellipse `size` wide and high: each of its rows is a run.
export function dilateRound(source, size) {
  const reach = size >> 1;
  const out = plane(source.w, source.h);
  const widened = new Map();
  for (let row = 0; row < size; row += 1) {
    const rise = row - reach;
    const half = reach ? Math.round(reach * Math.sqrt((reach * reach - rise * rise) / (reach * reach))) : 0;
    const run = Math.min(2 * half + 1, size);
    if (!widened.has(run)) widened.set(run, dilate(source, run, 1));
    const { d } = widened.get(run);
    const shift = rise * source.w;
    const [from, to] = [Math.max(0, -rise) * source.w, Math.min(source.h, source.h - rise) * source.w];
    for (let at = from; at < to; at += 1) if (d[at + shift] > out.d[at]) out.d[at] = d[at + shift];
  }
  return out;
}
