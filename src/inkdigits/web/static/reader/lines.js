// Rows of marks → lines as results have them in JSON (reading/numbers/lines.py).

import { round, rounded } from "./arrays.js";
import { evidenceOf, lineConfidence } from "./confidence.js";
import { boxAround } from "./rows.js";
import { readRow } from "./together.js";
import { valueOf } from "./values.js";

// The lines of a grey page, from top to bottom; `scale` turns the page's pixels into the picture's.
export function linesOf(rows, grey, settings, scale = 1) {
  return rows.flatMap((row) => {
    const together = readRow(row, settings);
    if (!together) return [];
    const confidence = lineConfidence(evidenceOf(together, grey, settings), settings);
    // A rule's end or a piece of a letter is hardly likely to be a number.
    const isNumber = row.score >= settings.rows.surely_number;
    return confidence < settings.line_least && !isNumber ? [] : [lineOf(together, confidence, settings, scale)];
  });
}

function lineOf({ row, texts }, confidence, settings, scale) {
  const [{ text, signs }, ...others] = texts;
  const marks = row.marks.map((mark, index) => ({
    text: signs[index],
    confidence: shareOf(mark, signs[index], settings),
    box: boxOf(mark.box, scale),
  }));
  const isDigit = (sign) => sign !== "" && settings.classes.indexOf(sign) < settings.digits;
  const places = [...signs.keys()].filter((index) => isDigit(signs[index]));
  return {
    text,
    number: text.replace(/\D/g, ""),
    value: valueOf(text, settings).value,
    confidence: rounded(confidence),
    accepted: confidence >= settings.line_threshold,
    box: boxOf(boxAround(row.marks.filter((_, index) => signs[index])), scale),
    digits: places.map((index) => digitOf(row.marks[index], marks[index], settings)),
    marks,
    alternatives: others.slice(0, settings.alternatives).map(alternativeOf),
  };
}

const alternativeOf = ({ text, log }) => ({ text, confidence: rounded(Math.exp(log)) });

// How likely the mark is what it was taken for.
function shareOf({ centre, classes: shares }, sign, { classes }) {
  return rounded(sign ? centre * shares[classes.indexOf(sign)] : 1 - centre * (1 - shares.at(-1)));
}

function digitOf({ classes: shares }, { text, confidence, box }, settings) {
  const digit = Number(text);
  const all = [...shares.keys()].slice(0, settings.digits);
  const order = all.sort((one, other) => shares[other] - shares[one]);
  const others = order.filter((other) => other !== digit).slice(0, settings.alternatives);
  const alternatives = others.map((other) => ({ digit: other, confidence: rounded(shares[other]) }));
  return { digit, confidence, accepted: confidence >= settings.line_threshold, box, alternatives };
}

function boxOf(box, scale) {
  const [left, top, right, bottom] = box.map((side) => Math.max(0, round(side * scale)));
  return [left, top, Math.max(right, left + 1), Math.max(bottom, top + 1)];
}
