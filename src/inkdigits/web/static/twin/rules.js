// Rule lines and boxes, told from straight strokes and lifted off the ink (reading/rules.py). Masks are 0 and 1.

import { components } from "./components.js";
import { closed, labelled, ofLabels, opened, widen, without } from "./masks.js";
import { bordered, boundingBox, mean, median, part, plane, round } from "./numbers.js";

const any = (mask) => mask.d.includes(1);

export function withoutRules(mask) {
  const [, , width, height] = boundingBox(mask);
  if (Math.max(mask.w, mask.h) < 48 || (width < 0.6 * mask.w && height < 0.6 * mask.h)) return mask;
  const found = [true, false].map((across) => [across, runs(mask, across)]);
  const boxed = isBox(found.map(([, run]) => run));
  let ink = mask;
  for (const [across, run] of found) {
    const rules = boxed ? run : fromEdgeToEdge(run, across);
    if (any(rules)) ink = lift(ink, rules, across);
  }
  return ink;
}

// The ink of a page's long straight lines, worn ones too, without the strokes that cross them.
export function pageRules(faint) {
  const longest = Math.max(faint.w, faint.h);
  const thickest = Math.max(4, round(Math.min(0.027 * longest, 8 + 0.002 * longest)));
  const rules = plane(faint.w, faint.h);
  for (const across of [true, false]) {
    const thick = opened(faint, !across, thickest + 1);
    const thin = without(faint, thick);
    const long = longLines(thin, across);
    for (let at = 0; at < rules.d.length; at += 1) rules.d[at] |= thin.d[at] & long.d[at];
  }
  return rules;
}

function longLines(thin, across) {
  const side = across ? thin.w : thin.h;
  const tilt = 1 + 2 * Math.max(1, Math.floor(Math.max(thin.w, thin.h) / 200));
  const gap = Math.max(3, Math.floor(side / 16));
  const pieces = opened(thin, across, Math.max(5, Math.floor(side / 40)));
  if (!any(pieces)) return pieces;
  const wide = across ? widen(pieces, 1, tilt) : widen(pieces, tilt, 1);
  const bands = opened(closed(wide, across, gap), across, Math.max(12, Math.floor(side / 2)));
  if (!any(bands)) return bands;
  const { labels, stats } = components(bands);
  const kept = stats.map((one, number) => (number && isFilled(one, number, labels, wide, across) ? 1 : 0));
  const rules = ofLabels(thin, labels, kept);
  const drawnOut = plane(thin.w, thin.h, new Uint8Array(thin.w * thin.h));
  kept.forEach((keep, number) => { if (keep) drawOut(drawnOut, placesOf(stats[number], number, labels, wide, across), across); });
  for (let at = 0; at < rules.d.length; at += 1) rules.d[at] |= pieces.d[at] & drawnOut.d[at];
  return widen(rules, 3);
}

// Along a band, [place, the middle of its ink there, how thick it is], for each place that has some.
function placesOf({ left, top, right, bottom }, number, labels, wide, across) {
  const places = [];
  for (let along = across ? left : top; along < (across ? right : bottom); along += 1) {
    let [sum, count] = [0, 0];
    for (let over = across ? top : left; over < (across ? bottom : right); over += 1) {
      const at = across ? over * wide.w + along : along * wide.w + over;
      if (wide.d[at] && labels[at] === number) [sum, count] = [sum + over, count + 1];
    }
    if (count) places.push([along, sum / count, count]);
  }
  return places;
}

// Mark the whole line, from edge to edge of the page, of which a band is a part: digits interrupt rules.
function drawOut(page, places, across) {
  const [middleX, middleY] = [mean(places.map(([x]) => x)), mean(places.map(([, y]) => y))];
  const [rise, run] = places.reduce(([up, out], [x, y]) => [up + (x - middleX) * y, out + (x - middleX) ** 2], [0, 0]);
  const slope = rise / Math.max(1, run);
  const half = median(places.map(([, , count]) => count)) / 2 + 0.01;
  const [length, depth] = across ? [page.w, page.h] : [page.h, page.w];
  for (let along = 0; along < length; along += 1) {
    const line = middleY + slope * (along - middleX);
    for (let over = Math.max(0, Math.ceil(line - half)); over < depth && over <= line + half; over += 1) {
      page.d[across ? over * page.w + along : along * page.w + over] = 1;
    }
  }
}

// Whether most places along the band have ink in it.
function isFilled({ left, top, right, bottom }, number, labels, wide, across) {
  const filled = new Uint8Array(across ? right - left : bottom - top);
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) if (wide.d[y * wide.w + x] && labels[y * wide.w + x] === number) filled[across ? x - left : y - top] = 1;
  }
  return filled.reduce((total, one) => total + one, 0) / filled.length >= 0.68;
}

