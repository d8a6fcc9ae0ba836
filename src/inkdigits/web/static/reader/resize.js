// Pictures of another size, as OpenCV computes them.

import { clamp, plane, round } from "./arrays.js";

const f32 = Math.fround;

// Each pixel is the mean of the area that it covers.
export function byArea(source, w, h) {
  if (w === source.w && h === source.h) return source;
  const [across, down] = [1 / (w / source.w), 1 / (h / source.h)];
  const [columns, rows] = [coveredBy(source.w, w, across), coveredBy(source.h, h, down)];
  // OpenCV rounds halves up where four pixels become one.
  const whole = across === 2 && down === 2 ? (value) => Math.floor(value + 0.5) : round;
  const out = plane(w, h);
  // Every sum is rounded to single precision, as there: halves are many, and would go the other way.
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      let total = 0;
      for (const line of rows[y]) {
        const start = line.from * source.w;
        let across = 0;
        for (const { from, share } of columns[x]) across = f32(across + f32(source.d[start + from] * share));
        total = f32(total + f32(across * line.share));
      }
      out.d[at] = clamp(whole(total), 0, 255);
    }
  }
  return out;
}

// For each pixel of the result the pixels of the source that it covers, with their shares of it.
function coveredBy(size, target, scale) {
  return Array.from({ length: target }, (_, to) => {
    const [start, end] = [to * scale, to * scale + scale];
    const width = Math.min(scale, size - start);
    const high = Math.min(Math.floor(end), size - 1);
    const low = Math.min(Math.ceil(start), high);
    const cells = [];
    if (low - start > 1e-3) cells.push({ from: low - 1, share: f32((low - start) / width) });
    for (let from = low; from < high; from += 1) cells.push({ from, share: f32(1 / width) });
    if (end - high > 1e-3) cells.push({ from: high, share: f32(Math.min(end - high, 1, width) / width) });
    return cells;
  });
}

// OpenCV weighs pixels in whole numbers here, with eleven bits of fraction.
export function linear(source, w, h) {
  if (w === source.w && h === source.h) return source;
  const kernel = (x) => [round(f32(1 - x) * 2048), round(x * 2048)];
  const weigh = ({ share }, value) => (share * (value >> 4)) >> 16;
  const finish = (total) => (total + 2) >> 2;
  return resampled(source, w, h, 1 / (w / source.w), 1 / (h / source.h), { kernel, weigh, finish });
}

// `across` and `down` are how many pixels of the source lie in one of the result.
export function cubic(source, w, h, across, down) {
  if (w === source.w && h === source.h) return source;
  const A = -0.75;
  const kernel = (x) => {
    const first = ((A * (x + 1) - 5 * A) * (x + 1) + 8 * A) * (x + 1) - 4 * A;
    const second = ((A + 2) * x - (A + 3)) * x * x + 1;
    const third = ((A + 2) * (1 - x) - (A + 3)) * (1 - x) * (1 - x) + 1;
    return [first, second, third, 1 - first - second - third];
  };
  const weigh = ({ share }, value) => share * value;
  return resampled(source, w, h, across, down, { kernel, weigh, finish: round });
}

function resampled(source, w, h, across, down, { kernel, weigh, finish }) {
  const [columns, rows] = [tapsOf(source.w, w, across, kernel), tapsOf(source.h, h, down, kernel)];
  const lines = Array.from({ length: source.h }, (_, y) => {
    const line = source.d.subarray(y * source.w, (y + 1) * source.w);
    const weighed = (taps) => taps.reduce((total, { share, from }) => total + share * line[from], 0);
    return Float64Array.from(columns, weighed);
  });
  const out = plane(w, h);
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      const total = rows[y].reduce((sum, tap) => sum + weigh(tap, lines[tap.from][x]), 0);
      out.d[at] = clamp(finish(total), 0, 255);
    }
  }
  return out;
}

// For each pixel of the result the pixels of the source around it, with their weights.
function tapsOf(size, target, scale, kernel) {
  return Array.from({ length: target }, (_, to) => {
    const place = f32((to + 0.5) * scale - 0.5);
    const start = Math.floor(place);
    const shares = kernel(f32(place - start));
    const first = start + 1 - shares.length / 2;
    return shares.map((share, tap) => ({ share, from: clamp(first + tap, 0, size - 1) }));
  });
}
