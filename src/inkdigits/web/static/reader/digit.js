// The one digit of a picture (reading/digit.py and reading/reader.py).

import { argmax, plane, round } from "./arrays.js";
import { isFramed } from "./glyphs.js";
import { glyphOf } from "./marks.js";
import { digitShare } from "./peaks.js";
import { rowsOf } from "./rows.js";

const SIZE_PX = 28;
const heightOf = ({ box }) => box[3] - box[1];

// The picture's digit: { prediction, glyph, alone }; `alone` says that nothing else was seen beside it.
export async function predict(page, pyramid, network) {
  const found = await findDigit(page, pyramid);
  return { ...found, prediction: await answerOf(found, network) };
}

async function answerOf({ glyph, box, several }, network) {
  if (!glyph) {
    const probabilities = new Array(10).fill(0.1);
    return { digit: 0, confidence: 0, accepted: false, reason: "no digit", probabilities, box: null };
  }
  const { probabilities, confidence, share, refusal } = await network.scores(glyph);
  let reason = "";
  if (several) reason = "several digits";
  else if (confidence < network.settings.threshold) reason = refusal > share ? "no digit" : "unsure";
  return { digit: argmax(probabilities), confidence, accepted: !reason, reason, probabilities, box };
}

async function findDigit({ grey, scale }, pyramid) {
  const { settings } = pyramid.network;
  const onPicture = (box) => box.map((side) => round(side * scale));
  const own = ownGlyph(grey, settings.framing);
  if (own) return { glyph: own, box: onPicture([0, 0, SIZE_PX, SIZE_PX]), several: false, alone: true };
  const { digits, alone } = await digitsIn(pyramid);
  if (!digits.length) return { glyph: null, box: null, several: false, alone };
  const best = meant(digits, grey, settings);
  const [left, top, right, bottom] = onPicture(best.box);
  const glyph = glyphOf(grey, best.box, settings);
  const box = [Math.max(0, left), Math.max(0, top), right, bottom];
  if (!glyph.d.some(Boolean)) return { glyph: null, box: null, several: false, alone };
  return { glyph, box, several: hasSeveral(digits, best, grey, settings), alone };
}

// A picture that is framed as MNIST has it is the glyph.
function ownGlyph(grey, framing) {
  if (grey.w !== SIZE_PX || grey.h !== SIZE_PX) return null;
  const negative = plane(SIZE_PX, SIZE_PX, grey.d.map((shade) => 255 - shade));
  return [grey, negative].find((glyph) => glyph.d.some(Boolean) && isFramed(glyph, framing)) ?? null;
}

// The digits at the coarsest size that shows one surely, else those of all sizes, each once.
async function digitsIn(pyramid) {
  const { settings } = pyramid.network;
  const { digit, digits: count } = settings;
  const isDigit = ({ best }) => best < count;
  const isLikely = ({ centre }) => centre > digit.least;
  const levels = [];
  for (const scale of pyramid.scales.toReversed()) {
    const marks = await pyramid.at(scale);
    levels.push({ scale, marks });
    const digits = marks.filter(isDigit);
    const isTall = (mark) => heightOf(mark) > digit.fills * pyramid.grey.h;
    const isSure = (mark) => mark.centre * digitShare(mark, count) > digit.sure;
    if (digits.some((mark) => isTall(mark) && isSure(mark))) {
      return { digits: digits.filter(isLikely), alone: marks.length === 1 };
    }
  }
  const rows = rowsOf(levels, settings);
  if (rows.length) {
    const best = rows.reduce((one, other) => (other.score > one.score ? other : one));
    return { digits: best.marks.filter(isDigit), alone: false };
  }
  const surestOf = ({ marks }) => Math.max(0, ...marks.map(({ centre }) => centre));
  const surest = levels.reduce((one, other) => (surestOf(other) > surestOf(one) ? other : one));
  return { digits: surest.marks.filter(isDigit).filter(isLikely), alone: false };
}

// The surest, and of several the one nearest to the middle.
function meant(digits, { w, h }, { digit, digits: count }) {
  const score = (mark) => {
    const [left, top, right, bottom] = mark.box;
    const distance = Math.hypot((left + right) / 2 / w - 0.5, (top + bottom) / 2 / h - 0.5);
    return mark.centre * digitShare(mark, count) - digit.off_middle * distance;
  };
  return digits.reduce((one, other) => (score(other) > score(one) ? other : one));
}

// Whether another whole digit of about that size stands on the picture.
function hasSeveral(digits, best, { w, h }, { digit, digits: count }) {
  const [rimX, rimY] = [digit.whole * w, digit.whole * h];
  const tall = heightOf(best);
  return digits.some((mark) => {
    const [left, top, right, bottom] = mark.box;
    const isInside = left > rimX && right < w - rimX && top > rimY && bottom < h - rimY;
    const isLike = heightOf(mark) > digit.least_like * tall && heightOf(mark) < digit.most_like * tall;
    return mark !== best && isInside && isLike && mark.centre * digitShare(mark, count) > digit.another;
  });
}
