// Page → contrast: how far each pixel stands out from its own paper, whatever the light (reading/paper.py).

import { components, labelsAt } from "./components.js";
import { gaussianBlur, medianBlur } from "./filters.js";
import { ofLabels, widen } from "./masks.js";
import { mapped, percentile, plane, rimOf, round } from "./numbers.js";
import { byArea, linear } from "./resize.js";
import { overClosedGround } from "./shaded.js";
import { overTightGround } from "./tight.js";

const f32 = Math.fround;

export function contrastOf(grey) {
  return overFlat(grey) ?? towardInk(grey, overUnevenGround(grey), 255);
}

// Every way to tell ink from paper that may be right, likeliest first.
export function* contrastsOf(grey) {
  const flat = overFlat(grey);
  if (flat) return yield flat;
  yield overClosedGround(grey);
  const tight = overTightGround(grey);
  if (tight) yield towardInk(grey, tight, 255);
  yield towardInk(grey, overUnevenGround(grey), 255);
}

function overFlat(grey) {
  const flat = flatGround(grey);
  if (flat === null) return null;
  return towardInk(grey, { signed: mapped(grey.d, Float32Array, (shade) => shade - flat), noise: 0.004 }, Math.max(flat, 255 - flat));
}

function towardInk(grey, { signed, noise }, reach) {
  let [dark, light] = [0, 0];
  for (const value of signed) {
    if (value < 0) dark += value * value;
    else light += value * value;
  }
  const sign = dark >= light ? -1 : 1;
  for (let at = 0; at < signed.length; at += 1) signed[at] = Math.min(Math.max(sign * signed[at], 0) / reach, 1);
  return { contrast: plane(grey.w, grey.h, signed), noise };
}

function flatGround(grey) {
  const counts = new Int32Array(256);
  for (const shade of grey.d) counts[shade] += 1;
  const near = counts.map((_, shade) => counts.subarray(Math.max(0, shade - 4), shade + 5).reduce((total, count) => total + count, 0));
  const middle = near.indexOf(Math.max(...near));
  const start = Math.max(0, middle - 4);
  const window = Array.from(counts.subarray(start, middle + 5));
  const shade = start + window.indexOf(Math.max(...window));
  const rim = rimOf(grey);
  if (near[middle] >= 0.5 * grey.d.length && rim.filter((one) => Math.abs(one - shade) <= 4).length > 0.85 * rim.length) return shade;
  return tightGround(grey, near, rim);
}

function tightGround(grey, near, rim) {
  if (Math.max(grey.w, grey.h) > 48) return null;
  const [low, high] = [Math.min(...grey.d), Math.max(...grey.d)];
  const shade = rim.filter((one) => one < (low + high) / 2).length >= 0.5 * rim.length ? low : high;
  return high - low >= 64 && near[shade] >= 0.2 * grey.d.length ? shade : null;
}

function overUnevenGround(grey) {
  const paper = paperOf(grey);
  const smooth = gaussianBlur(grey);
  const signed = new Float32Array(grey.d.length);
  for (let at = 0; at < signed.length; at += 1) signed[at] = (smooth.d[at] - paper.d[at]) * f32(200 / Math.max(paper.d[at], 60));
  const off = offPaper(paper);
  if (off) for (let at = 0; at < signed.length; at += 1) if (off[at]) signed[at] = 0;
  const on = off ? signed.filter((_, at) => !off[at]) : signed;
  const middle = percentile(on, 50);
  const spread = percentile(on.map((value) => Math.abs(value - middle)), 50) * 1.4826;
  return { signed, noise: spread / 255 };
}

// What lies beside the sheet: far darker than the paper, and at the rim.
function offPaper(paper) {
  const bound = 0.4 * percentile(Float32Array.from(paper.d), 90);
  const dark = plane(paper.w, paper.h, paper.d.map((shade) => (shade < bound ? 1 : 0)));
  const share = dark.d.reduce((total, one) => total + one, 0) / dark.d.length;
  if (!share || share > 0.6) return null;
  const reach = Math.max(3, round(0.02 * Math.max(paper.w, paper.h))) | 1;
  const { count, labels } = components(widen(dark, reach), false);
  const atRim = new Uint8Array(labels.length);
  for (let x = 0; x < paper.w; x += 1) atRim[x] = atRim[(paper.h - 1) * paper.w + x] = 1;
  for (let y = 0; y < paper.h; y += 1) atRim[y * paper.w] = atRim[(y + 1) * paper.w - 1] = 1;
  const off = labelsAt(labels, atRim, count);
  return off.includes(1) ? mapped(labels, Uint8Array, (label) => off[label]) : null;
}

function paperOf(grey) {
  const scale = Math.min(1, 160 / Math.max(grey.w, grey.h));
  const small = byArea(grey, round(grey.w * scale), round(grey.h * scale), 1 / scale, 1 / scale);
  const reach = Math.max(3, Math.trunc(0.32 * Math.max(small.w, small.h)) | 1);
  return linear(medianBlur(small, Math.min(reach, 127)), grey.w, grey.h);
}

export const noiseFloor = (noise) => Math.max(0.06, 5 * noise);

// The contrast above which a pixel is surely ink, or null where nothing stands out.
export function strongLevel(contrast, noise) {
  const floor = f32(noiseFloor(noise));
  const standing = contrast.d.filter((value) => value > floor);
  return standing.length < 6 ? null : Math.max(noiseFloor(noise), 0.55 * percentile(standing, 95));
}

// All of the weaker ink that hangs together with some that is strong; both are masks.
export function hysteresis(weak, strong) {
  const { count, labels } = components(weak);
  const kept = labelsAt(labels, strong, count);
  return ofLabels(weak, labels, kept);
}

