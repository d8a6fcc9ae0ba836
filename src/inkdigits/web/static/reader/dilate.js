// Ink widened, as OpenCV does it; beyond the edge there is nothing. For pictures as small as a mark.

import { plane } from "./arrays.js";

// By a square of an odd size.
export function dilate(source, size) {
  const reach = size >> 1;
  const rows = Array.from({ length: size }, (_, row) => ({ rise: row - reach, run: size }));
  return widened(source, rows);
}

// By an ellipse `size` wide and high: each of its rows is a run.
export function dilateRound(source, size) {
  const reach = size >> 1;
  const rows = Array.from({ length: size }, (_, row) => {
    const rise = row - reach;
    const half = reach ? Math.round(reach * Math.sqrt((reach * reach - rise * rise) / (reach * reach))) : 0;
    return { rise, run: Math.min(2 * half + 1, size) };
  });
  return widened(source, rows);
}

function widened(source, rows) {
  const out = plane(source.w, source.h);
  const runs = new Map(rows.map(({ run }) => [run, alongRows(source, run)]));
  for (const { rise, run } of rows) {
    const from = runs.get(run);
    const shift = rise * source.w;
    const first = Math.max(0, -rise) * source.w;
    const last = Math.min(source.h, source.h - rise) * source.w;
    for (let at = first; at < last; at += 1) if (from[at + shift] > out.d[at]) out.d[at] = from[at + shift];
  }
  return out;
}

// The most of each run of `size` pixels.
function alongRows({ w, h, d }, size) {
  const out = new Uint8Array(d.length);
  const before = size >> 1;
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      const [first, last] = [Math.max(0, x - before), Math.min(w - 1, x - before + size - 1)];
      let most = 0;
      for (let near = first; near <= last; near += 1) most = Math.max(most, d[y * w + near]);
      out[at] = most;
    }
  }
  return out;
}
