// A whole page → its strokes: ink cleaned of paper, rules and boxes, in pieces that hang together (reading/sheet.py).

import { components, distances } from "./components.js";
import { boxBlur } from "./filters.js";
import { above, labelled, widen } from "./masks.js";
import { dilate } from "./morphology.js";
import { mapped, mean, median, part, percentile, plane, round, searchRight } from "./numbers.js";
import { contrastOf, contrastsOf, hysteresis, noiseFloor } from "./paper.js";
import { byArea, cubic, linearFloat } from "./resize.js";
import { edgesFromRim, frameRests, touchesRim } from "./rests.js";
import { pageRules, withoutBoxes } from "./rules.js";
import { onPage, turned } from "./turning.js";

const [WORK_PX, ENOUGH_PX, MOST_REDUCED] = [2000, 40, 4];
const [DARK, FAINT] = [{ weak: 0.35, strong: 0.6 }, { weak: 0.24, strong: 0.4 }];
const f32 = Math.fround;

// { ink, labels, boxes, w, h, onPage, scale }: stroke n + 1 in `labels` is boxes[n] = [left, top, right, bottom, pixels]; scale in the page's pixels.
export function sheetOf(grey, turnDeg = 0) {
  const page = laid(grey, turnDeg);
  return strokesOf(contrastOf(page.grey), DARK, page);
}

// The strokes of a page where ink is told from paper in other ways than sheetOf does, likeliest first; brought down to what its smallest digits need.
export function* otherSheetsOf(grey, turnDeg, digitPx) {
  const page = laid(grey, turnDeg, Math.min(MOST_REDUCED, Math.trunc(digitPx / ENOUGH_PX)));
  let way = null;
  for (const following of contrastsOf(page.grey)) {
    if (way) for (const look of [DARK, FAINT]) yield strokesOf(way, look, page);
    way = following;
  }
  yield strokesOf(way, FAINT, page); // the last way is that of sheetOf
}

const laid = (grey, turnDeg, smaller = 1) => (turnDeg ? turned(sized(grey, smaller), turnDeg) : sized(grey, smaller));

function strokesOf({ contrast, noise }, look, page) {
  const { mask, ink } = inked(contrast, noise, look);
  const floor = f32(noiseFloor(noise));
  const rules = pageRules(above(contrast, floor));
  const whole = components(mask);
  const clean = offRules(withoutBoxes(mask, whole), contrast, rules);
  const { labels, stats } = clean === mask ? whole : components(clean);
  const boxes = stats.slice(1).map(({ left, top, right, bottom, pixels }) => [left, top, right, bottom, pixels]);
  const field = { w: mask.w, h: mask.h, d: labels };
  let keep = restsOfPage(boxes, mask).map((rest, index) => !rest && boxes[index][4] >= 6);
  const gone = [blotsAtRim, solidOnes, frameRests, edgesFromRim].map((find) => find(field, boxes, keep));
  keep = keep.map((kept, index) => kept && !gone.some((rows) => rows.has(index)));
  let next = 0;
  const numbers = Int32Array.from([0, ...keep.map((kept) => (kept ? (next += 1) : 0))]);
  return { ink, labels: labels.map((label) => numbers[label]), boxes: boxes.filter((_, index) => keep[index]), w: mask.w, h: mask.h, onPage: onPage(page.toPage), scale: Math.hypot(page.toPage[0], page.toPage[1]) };
}

// Large pages brought down, small pictures enlarged, so that strokes have a few pixels of width.
function sized(grey, smaller) {
  const [longest, shortest] = [Math.max(grey.w, grey.h), Math.min(grey.w, grey.h)];
  const factor = Math.max(smaller, Math.ceil(longest / WORK_PX));
  let out = grey;
  if (factor > 1) {
    out = byArea(grey, round(grey.w / factor), round(grey.h / factor), factor, factor);
  } else if (shortest < 96) {
    const scale = Math.min(4, Math.ceil(96 / shortest), WORK_PX / longest);
    out = cubic(grey, round(grey.w * scale), round(grey.h * scale), 1 / scale, 1 / scale);
  }
  return { grey: out, toPage: [grey.w / out.w, 0, 0, 0, grey.h / out.h, 0] };
}

