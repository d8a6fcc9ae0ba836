// Ink near a number that belongs to none of its marks (reading/numbers/loose_ink.py).

import { median, part, percentile } from "./arrays.js";
import { resized } from "./pyramid.js";
import { boxAround } from "./rows.js";

const f32 = Math.fround;

// How much ink stands between the marks, and how much beside them, in parts of their own: [between, beside].
export function looseInk({ w, h, ...grey }, marks, height, settings) {
  const [left, top, right, bottom] = boxAround(marks);
  const reach = settings.beside * height;
  const [x0, y0] = [Math.max(0, Math.trunc(left - reach)), Math.max(0, Math.trunc(top))];
  const [x1, y1] = [Math.max(x0 + 1, Math.round(right + reach)), Math.max(y0 + 1, Math.round(bottom))];
  if (x0 >= w || y0 >= h) return [0, 0];
  const scale = Math.min(1, settings.seen_px / Math.max(height, 1));
  const shown = resized(part({ w, h, ...grey }, x0, y0, Math.min(x1, w), Math.min(y1, h)), scale);
  const paper = f32(median(shown.d));
  const contrast = Float32Array.from(shown.d, (shade) => Math.abs(f32(shade - paper)));
  const own = ownPixels(shown, marks, { x0, y0, scale, margin: settings.margin * height });
  if (!own.includes(1)) return [0, 0];
  const least = settings.faintest * percentile(contrast.filter((_, at) => own[at]), settings.full_percent);
  const columns = [...own.keys()].filter((at) => own[at]).map((at) => at % shown.w);
  const [first, last] = columns.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, 0]);
  let [total, between, beside] = [0, 0, 0];
  contrast.forEach((value, at) => {
    if (value <= least) return;
    const x = at % shown.w;
    if (own[at]) total += 1;
    else if (x >= first && x <= last) between += 1;
    else beside += 1;
  });
  return [between / Math.max(total, 1), beside / Math.max(total, 1)];
}

// 1 where a pixel lies in a mark's box or close to it.
function ownPixels({ w, h }, marks, { x0, y0, scale, margin }) {
  const own = new Uint8Array(w * h);
  for (const { box } of marks) {
    const low = (side, origin) => Math.trunc(Math.max((side - margin - origin) * scale, 0));
    const high = (side, origin, size) => Math.min(Math.ceil((side + margin - origin) * scale), size);
    const [left, right] = [low(box[0], x0), high(box[2], x0, w)];
    for (let y = low(box[1], y0); y < high(box[3], y0, h); y += 1) {
      if (right > left) own.fill(1, y * w + left, y * w + right);
    }
  }
  return own;
}
