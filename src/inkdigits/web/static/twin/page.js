// The road from a page to its lines of digits: strokes, lines, pieces, the best path, marks (reading/page.py).

import { answersOf } from "./answers.js";
import { withBars } from "./bars.js";
import { isLettered, isProse } from "./context.js";
import { isOneStroke, spansOf } from "./decoding.js";
import { frame } from "./glyphs.js";
import { linesOf } from "./lines.js";
import { mean } from "./numbers.js";
import { cutPieces, joined, strokePiece } from "./pieces.js";
import { stripOf } from "./strip.js";

const SURE = 0.9;
const rounded = (value) => Math.round(value * 1e4) / 1e4;
const isDigit = (mark) => mark.digit !== null;

// `road` is { classifier, lineNet, threshold, pause }; `pause`, where there is one, lets others in and may end the reading.
export async function readSheet(sheet, road) {
  const works = await prepare(sheet, road);
  const large = Math.max(140, 0.25 * Math.min(sheet.w, sheet.h));
  const lines = works.map((work) => [readLine(sheet, work, road), work.height]);
  const found = lines.filter(([line, height]) => line && mayBeRight(line, height > large));
  return sureAlone(withoutStray(found, large), sheet.boxes.length);
}

// Print read as digits is hardly ever sure of itself; a thing alone is more often, or a large one and a part of it.
function mayBeRight({ text, digits, confidence }, large) {
  if (text.length <= 1 + large) return confidence >= 0.5;
  return confidence >= (text.length > 0.75 * digits.length ? 0.06 : 0.2);
}

// Where hardly any of many strokes is a digit, only what is sure is one.
function sureAlone(lines, strokes) {
  const digits = lines.flatMap((line) => line.digits).filter(isDigit).length;
  if (strokes < 40 || digits > 0.15 * strokes) return lines;
  return lines.filter((line) => line.text.length >= 0.5 * line.digits.length && line.text.length > 2
    && mean(line.digits.filter(isDigit).map((digit) => digit.confidence)) >= SURE);
}

// Lines without one likely digit, and single marks far smaller or larger than the writing, are no numbers.
function withoutStray(found, large) {
  const likely = found.map(([line]) => line.digits.filter(isDigit).map((digit) => digit.confidence));
  const weights = likely.map((line) => line.filter((each) => each >= 0.3).reduce((total, each) => total + each, 0));
  let usual = 0;
  let most = 0;
  found.forEach(([, height], index) => { if (weights[index] > most || (weights[index] === most && height > usual)) [most, usual] = [weights[index], height]; });
  return found.filter(([line, height], index) => {
    if (isBare(line) && !(0.82 * usual <= height && height <= usual / 0.82)) return false;
    const alike = 0.5 * usual <= height && height <= 2.2 * usual;
    const beside = likely[index].length === 1 && line.digits.length > 1;
    const least = height > large ? 0.65 : beside ? 0.55 : 0.3;
    const isLikely = Math.max(...likely[index]) >= least && mean(likely[index]) >= 0.25;
    return weights[index] && isLikely && ((alike && height >= 9) || likely[index].length !== 1);
  }).map(([line]) => line);
}

// Whether all its digits are plain upright bars, as pieces of a rule are too.
function isBare(line) {
  return line.digits.every((digit) => digit.digit === null || (digit.digit === 1 && digit.box[2] - digit.box[0] <= 0.3 * (digit.box[3] - digit.box[1])));
}

async function prepare(sheet, { classifier, lineNet, pause }) {
  const lines = linesOf(sheet.boxes);
  const strokes = lines.flatMap((line) => line.strokes);
  const whole = new Map(strokes.map((stroke) => [stroke, strokePiece(sheet, stroke)]));
  const scores = await scored(classifier, strokes.map((stroke) => [whole.get(stroke)]));
  const place = new Map(strokes.map((stroke, index) => [stroke, index]));
  const counts = lines.map((line) => lettersAndDigits(line, whole, scores, place));
  const prose = isProse(counts, strokes.length);
  const works = lines.map((line, index) => workOf(line, whole, scores, place, isLettered(counts[index], prose)));
  await scoreSpans(works, classifier, scores, place);
  await pause?.();
  await lookAtLines(sheet, works.filter((work) => !work.lettered), lineNet);
  return works;
}

