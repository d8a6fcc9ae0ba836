// All of a picture's ink as one mark (reading/marks/whole.py).

import { argmax, boundingBox, part, percentile, plane, sum } from "./arrays.js";
import { closeupOf } from "./closeup.js";
import { digitShare } from "./peaks.js";
import { edgeShade, resized } from "./pyramid.js";

const f32 = Math.fround;

// The one mark, as sure as it looks like a digit; none on blank paper.
export async function wholeMark(grey, { glyphs, marks: { settings } }, pause) {
  const box = inkBox(grey, settings.whole);
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
  const scale = Math.min(1, settings.seen_px / Math.max(grey.w, grey.h));
  const small = resized(grey, scale);
  const shade = edgeShade(small);
  let ink = plane(small.w, small.h, small.d.map((value) => Math.abs(value - shade)));
  for (let [x, y] = [0, 0]; ; ) {
    const most = percentile(ink.d, settings.darkest_percent);
    if (most < settings.least_contrast) return null;
    const least = Math.floor(settings.faintest * most) + 1;
    const [left, top, width, height] = boundingBox(ink, least);
    // A picture cropped tight to its digit has strokes along its sides.
    const isTight = width === ink.w && height === ink.h;
    const { west, north, east, south } = marginsOf(ink, least, settings.margin);
    if (isTight || !(west + north + east + south)) {
      return [x + left, y + top, x + left + width, y + top + height].map((side) => f32(side / f32(scale)));
    }
    [x, y] = [x + west, y + north];
    ink = part(ink, west, north, ink.w - east, ink.h - south);
  }
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
