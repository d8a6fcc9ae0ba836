// Smoothing: a wide median, a Gaussian of 0.8 pixels, a box of two by two.

import { plane } from "./numbers.js";

const clampTo = (value, most) => (value < 0 ? 0 : value > most ? most : value);

// The middle shade of a square around each pixel; the edge goes on outward as it is.
export function medianBlur({ w, h, d }, size) {
  const out = plane(w, h);
  const reach = size >> 1;
  const half = (size * size) >> 1;
  const counts = new Int32Array(256);
  for (let y = 0; y < h; y += 1) {
    const rows = Array.from({ length: size }, (_, step) => clampTo(y + step - reach, h - 1) * w);
    counts.fill(0);
    for (let step = -reach; step <= reach; step += 1) for (const row of rows) counts[d[row + clampTo(step, w - 1)]] += 1;
    let [middle, below] = [0, 0];
    for (let x = 0; x < w; x += 1) {
      if (x) {
        const [gone, fresh] = [clampTo(x - reach - 1, w - 1), clampTo(x + reach, w - 1)];
        for (const row of rows) {
          const [old, now] = [d[row + gone], d[row + fresh]];
          counts[old] -= 1;
          counts[now] += 1;
          if (old < middle) below -= 1;
          if (now < middle) below += 1;
        }
      }
      while (below > half) below -= counts[(middle -= 1)];
      while (below + counts[middle] <= half) below += counts[middle++];
      out.d[y * w + x] = middle;
    }
  }
  return out;
}

const GAUSS = [6, 58, 128, 58, 6]; // of 256, for a sigma of 0.8

export function gaussianBlur({ w, h, d }) {
  const mirror = (at, size) => {
    if (size === 1) return 0;
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * size - 2 - at;
    return at;
  };
  const lines = new Int32Array(w * h);
  const out = plane(w, h);
  for (let x = 0; x < w; x += 1) {
    const taps = GAUSS.map((_, tap) => mirror(x + tap - 2, w));
    for (let y = 0; y < h; y += 1) lines[y * w + x] = GAUSS.reduce((total, share, tap) => total + share * d[y * w + taps[tap]], 0);
  }
  for (let y = 0; y < h; y += 1) {
    const [a, b, c, e, f] = GAUSS.map((_, tap) => mirror(y + tap - 2, h) * w);
    for (let x = 0; x < w; x += 1) {
      out.d[y * w + x] = (6 * (lines[a + x] + lines[f + x]) + 58 * (lines[b + x] + lines[e + x]) + 128 * lines[c + x] + 32768) >> 16;
    }
  }
  return out;
}

// The mean of each pixel and its neighbours to the left and above.
export function boxBlur({ w, h, d }) {
  const out = plane(w, h, new Float32Array(w * h));
  for (let y = 0; y < h; y += 1) {
    const above = (y ? y - 1 : Math.min(1, h - 1)) * w;
    for (let x = 0; x < w; x += 1) {
      const before = x ? x - 1 : Math.min(1, w - 1);
      out.d[y * w + x] = (d[y * w + x] + d[y * w + before] + d[above + x] + d[above + before]) / 4;
    }
  }
  return out;
}