// Words are left to the digit net: the line net has seen few.
async function lookAtLines(sheet, works, lineNet) {
  const strips = works.map((work) => stripOf(sheet, work.strokes, work.height));
  const columns = await lineNet.columns(strips);
  works.forEach((work, index) => Object.assign(work, { strip: strips[index], columns: withBars(columns[index], strips[index], work) }));
}

// A line of letters is not cut: pieces of letters look like digits.
function workOf(line, whole, scores, place, lettered) {
  const sure = new Set(line.strokes.filter((stroke) => isSure(whole.get(stroke).ink, scores.share[place.get(stroke)], line.height)));
  const pieces = line.strokes.flatMap((stroke) => (lettered || sure.has(stroke) ? [whole.get(stroke)] : cutPieces(whole.get(stroke), line.height)));
  return { height: line.height, strokes: line.strokes, pieces, lettered, spans: spansOf(pieces, lettered ? new Set(line.strokes) : sure, line.height) };
}

const isSure = ({ w, h }, confidence, height) => confidence >= SURE && w <= 0.95 * Math.max(h, height) && h > 0.5 * height;

function lettersAndDigits(line, whole, scores, place) {
  let [letters, digits] = [0, 0];
  for (const stroke of line.strokes) {
    const { w, h } = whole.get(stroke).ink;
    if (h < 0.5 * line.height || w > 1.15 * Math.max(h, line.height)) continue;
    letters += scores.refusal[place.get(stroke)] >= 0.5;
    digits += scores.share[place.get(stroke)] >= 0.5;
  }
  return [letters, digits];
}

// All the ways of all lines in one batch; whole strokes have their scores already.
async function scoreSpans(works, classifier, scores, place) {
  const fresh = [];
  const rows = works.map((work) => work.spans.map((span) => {
    const taken = work.pieces.slice(span.start, span.end);
    return isOneStroke(span, taken) ? place.get(taken[0].stroke) : place.size + fresh.push(taken) - 1;
  }));
  const more = await scored(classifier, fresh);
  works.forEach((work, index) => {
    work.scores = Object.fromEntries(Object.keys(scores).map((name) => {
      const all = [...scores[name], ...more[name]];
      return [name, rows[index].map((row) => all[row])];
    }));
  });
}

export const scored = (classifier, groups) => classifier.scores(groups.map((pieces) => frame(joined(pieces))));

function readLine(sheet, work, road) {
  const found = answersOf(work);
  if (!found) return null;
  const confidence = road.lineNet.confidence(found.evidence);
  const digits = found.answers.map((answer) => digitOf(sheet, answer, road.threshold));
  const text = digits.filter(isDigit).map((digit) => digit.digit).join("");
  const places = found.answers.filter(isDigit).map((answer) => answer.place);
  const side = (which, index) => which(...places.map((place) => place[index]));
  const box = sheet.onPage(side(Math.min, 0), side(Math.min, 1), side(Math.max, 2), side(Math.max, 3));
  return { text, confidence: rounded(confidence), accepted: confidence >= road.threshold, box, digits };
}

function digitOf(sheet, answer, threshold) {
  const { digit, shares, place } = answer;
  const order = [...shares.keys()].sort((one, other) => shares[other] - shares[one]).filter((other) => other !== digit).slice(0, 3);
  const confidence = rounded(answer.confidence);
  return {
    digit, confidence, accepted: digit !== null && confidence >= threshold, box: sheet.onPage(...place),
    alternatives: order.map((other) => ({ digit: other, confidence: rounded(shares[other]) })),
  };
}
