// A close-up of each mark, in even contrast (reading/marks/closeup.py).

import { clamp, plane, round, sum } from "./arrays.js";
import { edgeShade } from "./pyramid.js";
import { byArea, linear } from "./resize.js";

export const SIZE_PX = 32;

export function closeupOf(grey, box, rowHeight, settings) {
  return inEvenContrast(cutWindow(grey, windowOf(box, rowHeight, settings), edgeShade(grey)), settings);
}

// The square around a box, in whole pixels.
function windowOf([left, top, right, bottom], rowHeight, { window, of_row: ofRow }) {
  const side = Math.max(4, round(window * Math.max(right - left, bottom - top, ofRow * rowHeight)));
  return { left: round((left + right - side) / 2), top: round((top + bottom - side) / 2), side };
}

// The square at 32×32; beyond the page there is paper of this shade.
function cutWindow({ w, h, d }, { left, top, side }, shade) {
  const square = plane(side, side, new Uint8Array(side * side).fill(shade));
  const [x0, x1] = [clamp(left, 0, w), clamp(left + side, 0, w)];
  const isBeside = x1 <= x0; // all of the square lies beyond the page
  for (let y = Math.max(top, 0); y < Math.min(top + side, h) && !isBeside; y += 1) {
    square.d.set(d.subarray(y * w + x0, y * w + x1), (y - top) * side + x0 - left);
  }
  return (side > SIZE_PX ? byArea : linear)(square, SIZE_PX, SIZE_PX).d;
}

// Faint ink and strong ink look alike: grey levels with mean 0 and spread 1.
export function inEvenContrast(shades, { least_spread: least }) {
  const mean = sum([...shades]) / shades.length;
  const spread = Math.sqrt(sum(Array.from(shades, (shade) => (shade - mean) ** 2)) / shades.length);
  return Float32Array.from(shades, (shade) => (shade - mean) / Math.max(spread, least));
}
