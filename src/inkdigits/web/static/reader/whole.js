// All of a picture's ink as one mark (reading/marks/whole.py).

import { argmax, boundingBox, percentile, plane, sum } from "./arrays.js";
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

// Around everything that differs from the paper at the picture's edge.
export function inkBox(grey, settings) {
  const scale = Math.min(1, settings.seen_px / Math.max(grey.w, grey.h));
  const small = resized(grey, scale);
  const shade = edgeShade(small);
  const ink = plane(small.w, small.h, small.d.map((value) => Math.abs(value - shade)));
  const most = percentile(ink.d, settings.darkest_percent);
  if (most < settings.least_contrast) return null;
  const [left, top, width, height] = boundingBox(ink, Math.floor(settings.faintest * most) + 1);
  return [left, top, left + width, top + height].map((side) => f32(side / f32(scale)));
}
