// All of a picture's ink as one mark (reading/marks/whole.py).

import { argmax, boundingBox, part, percentile, plane, round, sum } from "./arrays.js";
import { closeupOf } from "./closeup.js";
import { digitShare } from "./peaks.js";
import { edgeOf, edgeShade, framed, resized, rimShade } from "./pyramid.js";

const f32 = Math.fround;

// The one mark, as sure as it looks like a digit; none on blank paper.
export async function wholeMark(grey, { glyphs, marks: { settings } }, pause) {
  const box = inkBox(grey, settings);
  if (!box) return [];
  const [classes] = await glyphs.shares([closeupOf(grey, box, 0, settings.closeup)], pause);
  const centre = sum(classes.subarray(0, settings.digits)) * settings.whole.trust;
  return [{ box, centre, classes, best: argmax(classes) }];
}

// Whether two marks are surer to be digits than all ink together may be.
export const showsSeveral = (marks, { digits, whole }) =>
  marks.filter((mark) => f32(f32(mark.centre) * digitShare(mark, digits)) > whole.trust).length > 1;

// Around everything that differs from the paper at the picture's edge, without a margin beside the page.
export function inkBox(grey, settings) {
  const { whole } = settings;
  const scale = Math.min(1, whole.seen_px / Math.max(grey.w, grey.h));
  const small = resized(grey, scale);
  const shade = edgeShade(small);
  let ink = plane(small.w, small.h, small.d.map((value) => Math.abs(value - shade)));
  const edge = edgeOf(small);
  // Most shadows reach the picture's edge. In even light, as on a drawing, all ink is narrow.
  if (Math.max(...edge) - Math.min(...edge) >= whole.least_contrast) {
    const narrow = narrowIn(small, rimShade(grey, settings), whole.broadest);
    ink.d = ink.d.map((value, at) => Math.min(value, narrow[at]));
  }
  for (let [x, y] = [0, 0]; ; ) {
    const most = percentile(ink.d, whole.darkest_percent);
    if (most < whole.least_contrast) return null;
    const least = Math.floor(whole.faintest * most) + 1;
    const [left, top, width, height] = boundingBox(ink, least);
    // A picture cropped tight to its digit has strokes along its sides.
    const isTight = width === ink.w && height === ink.h;
    const { west, north, east, south } = marginsOf(ink, least, whole.margin);
    if (isTight || !(west + north + east + south)) {
      return [x + left, y + top, x + left + width, y + top + height].map((side) => f32(side / f32(scale)));
    }
    [x, y] = [x + west, y + north];
    ink = part(ink, west, north, ink.w - east, ink.h - south);
  }
}

// How much each pixel differs from what is broader than a stroke: paper, or a shadow on it.
// Beyond the picture there is paper of a shade; without one its edge goes on.
function narrowIn(small, shade, broadest) {
  const reach = round((broadest * Math.max(small.w, small.h)) / 2);
  const rim = 2 * reach;
  const { w, h, d } = framed(small, rim, 1, shade);
  const light = filled(w, h, d, reach);
  const dark = filled(w, h, inverse(d), reach);
  const narrow = d.map((value, at) => Math.max(light[at] - value, dark[at] - (255 - value)));
  return part(plane(w, h, Uint8Array.from(narrow)), rim, rim, w - rim, h - rim).d;
}

const inverse = (d) => d.map((value) => 255 - value);

// Everything dark that is narrower than the square filled with what is around it: a closing.
const filled = (w, h, d, reach) => inverse(highest(w, h, inverse(highest(w, h, d, reach)), reach));

// The highest value in the square around each pixel.
function highest(w, h, d, reach) {
  const out = d.slice();
  for (let y = 0; y < h; y += 1) highestAlong(out, y * w, 1, w, reach);
  for (let x = 0; x < w; x += 1) highestAlong(out, x, w, h, reach);
  return out;
}

// The same along a line, from the highest values since the start and until the end of blocks (van Herk).
function highestAlong(d, start, step, count, reach) {
  const size = 2 * reach + 1;
  const since = new Uint8Array(Math.ceil((count + 2 * reach) / size) * size);
  for (let at = 0; at < count; at += 1) since[at + reach] = d[start + at * step];
  const until = since.slice();
  for (let at = 1; at < since.length; at += 1) {
    if (at % size) since[at] = Math.max(since[at], since[at - 1]);
  }
  for (let at = until.length - 1; at > 0; at -= 1) {
    if (at % size) until[at - 1] = Math.max(until[at - 1], until[at]);
  }
  for (let at = 0; at < count; at += 1) d[start + at * step] = Math.max(until[at], since[at + size - 1]);
}

// How many lines at each side are full of ink.
function marginsOf({ w, h, d }, least, margin) {
  const [columns, rows] = [new Uint16Array(w), new Uint16Array(h)];
  d.forEach((value, at) => {
    if (value < least) return;
    columns[at % w] += 1;
    rows[Math.floor(at / w)] += 1;
  });
  const until = (counts, all) => Math.max(0, counts.findIndex((count) => count / all < margin));
  const [west, north] = [until(columns, h), until(rows, w)];
  return { west, north, east: until(columns.reverse(), h), south: until(rows.reverse(), w) };
}