// Ink against the darkest ink near it, so that pencil beside marker is still ink.
function inked(contrast, noise, look) {
  const floor = noiseFloor(noise);
  const local = localMost(contrast);
  const [strong, weak] = [new Uint8Array(local.length), plane(contrast.w, contrast.h)];
  for (let at = 0; at < local.length; at += 1) {
    strong[at] = contrast.d[at] > Math.max(f32(floor), f32(f32(look.strong) * local[at])) ? 1 : 0;
    weak.d[at] = contrast.d[at] > Math.max(f32(0.8 * floor), f32(f32(look.weak) * local[at])) ? 1 : 0;
  }
  const mask = hysteresis(weak, strong);
  const rim = widen(mask, 3);
  const ink = plane(contrast.w, contrast.h);
  for (let at = 0; at < local.length; at += 1) {
    if (rim.d[at]) ink.d[at] = Math.min(f32(contrast.d[at] * f32(255 / Math.max(f32(floor), f32(f32(0.85) * local[at])))), 255);
  }
  return { mask, ink };
}

// The ink without the rules; ink darker than they are stays, where it hangs together with ink beside them.
function offRules(mask, contrast, rules) {
  if (!rules.d.includes(1)) return mask;
  const bound = f32(1.25 * percentile(contrast.d.filter((_, at) => rules.d[at]), 90));
  const kept = plane(mask.w, mask.h, mask.d.map((value, at) => (value && (!rules.d[at] || contrast.d[at] >= bound) ? 1 : 0)));
  const { count, labels } = components(kept);
  const [beside, all] = [new Float64Array(count), new Float64Array(count)];
  for (let at = 0; at < labels.length; at += 1) {
    all[labels[at]] += 1;
    if (kept.d[at] && !rules.d[at]) beside[labels[at]] += 1;
  }
  return plane(mask.w, mask.h, mapped(labels, Uint8Array, (label) => (label && beside[label] / all[label] > 0.35 ? 1 : 0)));
}

// The strongest contrast around each pixel, by tiles of a twenty-fourth of the page.
function localMost(contrast) {
  const { w, h } = contrast;
  const side = Math.max(16, Math.floor(Math.max(h, w) / 24));
  const [columns, rows] = [Math.ceil(w / side), Math.ceil(h / side)];
  const blurred = boxBlur(contrast);
  const tiles = plane(columns, rows, new Float32Array(columns * rows));
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let column = 0, tile = Math.floor(y / side) * columns; column < columns; column += 1, tile += 1) {
      let most = tiles.d[tile];
      for (const end = Math.min(at + side, (y + 1) * w); at < end; at += 1) if (blurred.d[at] > most) most = blurred.d[at];
      tiles.d[tile] = most;
    }
  }
  const wide = linearFloat(dilate(tiles, 3), columns * side, rows * side);
  return part(wide, 0, 0, w, h).d;
}

// Edges of the sheet, shadows at the rim, blots, pieces of broken rules: long and thin, solid, or in line with others.
function restsOfPage(boxes, { w, h }) {
  const [upright, level] = [brokenRules(boxes, w, h, true), brokenRules(boxes, w, h, false)];
  return boxes.map(([left, top, right, bottom, pixels], index) => {
    const [width, height] = [right - left, bottom - top];
    const [long, short] = [Math.max(width, height), Math.max(Math.min(width, height), 1)];
    const [atSide, atEnd] = [left <= 1 || right >= w - 1, top <= 1 || bottom >= h - 1];
    const liesAlong = (atSide && height > 3 * width) || (atEnd && width > 3 * height) || ((atSide || atEnd) && long > 7 * short);
    const huge = height > 0.5 * h || width > 0.5 * w;
    const runsOff = (atSide || atEnd) && huge && pixels < 0.2 * width * height;
    const bare = long > 0.4 * (height >= width ? h : w) && long > 12 * short && !standsAsOthersDo([left, top, right, bottom], boxes);
    const solid = pixels > 0.76 * width * height && long < 2.2 * short;
    return liesAlong || runsOff || bare || solid || upright.has(index) || level.has(index);
  });
}

