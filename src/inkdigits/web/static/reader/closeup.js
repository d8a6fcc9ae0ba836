// A close-up of each mark, in even contrast (reading/marks/closeup.py).

import { clamp, plane, round, sum } from "./arrays.js";
import { byArea, linear } from "./resize.js";

export const SIZE_PX = 32;

export function closeupOf(grey, box, rowHeight, settings) {
  return inEvenContrast(cutWindow(grey, windowOf(box, rowHeight, settings)), settings);
}

// The square around a box, in whole pixels.
function windowOf([left, top, right, bottom], rowHeight, { window, of_row: ofRow }) {
  const side = Math.max(4, round(window * Math.max(right - left, bottom - top, ofRow * rowHeight)));
  return { left: round((left + right - side) / 2), top: round((top + bottom - side) / 2), side };
}

// The square at 32×32; beyond the page its edge goes on.
function cutWindow({ w, h, d }, { left, top, side }) {
  const square = plane(side, side);
  for (let y = 0, to = 0; y < side; y += 1) {
    const from = clamp(top + y, 0, h - 1) * w;
    for (let x = 0; x < side; x += 1, to += 1) square.d[to] = d[from + clamp(left + x, 0, w - 1)];
  }
  return (side > SIZE_PX ? byArea : linear)(square, SIZE_PX, SIZE_PX).d;
}

// Faint ink and strong ink look alike: grey levels with mean 0 and spread 1.
function inEvenContrast(shades, { least_spread: least }) {
  const mean = sum([...shades]) / shades.length;
  const spread = Math.sqrt(sum(Array.from(shades, (shade) => (shade - mean) ** 2)) / shades.length);
  return Float32Array.from(shades, (shade) => (shade - mean) / Math.max(spread, least));
}
