// A line's pieces → the best way to join them to digits (reading/decoding.py): the cheapest path through all there are.

import { emissions } from "./linenet.js";
import { argmin, logAddExp, round } from "./numbers.js";
import { bottomOf, overlap, rightOf } from "./pieces.js";

const [MOST_PIECES, WIDEST, WIDEST_GAP, OVERLAP, SMALLEST, LEAST] = [6, 1.45, 0.3, 0.3, 0.4, 1e-6];
const COSTS = {
  cut: 0.11, cutPen: 0.27, gap: 1, join: 0.05, small: 100, wide: 3.4, refuse: 1.1, refuseWide: 4.9, above: 8.9, refuseSmall: 0.035, line: 2.75, lineMost: 1.03,
};
const strokesOf = (taken) => new Set(taken.map((piece) => piece.stroke)).size;
export const isOneStroke = (span, taken) => span.whole && strokesOf(taken) === 1;
const tallOf = (taken) => Math.max(...taken.map(bottomOf)) - Math.min(...taken.map((piece) => piece.top));

// Every run of neighbouring pieces that may be one mark: { start, end, whole }.
export function spansOf(pieces, sure, height) {
  const spans = [];
  pieces.forEach((first, start) => {
    let right = rightOf(first);
    for (let end = start + 1; end <= Math.min(start + MOST_PIECES, pieces.length); end += 1) {
      if (end - start > 1 && !mayJoin(pieces.slice(start, end - 1), pieces[end - 1], right, sure, height)) break;
      right = Math.max(right, rightOf(pieces[end - 1]));
      const whole = isWhole(pieces, start, end);
      if (whole || right - first.left <= WIDEST * Math.max(tallOf(pieces.slice(start, end)), height)) spans.push({ start, end, whole });
    }
  });
  return withWholeStrokes(pieces, spans);
}

function mayJoin(taken, other, right, sure, height) {
  const last = taken.at(-1);
  if (other.stroke === last.stroke) return true;
  const shared = Math.min(right, rightOf(other)) - Math.max(Math.min(...taken.map((piece) => piece.left)), other.left);
  if (shared > OVERLAP * Math.max(1, Math.min(right - taken[0].left, other.ink.w))) return true;
  return !(sure.has(last.stroke) && sure.has(other.stroke)) && other.left - right <= WIDEST_GAP * height;
}

function isWhole(pieces, start, end) {
  const begins = start === 0 || pieces[start - 1].stroke !== pieces[start].stroke;
  return begins && (end === pieces.length || pieces[end].stroke !== pieces[end - 1].stroke);
}

// Each stroke as a whole, however wide, so that there is always a way to refuse it.
function withWholeStrokes(pieces, spans) {
  const known = new Set(spans.map(({ start, end }) => `${start}-${end}`));
  let start = 0;
  for (let end = 1; end <= pieces.length; end += 1) {
    if (end < pieces.length && pieces[end].stroke === pieces[start].stroke) continue;
    if (!known.has(`${start}-${end}`)) spans.push({ start, end, whole: true });
    start = end;
  }
  return spans;
}

// For each span what it costs as each of the ten digits, and as what is no digit.
export function costsOf(pieces, spans, scores, height) {
  const asDigit = spans.map((_, index) => {
    const shares = scores.probabilities[index];
    const scale = Math.max(scores.share[index], 0) / Math.max(...shares, 1e-9);
    return Float64Array.from(shares, (share) => -Math.log(Math.max(share * scale, LEAST)));
  });
  const refused = spans.map((_, index) => -Math.log(Math.max(scores.refusal[index], LEAST)));
  spans.forEach((span, index) => {
    const taken = pieces.slice(span.start, span.end);
    const [tall, wide] = [tallOf(taken), Math.max(...taken.map(rightOf)) - taken[0].left];
    let extra = taken[0].cut ? COSTS.cut + COSTS.cutPen * taken[0].cut : 0;
    extra += (COSTS.gap * gapsOf(taken)) / height + COSTS.join * (strokesOf(taken) - 1);
    const above = span.start && !taken[0].cut ? overlap(pieces[span.start - 1], taken[0]) : 0;
    const small = Math.max(0, SMALLEST - Math.max(tall, 0.6 * wide) / height);
    const more = extra + COSTS.above * Math.max(0, above - 0.5) + COSTS.small * small + COSTS.wide * Math.max(0, wide / Math.max(tall, height) - 1.1);
    asDigit[index] = asDigit[index].map((cost) => cost + more);
    const isMark = tall < SMALLEST * height && (wide < SMALLEST * height || wide > 1.2 * tall);
    if (isMark) refused[index] = Math.min(refused[index], 0.7) + COSTS.refuseSmall;
    else refused[index] += COSTS.refuse + COSTS.refuseWide * Math.min(1, Math.max(0, wide / Math.max(tall, 1) - 0.75) / 0.35);
    refused[index] += isOneStroke(span, taken) ? extra : Infinity;
  });
  return { asDigit, refused };
}

