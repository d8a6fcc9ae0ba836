// Shades widened and narrowed by rectangles and ellipses; beyond the edge there is nothing, as OpenCV has it. Masks: masks.js.

import { mapped, plane } from "./numbers.js";

export function dilate(source, w, h = w) {
  const wide = w > 1 ? alongRows(source, w) : source;
  const out = h > 1 ? alongColumns(wide, h) : wide;
  return out === source ? { ...source, d: source.d.slice() } : out;
}

// What narrows the ink widens the ground.
export const erode = (source, w, h = w) => inverted(dilate(inverted(source), w, h));

const inverted = ({ w, h, d }) => plane(w, h, mapped(d, d.constructor, (shade) => 255 - shade));

// The most of each run of `size` pixels by the most from its block's start and to its block's end: three steps a pixel, any size.
function alongRows({ w, h, d }, size) {
  const out = plane(w, h, new d.constructor(d.length));
  const length = w + size - 1;
  const [ahead, behind, padded] = [new d.constructor(length), new d.constructor(length), new d.constructor(length)];
  for (let y = 0; y < h; y += 1) {
    padded.set(d.subarray(y * w, (y + 1) * w), size >> 1);
    for (let start = 0; start < length; start += size) {
      const end = Math.min(start + size, length);
      ahead[start] = padded[start];
      for (let at = start + 1; at < end; at += 1) ahead[at] = ahead[at - 1] > padded[at] ? ahead[at - 1] : padded[at];
      behind[end - 1] = padded[end - 1];
      for (let at = end - 2; at >= start; at -= 1) behind[at] = behind[at + 1] > padded[at] ? behind[at + 1] : padded[at];
    }
    for (let x = 0, at = y * w, far = size - 1; x < w; x += 1, at += 1, far += 1) out.d[at] = behind[x] > ahead[far] ? behind[x] : ahead[far];
  }
  return out;
}

function alongColumns({ w, h, d }, size) {
  const out = plane(w, h, new d.constructor(d.length));
  const length = h + size - 1;
  const padded = new d.constructor(length * w);
  padded.set(d, (size >> 1) * w);
  const [ahead, behind] = [padded.slice(), padded];
  for (let row = 1; row < length; row += 1) {
    if (row % size) for (let at = row * w, end = at + w; at < end; at += 1) if (ahead[at - w] > ahead[at]) ahead[at] = ahead[at - w];
  }
  for (let row = length - 2; row >= 0; row -= 1) {
    if ((row + 1) % size) for (let at = row * w, end = at + w; at < end; at += 1) if (behind[at + w] > behind[at]) behind[at] = behind[at + w];
  }
  const far = (size - 1) * w;
  for (let at = 0; at < h * w; at += 1) out.d[at] = behind[at] > ahead[at + far] ? behind[at] : ahead[at + far];
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

export const erodeRound = (source, size) => inverted(dilateRound(inverted(source), size));