// Boxes, combs and tables among a page's strokes, and lines drawn under numbers: lifted one by one.
// The same mask where there are none.
export function withoutBoxes(mask, { labels, stats }) {
  let out = mask;
  stats.forEach(({ left, top, right, bottom, pixels }, number) => {
    const [width, height] = [right - left, bottom - top];
    if (!number || width < 24 || height < 24 || pixels > 0.5 * width * height) return;
    const own = part({ w: mask.w, h: mask.h, d: labels }, left, top, right, bottom);
    const ink = labelled(own, number);
    const lifted = liftedBox(ink);
    if (!lifted) return;
    if (out === mask) out = plane(mask.w, mask.h, mask.d.slice());
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) if (ink.d[y * width + x] && !lifted.d[y * width + x]) out.d[(top + y) * mask.w + left + x] = 0;
    }
  });
  return out;
}

function liftedBox(ink) {
  let edged = bordered(ink, 3);
  const [level, upright] = [runs(edged, true), runs(edged, false)];
  if (isBox([level, upright])) edged = lift(lift(edged, level, true), upright, false);
  else {
    const under = runs(edged, true, round(0.25 * ink.h));
    if (!isUnderlined(ink, under)) return null;
    edged = lift(edged, under, true);
  }
  return part(edged, 3, 3, edged.w - 3, edged.h - 3);
}

function isUnderlined(ink, run) {
  if (ink.w < 1.3 * ink.h || !any(run)) return false;
  const [, top, width, height] = boundingBox(run);
  return width >= 0.85 * ink.w && top > 0.6 * ink.h && height < 0.3 * ink.h;
}

// Straight ink along more than half of the page, a little tilt allowed; not thicker than a rule, or than `thickPx`.
function runs(ink, across, thickPx = 4) {
  const longest = Math.max(ink.w, ink.h);
  const length = Math.max(12, Math.trunc(0.6 * (across ? ink.w : ink.h)));
  const tilt = 1 + 2 * Math.floor(longest / 120);
  const joined = across ? widen(ink, 1, tilt) : widen(ink, tilt, 1);
  if (!mayHold(joined, length, across)) return plane(ink.w, ink.h);
  const found = opened(joined, across, length);
  const blocks = opened(found, !across, Math.max(4, thickPx, Math.trunc(0.05 * longest)));
  return without(found, blocks);
}

// Whether a row (or column) has ink enough for a run of this length; beyond the edge all counts as ink.
function mayHold({ w, h, d }, length, across) {
  const counts = new Int32Array(across ? h : w);
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      if (!d[at]) continue;
      if (across ? x === 0 || x === w - 1 : y === 0 || y === h - 1) return true;
      counts[across ? y : x] += 1;
    }
  }
  return counts.some((count) => count >= length);
}

// Two runs or more each way that meet at the corners.
function isBox([level, upright]) {
  if (stripes(level, true) < 2 || stripes(upright, false) < 2) return false;
  const [one, other] = [boundingBox(level), boundingBox(upright)];
  return one.every((side, index) => Math.abs(side - other[index]) <= 0.04 * Math.max(level.w, level.h));
}

function stripes(run, across) {
  const hit = new Uint8Array(across ? run.h : run.w);
  for (let at = 0; at < run.d.length; at += 1) if (run.d[at]) hit[across ? Math.floor(at / run.w) : at % run.w] = 1;
  return hit.filter((one, index) => one && !hit[index - 1]).length;
}

function fromEdgeToEdge(run, across) {
  const { labels, stats } = components(run);
  const side = across ? run.w : run.h;
  const through = stats.map((one, number) => {
    const [start, end] = across ? [one.left, one.right] : [one.top, one.bottom];
    return number && start <= 0.03 * side && end >= 0.97 * side ? 1 : 0;
  });
  return ofLabels(run, labels, through);
}

function lift(ink, run, across) {
  const rules = widen(run, 3);
  const depth = new Float64Array(across ? ink.w : ink.h);
  for (let at = 0; at < rules.d.length; at += 1) depth[across ? at % ink.w : Math.floor(at / ink.w)] += rules.d[at];
  const reach = Math.trunc(median(depth.filter((count) => count > 0))) + 3;
  const kept = without(ink, rules);
  const bridged = closed(kept, !across, reach);
  for (let at = 0; at < kept.d.length; at += 1) kept.d[at] |= bridged.d[at] & rules.d[at] & ink.d[at];
  return kept;
}
