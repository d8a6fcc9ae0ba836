// A mark on a grey page → its ink, framed as MNIST frames it (reading/marks/glyphs.py).

import { boundingBox, clamp, median, part, percentile, plane, round, sum } from "./arrays.js";
import { components } from "./components.js";
import { edgeShade } from "./pyramid.js";
import { dilate } from "./dilate.js";
import { frame } from "./glyphs.js";
import { cubic } from "./resize.js";

const f32 = Math.fround;

// What belongs to its neighbours is left out.
export function glyphOf(grey, box, settings) {
  return frame(inkOf(grey, box, settings).drawn, settings.framing);
}

// The mark's ink alone: { drawn, left, top, scale }, where on its page that lies and how much larger it is.
export function inkOf(grey, box, { glyphs: settings }) {
  const { crop, inner, left, top: high, scale } = cut(grey, box, settings);
  const paper = localPaper(crop, inner, edgeShade(grey), settings);
  const difference = Float32Array.from(crop.d, (shade, at) => shade - paper[at]);
  // The rim tells paper; the inside tells whether ink is darker or brighter than that.
  const inside = insideOf(difference, crop.w, inner);
  const isDark = -percentile(inside, settings.low_percent) >= percentile(inside, settings.high_percent);
  const ink = isDark ? difference.map((value) => -value) : difference;
  const top = Math.max(percentile(insideOf(ink, crop.w, inner), settings.high_percent), 1);
  const drawn = plane(crop.w, crop.h);
  for (let at = 0; at < ink.length; at += 1) {
    // In single precision, as numpy has it: a shade more or less may move a glyph by a pixel.
    const share = f32(f32(f32(ink[at] / f32(top)) - f32(settings.faintest)) / f32(settings.full - settings.faintest));
    drawn.d[at] = f32(clamp(share, 0, 1) * 255);
  }
  return { drawn: ownInk(drawn, inner, settings), left, top: high, scale };
}

// Around the ink, in the page's pixels; null where there is none.
export function boxOfInk({ drawn, left, top, scale }, { faintest }) {
  const [x, y, width, height] = boundingBox(drawn, faintest);
  const onPage = (side, origin) => f32(f32(side / f32(scale)) + origin);
  return width ? [onPage(x, left), onPage(y, top), onPage(x + width, left), onPage(y + height, top)] : null;
}

// The box with a margin, at a size at which strokes have a width; and where in it the box itself lies.
function cut(grey, [left, top, right, bottom], settings) {
  const longest = Math.max(right - left, bottom - top, 1);
  const margin = settings.margin * longest + 1;
  const [x0, y0] = [clamp(round(left - margin), 0, grey.w - 1), clamp(round(top - margin), 0, grey.h - 1)];
  const [x1, y1] = [Math.min(grey.w, round(right + margin)), Math.min(grey.h, round(bottom + margin))];
  let crop = part(grey, x0, y0, Math.max(x1, x0 + 1), Math.max(y1, y0 + 1));
  const scale = Math.max(1, settings.least_side_px / longest);
  if (scale > 1) crop = cubic(crop, round(crop.w * scale), round(crop.h * scale), 1 / scale, 1 / scale);
  const between = (low, high, origin, size) => {
    const start = clamp(round((low - origin - 1) * scale), 0, size - 1);
    return [start, Math.min(Math.max(start + 1, round((high - origin + 1) * scale)), size)];
  };
  return { crop, left: x0, top: y0, scale, inner: { x: between(left, right, x0, crop.w), y: between(top, bottom, y0, crop.h) } };
}

function isInner({ x, y }, column, row) {
  return column >= x[0] && column < x[1] && row >= y[0] && row < y[1];
}

function insideOf(values, width, { x, y }) {
  const inside = [];
  for (let row = y[0]; row < y[1]; row += 1) {
    for (let column = x[0]; column < x[1]; column += 1) inside.push(values[row * width + column]);
  }
  return inside;
}

// The paper's shade across the crop: a plane through its rim, for light falls off to one side.
function localPaper({ w, h, d }, inner, edge, settings) {
  const rim = [];
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) if (!isInner(inner, x, y)) rim.push({ x, y, shade: d[at] });
  }
  if (rim.length < settings.least_rim_px) return new Float32Array(d.length).fill(edge);
  const middle = median(rim.map(({ shade }) => shade));
  const spread = median(rim.map(({ shade }) => Math.abs(shade - middle))) + settings.least_spread;
  const isNear = ({ shade }) => Math.abs(shade - middle) < settings.near * spread;
  const [across, down, level] = planeThrough(rim.filter(isNear));
  return Float32Array.from(d, (_, at) => across * (at % w) + down * Math.floor(at / w) + level);
}

// Least squares: the plane's rise across and down, and its level at the corner.
function planeThrough(points) {
  const rows = [0, 1, 2].map(() => [0, 0, 0, 0]);
  for (const { x, y, shade } of points) {
    const values = [x, y, 1, shade];
    rows.forEach((row, index) => values.forEach((value, column) => { row[column] += values[index] * value; }));
  }
  for (let pivot = 2; pivot >= 0; pivot -= 1) {
    const scale = rows[pivot][pivot];
    // Points of one column or row alone say nothing of the rise across them.
    rows[pivot] = scale > 1e-6 * points.length ? rows[pivot].map((value) => value / scale) : [0, 0, 0, 0];
    for (let row = 0; row < 3; row += 1) {
      const factor = rows[row][pivot];
      if (row !== pivot) rows[row] = rows[row].map((value, column) => value - factor * rows[pivot][column]);
    }
  }
  return rows.map((row) => f32(row[3]));
}

const strokesOf = (drawn, { connected }) => components(plane(drawn.w, drawn.h, drawn.d.map((shade) => (shade > connected ? 1 : 0))));

// Whether all of the ink hangs together, but for specks.
export function isOneStroke(drawn, settings) {
  const { count, labels } = strokesOf(drawn, settings);
  const areas = new Int32Array(count);
  for (const label of labels) areas[label] += 1;
  const ink = sum(areas.subarray(1));
  return areas.subarray(1).filter((area) => area > settings.speck * ink).length === 1;
}

// The ink of the strokes that lie mostly inside the box.
function ownInk(drawn, inner, settings) {
  const { count, labels } = strokesOf(drawn, settings);
  if (count <= 2) return drawn;
  const [inside, pixels] = [new Int32Array(count), new Int32Array(count)];
  labels.forEach((label, at) => {
    pixels[label] += 1;
    if (isInner(inner, at % drawn.w, Math.floor(at / drawn.w))) inside[label] += 1;
  });
  const isOwn = (label) => label > 0 && inside[label] > settings.own * pixels[label];
  const own = Uint8Array.from(labels, (label) => (isOwn(label) ? 1 : 0));
  const mask = dilate(plane(drawn.w, drawn.h, own), 3);
  return plane(drawn.w, drawn.h, drawn.d.map((shade, at) => shade * mask.d[at]));
}
