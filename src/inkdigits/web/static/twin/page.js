// The road from a page to its lines of digits: strokes, lines, pieces, the best path, marks (reading/page.py).

import { digitsOnly, isLettered, isProse } from "./context.js";
import { bestPath, costsOf, isOneStroke, spansOf } from "./decoding.js";
import { frame } from "./glyphs.js";
import { linesOf } from "./lines.js";
import { mean } from "./numbers.js";
import { around, cutPieces, joined, strokePiece } from "./pieces.js";

const SURE = 0.9;
const rounded = (value) => Math.round(value * 1e4) / 1e4;
const isDigit = (mark) => mark.digit !== null;

// `road` is { classifier, threshold }.
export async function readSheet(sheet, road) {
  const works = await prepare(sheet, road.classifier);
  const found = works.map((work) => [readLine(sheet, work, road), work.height]).filter(([line]) => line);
  const large = Math.max(140, 0.25 * Math.min(sheet.w, sheet.h));
  return sureAlone(withoutStray(found, large), sheet.boxes.length);
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
    const isLikely = Math.max(...likely[index]) >= (height > large ? 0.65 : 0.3) && mean(likely[index]) >= 0.25;
    return weights[index] && isLikely && ((alike && height >= 9) || likely[index].length !== 1);
  }).map(([line]) => line);
}

// Whether all its digits are plain upright bars, as pieces of a rule are too.
function isBare(line) {
  return line.digits.every((digit) => digit.digit === null || (digit.digit === 1 && digit.box[2] - digit.box[0] <= 0.3 * (digit.box[3] - digit.box[1])));
}

async function prepare(sheet, classifier) {
  const lines = linesOf(sheet.boxes);
  const strokes = lines.flatMap((line) => line.strokes);
  const whole = new Map(strokes.map((stroke) => [stroke, strokePiece(sheet, stroke)]));
  const scores = await scored(classifier, strokes.map((stroke) => [whole.get(stroke)]));
  const place = new Map(strokes.map((stroke, index) => [stroke, index]));
  const counts = lines.map((line) => lettersAndDigits(line, whole, scores, place));
  const prose = isProse(counts, strokes.length);
  const works = lines.map((line, index) => workOf(line, whole, scores, place, isLettered(counts[index], prose)));
  await scoreSpans(works, classifier, scores, place);
  return works;
}

// A line of letters is not cut: pieces of letters look like digits.
function workOf(line, whole, scores, place, lettered) {
  const sure = new Set(line.strokes.filter((stroke) => isSure(whole.get(stroke).ink, scores.confidence[place.get(stroke)], line.height)));
  const pieces = line.strokes.flatMap((stroke) => (lettered || sure.has(stroke) ? [whole.get(stroke)] : cutPieces(whole.get(stroke), line.height)));
  return { height: line.height, pieces, lettered, spans: spansOf(pieces, lettered ? new Set(line.strokes) : sure, line.height) };
}

const isSure = ({ w, h }, confidence, height) => confidence >= SURE && w <= 0.95 * Math.max(h, height) && h > 0.5 * height;

function lettersAndDigits(line, whole, scores, place) {
  let [letters, digits] = [0, 0];
  for (const stroke of line.strokes) {
    const { w, h } = whole.get(stroke).ink;
    if (h < 0.5 * line.height || w > 1.15 * Math.max(h, line.height)) continue;
    letters += scores.refusal[place.get(stroke)] >= 0.5;
    digits += scores.confidence[place.get(stroke)] >= 0.5;
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
  if (!work.pieces.length) return null;
  const { marks: path, confidence } = bestPath(work.pieces.length, work.spans, costsOf(work.pieces, work.spans, work.scores, work.height));
  const taken = ({ span }) => work.pieces.slice(span.start, span.end);
  const marks = digitsOnly(path, path.map((mark) => around(taken(mark))), path.map((mark) => joined(taken(mark))), work.height, work.lettered);
  if (!marks.some(isDigit)) return null;
  const digits = marks.map((mark) => digitOf(sheet, work, mark, taken(mark), road.threshold));
  const text = digits.filter(isDigit).map((digit) => digit.digit).join("");
  const box = sheet.onPage(...around(marks.filter(isDigit).flatMap(taken)));
  return { text, confidence: rounded(confidence), accepted: confidence >= road.threshold, box, digits };
}

function digitOf(sheet, work, mark, taken, threshold) {
  const shares = work.scores.probabilities[mark.index];
  const scale = work.scores.confidence[mark.index] / Math.max(...shares);
  const order = [...shares.keys()].sort((one, other) => shares[other] - shares[one]).filter((digit) => digit !== mark.digit).slice(0, 3);
  const confidence = rounded(mark.confidence);
  return {
    digit: mark.digit, confidence, accepted: mark.digit !== null && confidence >= threshold, box: sheet.onPage(...around(taken)),
    alternatives: order.map((digit) => ({ digit, confidence: rounded(shares[digit] * scale) })),
  };
}
