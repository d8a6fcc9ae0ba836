// What a person says of a mark, put into what was read: the answer, its copy and its downloads follow.

import { CORRECTED, marksOf } from "./answer.js";

// One digit, or null where there is none.
export function correctedPrediction(prediction, digit) {
  const probabilities = prediction.probabilities.map((_, other) => Number(other === digit));
  return { ...prediction, digit, probabilities, confidence: 1, accepted: true, reason: "", [CORRECTED]: true };
}

// The one line of a picture of one digit; none where there is no digit.
export function linesOfOne({ digit, box }, { width, height }) {
  if (digit === null) return [];
  const mark = { text: String(digit), confidence: 1, box: box ?? [0, 0, width, height] };
  return [lineWith({ box: mark.box, alternatives: [] }, mark.text, [mark], [digitOf(mark)])];
}

// The line with its mark at `index` as that digit, or as none with null.
export function correctedLine(line, index, digit) {
  const sign = digit === null ? "" : String(digit);
  const marks = line.marks.map((mark, at) => (at === index ? { ...mark, text: sign, confidence: 1 } : mark));
  const start = placesOf(line)[index];
  const text = line.text.slice(0, start) + sign + line.text.slice(start + line.marks[index].text.length);
  const digits = marksOf(line).flatMap((mark, at) => {
    if (at === index) return sign ? [digitOf(marks[index])] : [];
    return mark.digit === null ? [] : [digitAlone(mark)];
  });
  return lineWith(line, text.trim(), marks, digits);
}

// Where each mark's sign stands in the text, which has spaces too.
function placesOf({ text, marks }) {
  let end = 0;
  return marks.map((mark) => {
    const start = mark.text ? Math.max(end, text.indexOf(mark.text, end)) : end;
    end = start + mark.text.length;
    return start;
  });
}

const digitOf = ({ text, box }) => ({ digit: Number(text), confidence: 1, accepted: true, box, alternatives: [] });
const digitAlone = ({ digit, confidence, accepted, box, alternatives }) => ({ digit, confidence, accepted, box, alternatives });

// Accepted where each digit is; then as sure as its digits are together.
function lineWith(line, text, marks, digits) {
  const accepted = digits.every((digit) => digit.accepted);
  const confidence = digits.reduce((product, digit) => product * digit.confidence, 1);
  const number = text.replace(/\D/g, "");
  const alternatives = [];
  return { ...line, text, number, value: plainValue(text), confidence, accepted, digits, marks, alternatives, [CORRECTED]: true };
}

// Of an integer or a plain decimal; whoever takes it away may know what dates and other forms mean.
function plainValue(text) {
  if (/^[+-]?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  return /^-?\d+[.,](\d{1,2}|\d{4,})$/.test(text) ? text.replace(",", ".") : null;
}
