// What lies about the rim of a page and is no writing: pieces of worn frames, the edge of a shadow or of a table (reading/rests.py).

import { median } from "./numbers.js";

const [RIM, BAND_FULL, BESIDE, THIN, LEAST_LONG_PX, UNLIKE] = [0.09, 0.75, 0.1, 0.3, 8, 1.35];
const count = (band) => band.reduce((total, one) => total + one, 0);

// Of the kept strokes, those near the rim that are made of straight upright and level runs alone and stand out of line.
export function frameRests(field, boxes, keep) {
  const rows = keep.flatMap((kept, index) => (kept ? [index] : []));
  const inner = rows.filter((row) => !isNearRim(boxes[row], field)).map((row) => boxes[row]);
  if (!inner.length || inner.length === rows.length) return new Set();
  const tall = usual(inner.map(([, top, , bottom]) => bottom - top));
  const top = inner.reduce((one, box) => Math.min(one, box[1]), Infinity);
  const bottom = inner.reduce((one, box) => Math.max(one, box[3]), -Infinity);
  return new Set(rows.filter((row) => {
    const box = boxes[row];
    if (!isNearRim(box, field)) return false;
    const arms = armsOf(field, box, row + 1);
    const beside = box[1] >= top - 0.3 * tall && box[3] <= bottom + 0.3 * tall;
    const like = tall / UNLIKE <= box[3] - box[1] && box[3] - box[1] <= tall * UNLIKE;
    return arms === "both" || (arms === "upright" && !(like && beside)) || (arms === "level" && !beside);
  }));
}

// The middle of the stroke lies in the outermost part of the page.
function isNearRim([left, top, right, bottom], { w, h }) {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return Math.min(x, w - x) <= RIM * w || Math.min(y, h - y) <= RIM * h;
}

// Which straight thin runs the stroke is made of, nothing else: "upright", "level", "both" (a corner, a crossing), or "no".
function armsOf({ w, d }, [left, top, right, bottom], label) {
  const [width, height] = [right - left, bottom - top];
  if (Math.max(height, width) < LEAST_LONG_PX) return "no";
  const [rows, columns] = [new Uint32Array(height), new Uint32Array(width)];
  const isInk = (x, y) => d[(top + y) * w + left + x] === label;
  const each = (visit) => { for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) if (isInk(x, y)) visit(x, y); };
  each((x, y) => { rows[y] += 1; columns[x] += 1; });
  const [level, upright] = [rows.map((ink) => ink >= BAND_FULL * width), columns.map((ink) => ink >= BAND_FULL * height)];
  const [across, down] = [count(level), count(upright)];
  if (height >= 2.5 * width && down >= 0.4 * width) return "upright";
  if (width >= 2.5 * height && across >= 0.4 * height) return "level";
  const thick = Math.max(3, THIN * Math.min(height, width));
  if (!across || !down || across > thick || down > thick) return "no";
  let rest = 0;
  const isOn = (band, at) => band[at - 1] || band[at] || band[at + 1];
  each((x, y) => { rest += !isOn(level, y) && !isOn(upright, x); });
  return rest <= BESIDE * count(rows) ? "both" : "no";
}

export const touchesRim = ([left, top, right, bottom], { w, h }) => Math.min(left, top) <= 1 || right >= w - 1 || bottom >= h - 1;

// The middle one of the larger ones.
function usual(lengths) {
  const half = 0.5 * lengths.reduce((one, other) => Math.max(one, other), 0);
  return median(lengths.filter((length) => length >= half));
}

// Of the kept strokes, those that run off the page, straight and far longer than those within.
export function edgesFromRim(field, boxes, keep) {
  const rows = keep.flatMap((kept, index) => (kept ? [index] : []));
  const atRim = rows.filter((row) => touchesRim(boxes[row], field));
  if (!atRim.length || atRim.length === rows.length) return new Set();
  const long = (row) => Math.max(boxes[row][2] - boxes[row][0], boxes[row][3] - boxes[row][1]);
  const least = 2.5 * usual(rows.filter((row) => !touchesRim(boxes[row], field)).map(long));
  return new Set(atRim.filter((row) => long(row) >= least && isStraight(field, boxes[row], row + 1)));
}

// Whether the stroke spreads along one line, and hardly beside it.
function isStraight({ w, d }, [left, top, right, bottom], label) {
  let [n, x, y, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < bottom - top; row += 1) {
    for (let column = 0; column < right - left; column += 1) {
      if (d[(top + row) * w + left + column] !== label) continue;
      n += 1;
      x += column;
      y += row;
      xx += column * column;
      xy += column * row;
      yy += row * row;
    }
  }
  const [a, b, c] = [xx - (x * x) / n, xy - (x * y) / n, yy - (y * y) / n];
  const [middle, apart] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
  return middle - apart <= 0.06 ** 2 * (middle + apart);
}
