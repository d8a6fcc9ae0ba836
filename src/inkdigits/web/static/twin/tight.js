// Pictures that their writing fills: ink and paper told apart as two kinds of shade (reading/tight.py).

import { distances } from "./components.js";
import { gaussianBlur } from "./filters.js";
import { mapped, mean, median, plane, rimOf, round } from "./numbers.js";
import { byArea } from "./resize.js";

const [LEAST_SHARE, MOST_SHARE, WIDEST, MOST_OF_RIM, LEAST_APART] = [0.1, 0.62, 0.6, 0.32, 3.6];
const [ROUNDS, BINS, SMALL_PX, SOME] = [4, 64, 96, 40000];
const f32 = Math.fround;

// How far each pixel lies above or below a tilted plane of paper, and the paper's noise; null for other pictures.
export function overTightGround(grey) {
  const small = smallOf(grey);
  for (const sign of [-1, 1]) {
    const found = boundAndSlopes(small, sign);
    if (found) return apart(grey, sign, found);
  }
  return null;
}

function smallOf(grey) {
  const scale = Math.max(1, Math.max(grey.w, grey.h) / SMALL_PX);
  if (scale === 1) return gaussianBlur(grey);
  return gaussianBlur(byArea(grey, Math.max(1, round(grey.w / scale)), Math.max(1, round(grey.h / scale))));
}

function boundAndSlopes(small, sign) {
  let slopes = [0, 0, 0];
  for (let turn = 0; ; turn += 1) {
    const paper = planeOf(small, slopes);
    const beyond = mapped(small.d, Float64Array, (shade, at) => sign * (shade - paper[at]));
    const bound = between(beyond);
    const ink = plane(small.w, small.h, mapped(beyond, Uint8Array, (value) => (value > bound ? 1 : 0)));
    const share = mean(ink.d);
    if (!(share > 0.02 && share < 0.8)) return null;
    if (turn === ROUNDS) return isApart(beyond, ink) && isWriting(ink, share) ? { bound, slopes } : null;
    slopes = throughPaper(small, ink.d);
  }
}

function isApart(beyond, ink) {
  const paper = beyond.filter((_, at) => !ink.d[at]);
  return mean(beyond.filter((_, at) => ink.d[at])) - mean(paper) >= LEAST_APART * Math.max(noiseOf(paper), 1);
}

function apart(grey, sign, { bound, slopes }) {
  const paper = mapped(planeOf(grey, slopes), Float32Array, (value) => value);
  const smooth = gaussianBlur(grey);
  const signed = mapped(smooth.d, Float32Array, (shade, at) => shade - paper[at]);
  const step = Math.max(1, Math.floor(signed.length / SOME));
  const some = mapped(new Uint8Array(Math.ceil(signed.length / step)), Float64Array, (_, at) => sign * signed[at * step]);
  const noise = (noiseOf(some.filter((value) => value <= bound)) * 200) / Math.max(mean(paper), 60);
  return { signed: mapped(signed, Float32Array, (value, at) => value * f32(f32(200) / Math.max(paper[at], 60))), noise: noise / 255 };
}

const along = (at, size) => (size === 1 ? -1 : -1 + (2 * at) / (size - 1));

function planeOf({ w, h }, [level, across, down]) {
  const out = new Float64Array(w * h);
  for (let y = 0; y < h; y += 1) for (let x = 0; x < w; x += 1) out[y * w + x] = level + across * along(x, w) + down * along(y, h);
  return out;
}

// The plane with the least squares to the pixels that are no ink.
function throughPaper({ w, h, d }, ink) {
  const sums = [0, 1, 2].map(() => [0, 0, 0, 0]);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      if (ink[y * w + x]) continue;
      const row = [1, along(x, w), along(y, h), d[y * w + x]];
      for (let i = 0; i < 3; i += 1) for (let j = 0; j < 4; j += 1) sums[i][j] += row[i] * row[j];
    }
  }
  return solved(sums);
}

function solved(rows) {
  for (let i = 0; i < 3; i += 1) {
    const best = rows.slice(i).reduce((most, row, at) => (Math.abs(row[i]) > Math.abs(rows[most][i]) ? i + at : most), i);
    [rows[i], rows[best]] = [rows[best], rows[i]];
    for (let j = 0; j < 3; j += 1) {
      if (j === i) continue;
      const share = rows[j][i] / rows[i][i];
      for (let k = i; k < 4; k += 1) rows[j][k] -= share * rows[i][k];
    }
  }
  return rows.map((row, i) => row[3] / row[i]);
}

function noiseOf(paper) {
  const middle = median(paper);
  return 1.4826 * median(paper.map((value) => Math.abs(value - middle)));
}

// Much of the picture, but neither a broad area nor most of the rim, as a shadow or a table's edge has.
function isWriting(ink, share) {
  if (!(share > LEAST_SHARE && share < MOST_SHARE) || mean(rimOf(ink)) > MOST_OF_RIM) return false;
  const furthest = distances(ink, false).reduce((most, far) => Math.max(most, far), 0);
  return 2 * furthest <= WIDEST * Math.sqrt(ink.d.length);
}

// The bound that parts the values best into two kinds (Otsu).
function between(values) {
  const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  if (high - low < 1e-6) return high;
  const counts = new Float64Array(BINS);
  for (const value of values) counts[Math.min(Math.trunc((value - low) * (BINS / (high - low))), BINS - 1)] += 1;
  const total = counts.reduce((all, count, bin) => all + count * bin, 0);
  let [below, sum, best, most] = [0, 0, 0, -1];
  for (let bin = 0; bin < BINS - 1; bin += 1) {
    below += counts[bin];
    sum += counts[bin] * bin;
    const above = values.length - below;
    const worth = below * above * (sum / Math.max(below, 1) - (total - sum) / Math.max(above, 1)) ** 2;
    if (worth > most) [best, most] = [bin, worth];
  }
  return low + ((best + 1) * (high - low)) / BINS;
}
