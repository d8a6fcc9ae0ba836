// Ink → the 28×28 the digit network knows (reading/glyphs.py).

import { distances } from "./components.js";
import { bordered, boundingBox, clamp, part, percentile, plane, round } from "./arrays.js";
import { dilateRound } from "./dilate.js";
import { byArea, linear } from "./resize.js";

const SIZE_PX = 28;

export function frame(ink, settings) {
  if (isFramed(ink, settings)) return ink;
  const [left, top, width, height] = boundingBox(ink, settings.faintest);
  if (!width) return plane(SIZE_PX, SIZE_PX);
  const crop = thicken(part(ink, left, top, left + width, top + height), settings);
  const longest = Math.max(crop.w, crop.h);
  if (Math.abs(longest - settings.inner_px) <= 1) return centred(crop);
  const scale = settings.inner_px / longest;
  const [w, h] = [Math.max(1, round(crop.w * scale)), Math.max(1, round(crop.h * scale))];
  return centred(brighten((scale < 1 ? byArea : linear)(crop, w, h)));
}

// Whether this is a glyph as MNIST has them: the longer side just 20, the centre of mass in the middle.
export function isFramed(ink, settings) {
  if (ink.w !== SIZE_PX || ink.h !== SIZE_PX) return false;
  const [, , width, height] = boundingBox(ink);
  if (Math.max(width, height) !== settings.inner_px) return width === 0;
  const [x, y] = centreOfMass(ink);
  return Math.max(Math.abs(x - SIZE_PX / 2), Math.abs(y - SIZE_PX / 2)) <= 0.51;
}

// Strokes so thin that they would vanish in 20×20 are widened to what a pen leaves in MNIST.
function thicken(crop, settings) {
  const longest = Math.max(crop.w, crop.h);
  if (longest <= settings.inner_px) return crop;
  const stroke = strokeWidth(crop);
  if (stroke >= settings.thin_share * longest) return crop;
  const grow = Math.max(1, round(settings.wanted_share * longest - stroke));
  return dilateRound(bordered(crop, grow), grow + 1);
}

// The usual width of the strokes: four times the mean distance of ink to its edge.
function strokeWidth(ink) {
  const mask = plane(ink.w, ink.h, ink.d.map((shade) => (shade >= 96 ? 1 : 0)));
  const far = distances(mask);
  let [total, count] = [0, 0];
  mask.d.forEach((isInk, at) => {
    if (isInk) [total, count] = [total + far[at], count + 1];
  });
  return count ? Math.max(1, (4 * total) / count - 1) : 1;
}

// MNIST's strokes reach full ink; shrinking a fine stroke dims it, so the brightest is brought up again.
function brighten(small) {
  const inked = small.d.filter((shade) => shade > 0);
  const top = inked.length ? percentile(inked, 90) : 255;
  if (top >= 220) return small;
  return plane(small.w, small.h, small.d.map((shade) => Math.min(shade * (235 / Math.max(top, 1)), 255)));
}

function centreOfMass({ w, d }) {
  let [mass, across, down] = [0, 0, 0];
  d.forEach((shade, at) => {
    mass += shade;
    across += shade * (at % w);
    down += shade * Math.floor(at / w);
  });
  return [across / mass, down / mass];
}

function centred(small) {
  const [x, y] = centreOfMass(small);
  const left = clamp(round(SIZE_PX / 2 - x), 0, SIZE_PX - small.w);
  const top = clamp(round(SIZE_PX / 2 - y), 0, SIZE_PX - small.h);
  const glyph = plane(SIZE_PX, SIZE_PX);
  for (let row = 0; row < small.h; row += 1) {
    const line = small.d.subarray(row * small.w, (row + 1) * small.w);
    glyph.d.set(line, (top + row) * SIZE_PX + left);
  }
  return glyph;
}
