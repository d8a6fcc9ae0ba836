// A line's ink, levelled and brought to one height: what the line net sees (reading/strip.py).

import { widen } from "./masks.js";
import { mapped, mean, median, part, plane, round, sum } from "./numbers.js";
import { byArea } from "./resize.js";

export const [HEIGHT_PX, COLUMN_PX] = [32, 2];
const [DIGIT_PX, ROOM_PX, SMALLEST_SHARE, SIDE_PX, MAJOR, STEEPEST, LEAST_TO_LEVEL] = [20, 30, 0.6, 6, 0.6, 0.3, 4];
const f32 = Math.fround;
const most = (values) => values.reduce((one, other) => Math.max(one, other), -Infinity);
const least = (values) => values.reduce((one, other) => Math.min(one, other), Infinity);

// The ink of a line's own strokes: { ink, column, sheetX }, the latter from a column of the sheet to one of the net's and back.
export function stripOf(sheet, strokes, height) {
  const boxes = strokes.map((stroke) => sheet.boxes[stroke]);
  const [left, top] = [0, 1].map((side) => Math.max(0, least(boxes.map((box) => box[side])) - 1));
  const right = Math.min(sheet.w, most(boxes.map((box) => box[2])) + 1);
  const bottom = Math.min(sheet.h, most(boxes.map((box) => box[3])) + 1);
  const labels = part({ w: sheet.w, h: sheet.h, d: sheet.labels }, left, top, right, bottom);
  const own = new Set(strokes.map((stroke) => stroke + 1));
  const mask = plane(labels.w, labels.h, mapped(labels.d, Uint8Array, (label) => (label && own.has(label) ? 1 : 0)));
  const rim = widen(mask, 3);
  const ink = part(sheet.ink, left, top, right, bottom);
  for (let at = 0; at < ink.d.length; at += 1) if (!rim.d[at] || (labels.d[at] && !mask.d[at])) ink.d[at] = 0;
  const level = levelled(ink, boxes.map((box) => [box[0] - left, box[1] - top, box[2] - left, box[3] - top]), height);
  return {
    ink: level.image,
    column: (x) => (SIDE_PX + (x - left) * level.scale) / COLUMN_PX,
    sheetX: (column) => left + (column * COLUMN_PX - SIDE_PX) / level.scale,
  };
}

// The ink sheared level, scaled so that strokes of the given height have one height.
function levelled(ink, boxes, height) {
  const tall = boxes.filter(([, top, , bottom]) => bottom - top >= MAJOR * height);
  const major = tall.length ? tall : boxes;
  const [slope, start] = drift(major);
  const reach = most(boxes.map(([left, top, right, bottom]) => {
    const middle = start + (slope * (left + right)) / 2;
    return Math.max(middle - top, bottom - middle, 1);
  }));
  const usual = DIGIT_PX / Math.max(height, 1);
  const scale = Math.max(Math.min(usual, ROOM_PX / 2 / reach), SMALLEST_SHARE * usual);
  const shrink = Math.max(1, Math.min(Math.trunc(0.75 / scale), ink.w, ink.h));
  const small = shrink > 1 ? byArea(ink, round(ink.w / shrink), round(ink.h / shrink), shrink, shrink) : ink;
  const [across, down] = [ink.w / small.w, ink.h / small.h];
  const width = round(ink.w * scale) + 2 * SIDE_PX;
  const matrix = [scale * across, 0, SIDE_PX, -scale * slope * across, scale * down, HEIGHT_PX / 2 - scale * start];
  return { image: warped(small, matrix, width + (width % COLUMN_PX), HEIGHT_PX), scale };
}

// The line through the strokes' middles: its slope and where it starts.
function drift(boxes) {
  const [x, y] = [boxes.map((box) => (box[0] + box[2]) / 2), boxes.map((box) => (box[1] + box[3]) / 2)];
  if (boxes.length < LEAST_TO_LEVEL) {
    const weights = boxes.map((box) => box[2] - box[0] + 1);
    return [0, sum(y.map((middle, index) => middle * weights[index])) / sum(weights)];
  }
  const [usualX, usualY] = [mean(x), mean(y)];
  const spread = sum(x.map((value) => (value - usualX) ** 2));
  const steep = spread ? sum(x.map((value, index) => (value - usualX) * (y[index] - usualY))) / spread : 0;
  const slope = Math.min(STEEPEST, Math.max(-STEEPEST, steep));
  return [slope, median(y.map((middle, index) => middle - slope * x[index]))];
}

// The plane where [a, b, c, d, e, f] takes it, with nothing around it: x' = a x + b y + c, y' = d x + e y + f. Halves fall as OpenCV's do.
function warped(source, [a, b, c, d, e, f], w, h) {
  const share = 1 / (a * e - b * d);
  const back = [e * share, -b * share, (b * f - e * c) * share, -d * share, a * share, (d * c - a * f) * share].map(f32);
  const at = (x, y) => (x >= 0 && y >= 0 && x < source.w && y < source.h ? source.d[y * source.w + x] : 0);
  const out = plane(w, h);
  for (let y = 0; y < h; y += 1) {
    const [startX, startY] = [f32(back[1] * y + back[2]), f32(back[4] * y + back[5])];
    for (let x = 0; x < w; x += 1) {
      const [across, down] = [f32(back[0] * x + startX), f32(back[3] * x + startY)];
      const [left, top] = [Math.floor(across), Math.floor(down)];
      const [u, v] = [across - left, down - top];
      const [above, below] = [top, top + 1].map((row) => f32(at(left, row) + u * (at(left + 1, row) - at(left, row))));
      out.d[y * w + x] = round(f32(above + v * f32(below - above)));
    }
  }
  return out;
}
