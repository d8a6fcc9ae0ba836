// Which digits stand in a line: the lattice of pieces and the line net together (reading/answers.py).

import { digitsOnly } from "./context.js";
import { addLineCosts, bestPath, costsOf, expectedPath } from "./decoding.js";
import { aligned, bestText, likelihood, NOTHING } from "./linenet.js";
import { argmax, round } from "./numbers.js";
import { around, bottomOf, joined } from "./pieces.js";
import { COLUMN_PX } from "./strip.js";

const [CLEARLY, HALF_DIGIT_PX] = [3, 16];
const piecesOf = (work, { span }) => work.pieces.slice(span.start, span.end);
const isDigit = (mark) => mark.digit !== null;

// The line's marks from left to right and what speaks for them: { answers, evidence }; null where no digit stands in it.
export function answersOf(work) {
  if (!work.pieces.length) return null;
  const costs = costsOf(work.pieces, work.spans, work.scores, work.height);
  const { strip, columns } = work;
  if (strip) addLineCosts(costs, work.pieces, work.spans, strip, columns);
  const path = pathOf(work, costs);
  if (!strip) return checked(work, path, 0, false);
  const text = path.marks.filter(isDigit).map((mark) => mark.digit);
  const wanted = bestText(columns);
  if (wanted.text.join() === text.join()) return checked(work, path, wanted.log, true);
  const other = likelihood(columns, text);
  if (wanted.log - other <= CLEARLY) return checked(work, path, other, false);
  if (!wanted.text.length) return null;
  const again = expectedPath(work.pieces.length, work.spans, costs, wanted.text);
  if (again) return checked(work, again, wanted.log, false);
  const answers = fromColumns(work, strip, columns, wanted.text);
  const least = Math.min(...answers.map((answer) => answer.confidence));
  return { answers, evidence: { share: Math.exp(Math.min(0, wanted.log)), lineLog: wanted.log, agree: false, least, length: wanted.text.length } };
}

function pathOf(work, costs) {
  const { marks, confidence } = bestPath(work.pieces.length, work.spans, costs);
  const taken = marks.map((mark) => piecesOf(work, mark));
  return { marks: digitsOnly(marks, taken.map(around), taken.map(joined), work.height, work.lettered), confidence };
}

function checked(work, path, lineLog, agree) {
  const digits = path.marks.filter(isDigit);
  if (!digits.length) return null;
  const least = Math.min(...digits.map((mark) => mark.confidence));
  return { answers: path.marks.map((mark) => answerOf(work, mark)), evidence: { share: path.confidence, lineLog, agree, least, length: digits.length } };
}

function answerOf(work, mark) {
  const shares = work.scores.probabilities[mark.index];
  const scale = work.scores.share[mark.index] / Math.max(...shares, 1e-9);
  return { digit: mark.digit, confidence: mark.confidence, place: around(piecesOf(work, mark)), shares: Array.from(shares, (share) => share * scale) };
}

// Digits that no way of cutting the ink gives, each where the line net sees it; what lies clear of them is refused.
function fromColumns(work, strip, columns, text) {
  const reach = HALF_DIGIT_PX / COLUMN_PX;
  const answers = aligned(columns, text).map(([first, last], index) => {
    const rows = columns.slice(first, last);
    const peak = first + argmax(rows.map((row) => row[text[index]]));
    const [left, right] = [Math.max(first, peak - reach), Math.min(last, peak + reach)].map(strip.sheetX);
    const shares = Array.from({ length: NOTHING }, (_, digit) => Math.max(...rows.map((row) => row[digit])));
    return { digit: text[index], confidence: shares[text[index]], place: inkBetween(work, left, right), shares };
  });
  for (const stroke of new Set(work.pieces.map((piece) => piece.stroke))) {
    const place = around(work.pieces.filter((piece) => piece.stroke === stroke));
    if (answers.every((answer) => place[2] <= answer.place[0] || place[0] >= answer.place[2])) answers.push({ digit: null, confidence: 1, place, shares: new Array(NOTHING).fill(0) });
  }
  return answers.sort((one, other) => one.place[0] - other.place[0]);
}

// The box around the line's ink from one column of the sheet to another.
function inkBetween({ pieces }, left, right) {
  let box = null;
  for (const { left: start, top, ink } of pieces) {
    const [low, high] = [Math.max(0, round(left) - start), Math.min(ink.w, round(right) - start)];
    for (let y = 0; y < ink.h; y += 1) {
      for (let x = low; x < high; x += 1) {
        if (!ink.d[y * ink.w + x]) continue;
        box ??= [start + x, top + y, start + x + 1, top + y + 1];
        box = [Math.min(box[0], start + x), Math.min(box[1], top + y), Math.max(box[2], start + x + 1), Math.max(box[3], top + y + 1)];
      }
    }
  }
  const [top, bottom] = [Math.min(...pieces.map((piece) => piece.top)), Math.max(...pieces.map(bottomOf))];
  return box ?? [round(left), top, Math.max(round(right), round(left) + 1), bottom];
}
