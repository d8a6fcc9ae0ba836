// Page → the ink of the one digit that is meant (reading/ink.py).

import { components } from "./components.js";
import { above, ofLabels, widen } from "./masks.js";
import { dilate, dilateRound, erode, erodeRound } from "./morphology.js";
import { mapped, percentile, plane, rimOf, round } from "./numbers.js";
import { contrastsOf, hysteresis, strongLevel } from "./paper.js";
import { byArea } from "./resize.js";
import { withoutRules } from "./rules.js";

const [WORK_PX, TINY_PX] = [512, 32];
const f32 = Math.fround;

// { map, scale }: a map of ink, 255 is full, and what turns its pixels into those of the page; in each way it may be told from its paper.
export function* found(grey) {
  const tiny = Math.max(grey.w, grey.h) <= TINY_PX;
  if (tiny && isGlyph(grey)) return yield { map: grey, scale: 1 };
  const { small, scale } = shrink(grey);
  const ways = [];
  for (const way of contrastsOf(small)) {
    ways.push(way);
    yield fromContrast(small, scale, tiny, way);
  }
  if (ways.length > 1 && Math.max(small.w, small.h) >= 100) for (const finest of [3, 5]) yield fromContrast(small, scale, tiny, ways[0], finest);
}

// Ink that is at least `finest` pixels thick.
function fromContrast(small, scale, tiny, { contrast, noise }, finest = 1) {
  const strong = strongLevel(contrast, noise);
  if (strong === null) return { map: plane(small.w, small.h), scale };
  if (tiny && noise < 0.01) return { map: plane(small.w, small.h, mapped(contrast.d, Uint8Array, (value) => round(f32(value * 255)))), scale: 1 };
  const clean = noise < 0.01;
  const mask = held(contrast, strong, clean ? 0.12 : 0.75, finest);
  if (!clean || !runsOff(mask)) return { map: inked(contrast, mask, strong), scale };
  const firm = held(contrast, strong, 0.75, finest); // where it ran off by what is faint alone, a shadow's edge met the digit
  return { map: inked(contrast, runsOff(firm) ? mask : firm, strong), scale };
}

// The one digit's ink: what hangs on to strong ink by more than a share of its strength.
function held(contrast, strong, hold, finest) {
  const clean = withoutRules(hysteresis(above(contrast, f32(hold * strong)), above(contrast, f32(strong)).d));
  return mainGroup(finest > 1 ? dilateRound(erodeRound(clean, finest), finest) : clean, contrast);
}

const runsOff = (mask) => rimOf(mask).some(Boolean);

function isGlyph(grey) {
  return !rimOf(grey).some(Boolean) && grey.d.filter((shade) => shade === 0).length > 0.3 * grey.d.length;
}

// At most 512 pixels a side; fine strokes keep half their contrast where plain averaging would lose them.
function shrink(grey) {
  const factor = Math.ceil(Math.max(grey.w, grey.h) / WORK_PX);
  if (factor <= 1) return { small: grey, scale: 1 };
  const [w, h] = [grey.w, grey.h].map((side) => Math.max(1, Math.floor(side / factor)));
  const small = byArea(grey, w, h);
  const [darkest, lightest] = [erode(grey, factor), dilate(grey, factor)];
  const offset = factor >> 1;
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const at = Math.min(grey.h - 1, y * factor + offset) * grey.w + Math.min(grey.w - 1, x * factor + offset);
      const mean = small.d[y * w + x];
      const extreme = lightest.d[at] - mean > mean - darkest.d[at] ? lightest.d[at] : darkest.d[at];
      if (Math.abs(extreme - mean) > 40) small.d[y * w + x] = (extreme + mean) >> 1;
    }
  }
  return { small, scale: factor };
}

// The piece of ink that is most and most central, with the pieces that belong to it.
function mainGroup(mask, contrast) {
  const { count, labels, stats } = components(mask);
  if (count <= 2) return mask;
  const weight = new Float64Array(count);
  for (let at = 0; at < labels.length; at += 1) weight[labels[at]] += contrast.d[at];
  weight[0] = 0;
  const worth = stats.map((one, number) => weight[number] * worthOf(one, mask));
  const main = worth.indexOf(Math.max(...worth));
  if (weight[main] <= 0) return plane(mask.w, mask.h);
  const kept = new Uint8Array(count);
  for (const number of joinedTo(main, stats, weight, mask)) kept[number] = 1;
  return ofLabels(mask, labels, kept);
}

const sidesTouched = ({ left, top, right, bottom }, { w, h }) => (left === 0) + (top === 0) + (right === w) + (bottom === h);

function worthOf(one, mask) {
  const [across, down] = [Math.abs(one.x / mask.w - 0.5) * 2, Math.abs(one.y / mask.h - 0.5) * 2];
  const flat = one.right - one.left > 5 * (one.bottom - one.top);
  return (1 - 0.6 * Math.max(across, down)) * (sidesTouched(one, mask) > 0 ? 0.25 : 1) * (flat ? 0.1 : 1);
}

// The main piece and, in turn, every piece near enough to be of the same digit and large enough to be no speck.
function joinedTo(main, stats, weight, mask) {
  const members = [main];
  let box = stats[main];
  const inside = sidesTouched(box, mask) === 0;
  const order = stats.map((_, number) => number).filter((number) => number && number !== main).sort((one, other) => weight[other] - weight[one]);
  for (const number of order) {
    const other = stats[number];
    const size = Math.max(box.right - box.left, box.bottom - box.top);
    const runsOff = inside && sidesTouched(other, mask) > 0;
    if (weight[number] <= 0.012 * weight[main] || runsOff || gap(box, other) >= 0.22 * size) continue;
    members.push(number);
    box = { left: Math.min(box.left, other.left), top: Math.min(box.top, other.top), right: Math.max(box.right, other.right), bottom: Math.max(box.bottom, other.bottom) };
  }
  return members;
}

function gap(one, other) {
  return Math.hypot(Math.max(one.left - other.right, other.left - one.right, 0), Math.max(one.top - other.bottom, other.top - one.bottom, 0));
}

// Grey ink within the mask and its soft rim, brought to full strength.
function inked(contrast, mask, strong) {
  const out = plane(mask.w, mask.h);
  const on = contrast.d.filter((_, at) => mask.d[at]);
  if (!on.length) return out;
  const rim = widen(mask, 3);
  let full = Math.max(strong, percentile(on, 75));
  full = f32(255 / (full > 0.9 ? 1 : full));
  for (let at = 0; at < out.d.length; at += 1) if (rim.d[at]) out.d[at] = Math.min(f32(contrast.d[at] * full), 255);
  return out;
}
