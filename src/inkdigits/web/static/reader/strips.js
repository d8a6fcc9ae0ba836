// A row of marks as one strip of the page, straightened (reading/numbers/strips.py).

import { clamp, median, plane, round, sum } from "./arrays.js";
import { inEvenContrast } from "./closeup.js";
import { edgeShade } from "./pyramid.js";
import { byArea, linear } from "./resize.js";

const middle = ({ box }, side) => (box[side] + box[side + 2]) / 2;

// The part of the page around a row's marks; its digits say how the row lies.
export function windowOf({ marks, height: found }, { digits: count, strips }, look = 1) {
  const height = look * found;
  const digits = marks.filter(({ best }) => best < count);
  const left = Math.min(...marks.map(({ box }) => box[0]));
  const right = Math.max(...marks.map(({ box }) => box[2]));
  const middleX = (left + right) / 2;
  const isLong = digits.length > 2 && right - left > strips.sloping * height;
  const slope = isLong ? clamp(slopeOf(digits), -strips.most_slope, strips.most_slope) : 0;
  const levels = digits.map((mark) => slope * (middle(mark, 0) - middleX));
  const middleY = median(digits.map((mark, index) => middle(mark, 1) - levels[index]));
  const reaches = digits.map(({ box }, index) => Math.max(middleY + levels[index] - box[1], box[3] - middleY - levels[index]));
  const usual = strips.high * height;
  const high = Math.min(Math.max(usual, 2 * strips.reach * Math.max(...reaches)), strips.tallest * usual);
  const [first, last] = [round(left - strips.margin * height), round(right + strips.margin * height)];
  return { left: first, width: Math.max(4, last - first), high: Math.max(4, round(high)), middleX, middleY, slope };
}

// Least squares through the digits' middles.
function slopeOf(digits) {
  const [meanX, meanY] = [0, 1].map((side) => sum(digits.map((mark) => middle(mark, side))) / digits.length);
  const off = digits.map((mark) => middle(mark, 0) - meanX);
  const rise = sum(digits.map((mark, index) => off[index] * (middle(mark, 1) - meanY)));
  return rise / Math.max(sum(off.map((value) => value ** 2)), 1e-6);
}

// The strip, so many pixels high, in even contrast: a plane of floats.
export function stripOf(grey, window, { closeup, strips }, high) {
  const shown = straightened(grey, window, edgeShade(grey));
  const scale = high / window.high;
  const width = Math.min(Math.max(8, round(window.width * scale)), strips.most_px);
  const { d } = (scale < 1 ? byArea : linear)(shown, width, high);
  return plane(width, high, inEvenContrast(d, closeup));
}

// The window's pixels, its middle line level: each column is moved by whole pixels; beyond the page there is paper.
function straightened({ w, h, d }, { left, width, high, middleX, middleY, slope }, shade) {
  const out = plane(width, high, new Uint8Array(width * high).fill(shade));
  for (let x = Math.max(0, -left); x < Math.min(width, w - left); x += 1) {
    const level = middleY + slope * (left + x - middleX);
    const top = Math.floor(level - high / 2 + 0.5);
    for (let y = Math.max(0, -top); y < Math.min(high, h - top); y += 1) out.d[y * width + x] = d[(top + y) * w + left + x];
  }
  return out;
}
