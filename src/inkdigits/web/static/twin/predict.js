// One picture, one digit (reading/reader.py and isolate.py), and where the net finds its reasons.

import { bestPath, costsOf, spansOf } from "./decoding.js";
import { frame, inkBox } from "./glyphs.js";
import { found } from "./ink.js";
import { argmax, part, plane } from "./numbers.js";
import { scored } from "./page.js";
import { around, cutPieces, joined } from "./pieces.js";

const [PATCH_PX, AT_ONCE, SURE, LIKE_A_LINE] = [4, 8, 0.98, 0.9];

// The picture's digit, framed; where ink may be told from paper in several ways, in the one the net is surest of.
export async function framed(grey, { classifier }) {
  let [best, surest] = [null, -1];
  for (const way of found(grey)) {
    if (best) surest = Math.max(surest, await sureness(best, classifier));
    if (surest >= SURE) break;
    const glyph = await oneWay(way.map, classifier);
    if (!best || (await sureness(glyph, classifier)) > surest) best = glyph;
  }
  return best;
}

// The share of the likeliest digit; less for a 1, which a rule or a table's edge is too.
async function sureness(glyph, classifier) {
  if (!glyph.d.some(Boolean)) return 0;
  const { probabilities, share } = await classifier.scores([glyph]);
  return share[0] * (argmax(probabilities[0]) === 1 ? LIKE_A_LINE : 1);
}

async function oneWay(map, classifier) {
  const box = inkBox(map);
  const neighbours = box && (box[0] <= 1 || box[2] >= map.w - 1) && box[2] - box[0] > 0.6 * (box[3] - box[1]);
  return (neighbours && (await middleDigit(map, box, classifier))) || frame(map);
}

export async function predict(grey, road) {
  return answerOf(await framed(grey, road), road);
}

async function answerOf(glyph, { classifier, threshold }) {
  if (!glyph.d.some(Boolean)) return { digit: 0, confidence: 0, accepted: false, probabilities: new Array(10).fill(0.1) };
  const { probabilities, confidence } = await classifier.scores([glyph]);
  return { digit: argmax(probabilities[0]), confidence: confidence[0], accepted: confidence[0] >= threshold, probabilities: [...probabilities[0]] };
}

// The framed digit nearest the picture's middle, where the ink is best read as several; else null.
async function middleDigit(ink, box, classifier) {
  const [left, top, right, bottom] = box;
  const height = bottom - top;
  const pieces = cutPieces({ left, top, ink: part(ink, left, top, right, bottom), stroke: 0, cut: 0 }, height);
  if (pieces.length < 2) return null;
  const spans = spansOf(pieces, new Set(), height);
  const scores = await scored(classifier, spans.map(({ start, end }) => pieces.slice(start, end)));
  const { marks } = bestPath(pieces.length, spans, costsOf(pieces, spans, scores, height));
  const digits = marks.filter((mark) => mark.digit !== null);
  if (marks.length < 2 || !digits.length) return null;
  const taken = ({ span }) => pieces.slice(span.start, span.end);
  const off = (mark) => { const [from, , to] = around(taken(mark)); return Math.abs((from + to) / 2 - ink.w / 2); };
  return frame(joined(taken(digits.reduce((best, mark) => (off(mark) < off(best) ? mark : best)))));
}

// How much surer the net is of the digit with each place of ink than without it.
export async function explain(grey, road) {
  const glyph = await framed(grey, road);
  const answer = await answerOf(glyph, road);
  const rows = (values) => Array.from({ length: 28 }, (_, y) => Array.from(values.slice(28 * y, 28 * y + 28)));
  const places = [];
  for (let y = 0; y < 28; y += 2) for (let x = 0; x < 28; x += 2) if (inkIn(glyph, x, y)) places.push([x, y]);
  const [probabilities, confidence] = [[], []];
  for (let start = 0; start < places.length; start += AT_ONCE) {
    await road.pause?.();
    const part = await road.classifier.scores(places.slice(start, start + AT_ONCE).map(([x, y]) => without(glyph, x, y)));
    probabilities.push(...part.probabilities);
    confidence.push(...part.confidence);
  }
  const [total, counts] = [new Float32Array(784), new Float32Array(784)];
  const sure = (shares, confidence_) => Math.log(Math.max(1e-6, (shares[answer.digit] * confidence_) / Math.max(...shares)));
  const whole = sure(answer.probabilities, answer.confidence);
  places.forEach(([x, y], index) => {
    const lost = whole - sure(probabilities[index], confidence[index]);
    inPatch(x, y, (at) => { total[at] += lost; counts[at] += 1; });
  });
  const saliency = total.map((value, at) => (glyph.d[at] / 255) * (value / Math.max(1, counts[at])));
  return { digit: answer.digit, confidence: answer.confidence, framed: rows(glyph.d), saliency: rows(saliency) };
}

function inPatch(x, y, visit) {
  for (let row = Math.max(0, y - 1); row < Math.min(28, y - 1 + PATCH_PX); row += 1) {
    for (let column = Math.max(0, x - 1); column < Math.min(28, x - 1 + PATCH_PX); column += 1) visit(28 * row + column);
  }
}

function inkIn(glyph, x, y) {
  let found = false;
  inPatch(x, y, (at) => { found ||= glyph.d[at] > 0; });
  return found;
}

function without(glyph, x, y) {
  const out = plane(28, 28, glyph.d.slice());
  inPatch(x, y, (at) => { out.d[at] = 0; });
  return out;
}