// To what each span costs, add how unlikely the line net finds just this digit (or none) between the span's bounds.
export function addLineCosts({ asDigit, refused }, pieces, spans, strip, columns) {
  const bounds = boundsOf(pieces, strip, columns.length);
  const cost = (share) => COSTS.line * Math.min(-Math.log(Math.max(share, 1e-12)), COSTS.lineMost);
  spans.forEach(({ start, end }, index) => {
    const { digits, nothing } = emissions(columns, bounds[start], bounds[end]);
    digits.forEach((share, digit) => { asDigit[index][digit] += cost(share); });
    refused[index] += cost(nothing);
  });
}

// Before, between and after the pieces: the column midway between where one ends and the next begins.
function boundsOf(pieces, strip, count) {
  let [right, furthest] = [-Infinity, -Infinity];
  const inner = pieces.slice(1).map((piece, index) => {
    right = Math.max(right, rightOf(pieces[index]));
    furthest = Math.max(furthest, round(strip.column((right + piece.left) / 2)));
    return Math.min(count, Math.max(0, furthest));
  });
  return [0, ...inner, count];
}

function gapsOf(taken) {
  let [total, right] = [0, rightOf(taken[0])];
  for (const piece of taken.slice(1)) {
    total += Math.max(0, piece.left - right);
    right = Math.max(right, rightOf(piece));
  }
  return total;
}

// The likeliest marks from left to right, { span, index, digit, confidence }, and the probability of the whole path among all there are.
export function bestPath(count, spans, { asDigit, refused }) {
  const ending = Array.from({ length: count + 1 }, () => []);
  spans.forEach((span, index) => ending[span.end].push(index));
  const total = spans.map((_, index) => -logAddExp(asDigit[index].reduce((sum, cost) => logAddExp(sum, -cost), -Infinity), -refused[index]));
  const cheapest = spans.map((_, index) => Math.min(...asDigit[index], refused[index]));
  const [best, way] = [new Float64Array(count + 1).fill(Infinity), new Array(count + 1).fill(-1)];
  const [forward, backward] = [new Float64Array(count + 1).fill(-Infinity), new Float64Array(count + 1).fill(-Infinity)];
  best[0] = forward[0] = backward[count] = 0;
  for (let end = 1; end <= count; end += 1) {
    for (const index of ending[end]) {
      const { start } = spans[index];
      forward[end] = logAddExp(forward[end], forward[start] - total[index]);
      if (best[start] + cheapest[index] < best[end]) [best[end], way[end]] = [best[start] + cheapest[index], index];
    }
  }
  for (let end = count; end > 0; end -= 1) {
    for (const index of ending[end]) backward[spans[index].start] = logAddExp(backward[spans[index].start], backward[end] - total[index]);
  }
  const marks = [];
  for (let end = count; end > 0; end = spans[way[end]].start) {
    const [index, span] = [way[end], spans[way[end]]];
    const confidence = Math.exp(Math.min(0, forward[span.start] - cheapest[index] + backward[end] - forward[count]));
    const likeliest = argmin(asDigit[index]);
    marks.push({ span, index, digit: asDigit[index][likeliest] <= refused[index] ? likeliest : null, confidence });
  }
  return { marks: marks.reverse(), confidence: Math.exp(Math.min(0, -best[count] - forward[count])) };
}

// Like `bestPath`, among the ways whose digits are just these; null where there is none.
export function expectedPath(count, spans, { asDigit, refused }, text) {
  const places = Array.from({ length: count + 1 }, () => text.concat(0).map(() => ({ cost: Infinity, logSum: -Infinity, back: null })));
  places[0][0] = { cost: 0, logSum: 0, back: null };
  const waysOf = (used, index) => [[used + 1, text[used], asDigit[index][text[used]]], [used, null, refused[index]]].filter(([, digit, cost]) => digit !== undefined && cost < Infinity);
  const byStart = [...spans.keys()].sort((one, other) => spans[one].start - spans[other].start);
  for (const index of byStart) {
    const { start, end } = spans[index];
    places[start].forEach((reached, used) => {
      if (reached.cost === Infinity) return;
      for (const [ahead, digit, cost] of waysOf(used, index)) {
        const known = places[end][ahead];
        known.logSum = logAddExp(known.logSum, reached.logSum - cost);
        if (reached.cost + cost < known.cost) Object.assign(known, { cost: reached.cost + cost, back: { start, used, index, digit } });
      }
    });
  }
  let reached = places[count][text.length];
  if (reached.cost === Infinity) return null;
  const confidence = Math.exp(Math.min(0, -reached.cost - reached.logSum));
  const marks = [];
  while (reached.back) {
    const { start, used, index, digit } = reached.back;
    const shares = waysOf(used, index).map(([, way, cost]) => [way, Math.exp(-cost)]);
    const all = shares.reduce((total, [, share]) => total + share, 0);
    marks.push({ span: spans[index], index, digit, confidence: shares.find(([way]) => way === digit)[1] / Math.max(all, 1e-12) });
    reached = places[start][used];
  }
  return { marks: marks.reverse(), confidence };
}
