// Paper under light that changes: a closing fills dark strokes, and follows every shadow wider than a stroke (reading/shaded.py).

import { gaussianBlur } from "./filters.js";
import { dilateRound, erodeRound } from "./morphology.js";
import { drawnOn, mapped, median, part, plane, round } from "./numbers.js";
import { byArea, linear } from "./resize.js";

const [SMALL_PX, WIDEST_STROKE] = [160, 0.16];
const f32 = Math.fround;

export function overClosedGround(grey) {
  const paper = closed(grey);
  const smooth = gaussianBlur(grey);
  const darker = mapped(paper.d, Float32Array, (shade, at) => (shade - smooth.d[at]) * f32(f32(200) / Math.max(shade, 60)));
  const middle = f32(median(darker));
  for (let at = 0; at < darker.length; at += 1) darker[at] -= middle;
  const noise = 1.4826 * median(darker.map(Math.abs));
  return { contrast: plane(grey.w, grey.h, darker.map((value) => Math.min(Math.max(value / 255, 0), 1))), noise: noise / 255 };
}

// The rim is drawn on outwards, so that what is dark up to the rim counts as paper.
function closed(grey) {
  const scale = Math.min(1, SMALL_PX / Math.max(grey.w, grey.h));
  const small = gaussianBlur(byArea(grey, round(grey.w * scale), round(grey.h * scale), 1 / scale, 1 / scale));
  const reach = Math.max(3, Math.trunc(WIDEST_STROKE * Math.max(small.w, small.h)) | 1);
  const filled = erodeRound(dilateRound(drawnOn(small, reach), reach), reach);
  return linear(part(filled, reach, reach, reach + small.w, reach + small.h), grey.w, grey.h);
}
