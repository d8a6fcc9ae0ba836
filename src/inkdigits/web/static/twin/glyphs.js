// Ink → the 28×28 the net knows (reading/glyphs.py).

import { distances } from "./components.js";
import { dilateRound } from "./morphology.js";
import { bordered, boundingBox, part, percentile, plane, round } from "./numbers.js";
import { byArea, linear } from "./resize.js";

export const SIZE_PX = 28;
const [INNER_PX, FAINTEST] = [20, 32];

// Left, top, right, bottom around all the ink, or null where there is none.
export function inkBox(ink) {
  const [left, top, width, height] = boundingBox(ink, FAINTEST);
  return width ? [left, top, left + width, top + height] : null;
}

export function frame(ink) {
  if (isFramed(ink)) return ink;
  const box = inkBox(ink);
  if (!box) return plane(SIZE_PX, SIZE_PX);
  const crop = thicken(part(ink, ...box));
  const longest = Math.max(crop.w, crop.h);
  if (Math.abs(longest - INNER_PX) <= 1) return centre(crop);
  const scale = INNER_PX / longest;
  const [w, h] = [Math.max(1, round(crop.w * scale)), Math.max(1, round(crop.h * scale))];
  return centre(brighten((scale < 1 ? byArea : linear)(crop, w, h)));
}

function isFramed(ink) {
  if (ink.w !== SIZE_PX || ink.h !== SIZE_PX) return false;
  const [, , width, height] = boundingBox(ink);
  if (Math.max(width, height) !== INNER_PX) return width === 0;
  const [x, y] = centreOfMass(ink);
  return Math.max(Math.abs(x - SIZE_PX / 2), Math.abs(y - SIZE_PX / 2)) <= 0.51;
}

// Strokes so thin that they would vanish in 20×20 are widened to what a pen leaves in MNIST.
function thicken(crop) {
  const longest = Math.max(crop.w, crop.h);
  if (longest <= INNER_PX) return crop;
  const stroke = strokeWidth(crop);
  if (stroke >= 0.055 * longest) return crop;
  const grow = Math.max(1, round(0.1 * longest - stroke));
  return dilateRound(bordered(crop, grow), grow + 1);
}

// The usual width of the strokes: four times the mean distance of ink to its edge.
export function strokeWidth(ink) {
  const mask = plane(ink.w, ink.h, ink.d.map((shade) => (shade >= 96 ? 1 : 0)));
  const far = distances(mask);
  let [total, count] = [0, 0];
  for (let at = 0; at < far.length; at += 1) if (mask.d[at]) [total, count] = [total + far[at], count + 1];
  return count ? Math.max(1, (4 * total) / count - 1) : 1;
}

function brighten(small) {
  const on = small.d.filter((shade) => shade > 0);
  const top = on.length ? percentile(on, 90) : 255;
  if (top >= 220) return small;
  return plane(small.w, small.h, small.d.map((shade) => Math.min(shade * (235 / Math.max(top, 1)), 255)));
}

function centreOfMass({ w, d }) {
  let [mass, across, down] = [0, 0, 0];
  for (let at = 0; at < d.length; at += 1) {
    mass += d[at];
    across += d[at] * (at % w);
    down += d[at] * Math.floor(at / w);
  }
  return [across / mass, down / mass];
}

function centre(small) {
  const [x, y] = centreOfMass(small);
  const left = Math.min(Math.max(round(SIZE_PX / 2 - x), 0), SIZE_PX - small.w);
  const top = Math.min(Math.max(round(SIZE_PX / 2 - y), 0), SIZE_PX - small.h);
  const glyph = plane(SIZE_PX, SIZE_PX);
  for (let row = 0; row < small.h; row += 1) glyph.d.set(small.d.subarray(row * small.w, (row + 1) * small.w), (top + row) * SIZE_PX + left);
  return glyph;
}

// How far the ink goes to the right for each pixel up.
export function lean(ink) {
  const [x, y] = centreOfMass(ink);
  let [both, down] = [0, 0];
  for (let at = 0; at < ink.d.length; at += 1) {
    const [dx, dy] = [(at % ink.w) - x, Math.floor(at / ink.w) - y];
    both += ink.d[at] * dx * dy;
    down += ink.d[at] * dy * dy;
  }
  return -both / Math.max(down, 1e-6);
}