// Whether a stroke is upright, as tall as another that is far wider, and at its height: a 1 among digits.
function standsAsOthersDo([left, top, right, bottom], boxes) {
  const tall = bottom - top;
  return tall > right - left && boxes.some((other) => {
    const [width, height] = [other[2] - other[0], other[3] - other[1]];
    const alike = height >= tall / 1.25 && height <= 1.25 * tall && Math.abs(other[1] + other[3] - top - bottom) / 2 <= 0.2 * tall;
    return alike && width >= 0.35 * tall;
  });
}

// Three or more thin pieces one behind the other on one straight line, over a good part of the page.
function brokenRules(boxes, w, h, upright) {
  const [across, along] = upright ? [0, 1] : [1, 0];
  const found = new Set();
  const length = boxes.map((box) => box[along + 2] - box[along]);
  const isThin = (box, index) => length[index] >= 1.2 * (box[across + 2] - box[across]) && box[across + 2] - box[across] <= Math.max(7, 0.006 * Math.max(w, h));
  const middle = (index) => (boxes[index][across] + boxes[index][across + 2]) / 2;
  const order = boxes.map((_, index) => index).filter((index) => isThin(boxes[index], index)).sort((one, other) => middle(one) - middle(other));
  const middles = order.map(middle);
  for (let start = 0; start < order.length; start += 1) {
    const group = order.slice(start, searchRight(middles, middles[start] + Math.max(2, 0.008 * Math.max(w, h))));
    if (group.length < 3) continue;
    const lengths = group.map((index) => length[index]);
    const covered = lengths.reduce((total, one) => total + one, 0);
    const span = Math.max(...group.map((index) => boxes[index][along + 2])) - Math.min(...group.map((index) => boxes[index][along]));
    const usual = mean(lengths);
    const uneven = Math.sqrt(mean(lengths.map((one) => (one - usual) ** 2))) > 0.3 * usual;
    if (span > 0.35 * (upright ? h : w) && covered > (uneven ? 0.3 : 0.65) * span) group.forEach((index) => found.add(index));
  }
  return found;
}

const indices = (keep) => keep.flatMap((kept, index) => (kept ? [index] : []));

// Of the kept strokes, those that run off the page and are far thicker than a pen.
function blotsAtRim(field, boxes, keep) {
  const rows = indices(keep);
  const atRim = (row) => touchesRim(boxes[row], field);
  const rim = rows.filter(atRim);
  if (!rim.length || rim.length === rows.length) return new Set();
  const pen = penPx(field, boxes, rows.filter((row) => !atRim(row)));
  return new Set(rim.filter((row) => thickness(field, boxes, row) > 1.6 * pen));
}

// Of the kept strokes, those nearly as thick as they are wide and high: blots, dots and things, not pen strokes.
function solidOnes(field, boxes, keep) {
  const rows = indices(keep);
  const isFull = (row) => {
    const [left, top, right, bottom, pixels] = boxes[row];
    return pixels > 0.68 * (right - left) * (bottom - top) && Math.max(right - left, bottom - top) < 2.2 * Math.min(right - left, bottom - top);
  };
  const full = rows.filter(isFull);
  if (!full.length) return new Set();
  const others = rows.filter((row) => !isFull(row));
  const pen = penPx(field, boxes, others);
  const share = others.length || Math.max(field.w, field.h) < 200 ? 0.76 : 0.46;
  return new Set(full.filter((row) => {
    const [left, top, right, bottom] = boxes[row];
    const thick = thickness(field, boxes, row);
    return 2 * thick > share * Math.min(right - left, bottom - top) && thick > 2 * pen;
  }));
}

function penPx(field, boxes, rows) {
  const largest = [...rows].sort((one, other) => boxes[other][4] - boxes[one][4]).slice(0, 12);
  return largest.length ? median(largest.map((row) => thickness(field, boxes, row))) : 0;
}

function thickness(field, boxes, row) {
  const own = part(field, ...boxes[row].slice(0, 4));
  return distances(labelled(own, row + 1)).reduce((most, far) => Math.max(most, far), 0);
}
