// How much the answer falls when a patch of a glyph is covered (reading/saliency.py).

import { plane } from "./arrays.js";

const SIZE_PX = 28;

// For each pixel, 0 to 1: how much covering it with paper takes from the digit's probability.
export async function saliency(network, glyph, digit, pause) {
  const { patch_px: patch, step_px: step } = network.settings.saliency;
  const starts = startsOf(patch, step);
  const places = starts.flatMap((top) => starts.map((left) => ({ top, left })));
  const [whole] = await network.raw([glyph]);
  const rows = await network.raw(places.map((place) => without(glyph, place, patch)), pause);
  const [total, times] = [new Float32Array(SIZE_PX ** 2), new Float32Array(SIZE_PX ** 2)];
  places.forEach((place, index) => {
    const drop = Math.max(whole[digit] - rows[index][digit], 0);
    inPatch(place, patch, (at) => {
      total[at] += drop;
      times[at] += 1;
    });
  });
  const mean = total.map((value, at) => value / Math.max(times[at], 1));
  const most = Math.max(1e-9, ...mean);
  return mean.map((value) => value / most);
}

function startsOf(patch, step) {
  const starts = [];
  for (let start = 0; start <= SIZE_PX - patch; start += step) starts.push(start);
  if (starts.at(-1) !== SIZE_PX - patch) starts.push(SIZE_PX - patch);
  return starts;
}

function inPatch({ top, left }, patch, visit) {
  for (let row = top; row < top + patch; row += 1) {
    for (let column = left; column < left + patch; column += 1) visit(SIZE_PX * row + column);
  }
}

function without(glyph, place, patch) {
  const out = plane(SIZE_PX, SIZE_PX, glyph.d.slice());
  inPatch(place, patch, (at) => { out.d[at] = 0; });
  return out;
}
