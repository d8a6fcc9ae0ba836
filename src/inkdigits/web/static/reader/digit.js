// The one digit of a picture (reading/digit.py and reading/reader.py).

import { argmax, plane, round, rounded } from "./arrays.js";
import { closeupOf } from "./closeup.js";
import { frame, isFramed } from "./glyphs.js";
import { answerByBoth, answerByInk } from "./joint.js";
import { boxOfInk, inkOf, isOneStroke } from "./marks.js";
import { readPage, rowsIn, textOf } from "./pages.js";
import { areaOf, digitShare, sharedArea } from "./peaks.js";
import { readRow } from "./together.js";
import { wholeMark } from "./whole.js";

const SIZE_PX = 28;
const heightOf = ({ box }) => box[3] - box[1];

// The picture's digit: { prediction, glyph, alone }; `alone` says that all of the ink surely is one digit.
export async function predict(page, pyramid, networks, isAlone = false) {
  const found = await findDigit(page, pyramid, networks, isAlone);
  return { ...found, prediction: await answerOf(found, networks) };
}

// A page's lines; of single digits only the one that `predict` accepts, as sure as that (reading/numbers/pages.py).
export async function readJudged(page, pyramid, networks) {
  const reading = await readPage(page, pyramid, networks);
  const { settings } = networks.marks;
  const areDigits = reading.lines.every(({ digits }) => digits.length === 1);
  if (!areDigits || reading.turned_deg || settings.own_digits) return reading;
  if (!pyramid.rows.length) return reading;
  const { prediction } = await predict(page, pyramid, networks, true);
  const hasLines = reading.lines.length > 0;
  const lines = hasLines ? judgedAlone(reading.lines, prediction, settings) : shownAlone(prediction, settings);
  return { ...reading, lines, text: textOf(lines) };
}

function judgedAlone(lines, { accepted, digit, confidence, box }, { alone, line_threshold: threshold }) {
  if (!accepted) return lines;
  const isIt = (line) => line.text === String(digit) && holdsMiddle(line.box, box);
  const [line] = lines.filter(isIt).sort((one, other) => other.confidence - one.confidence);
  if (!line) return lines;
  if (line.confidence < alone.least) return [line];
  const sure = Math.max(line.confidence, rounded(confidence));
  return [{ ...line, confidence: sure, accepted: sure >= threshold }];
}

// The digit that `predict` finds where the rows show no number, if it is sure enough.
function shownAlone({ digit, confidence, reason, box, probabilities }, settings) {
  const { least_shown: least, sure_of_shown: sure } = settings.alone;
  if (!["", "unsure"].includes(reason) || !box || confidence < least) return [];
  const accepted = sure >= settings.line_threshold;
  const order = [...probabilities.keys()].sort((one, other) => probabilities[other] - probabilities[one]);
  const others = order.slice(1, 1 + settings.alternatives);
  const alternatives = others.map((other) => ({ digit: other, confidence: rounded(probabilities[other]) }));
  const known = { confidence: sure, box };
  const text = String(digit);
  return [
    {
      ...known,
      text,
      number: text,
      value: digit,
      accepted,
      digits: [{ ...known, digit, accepted, alternatives }],
      marks: [{ ...known, text }],
      alternatives: alternatives.map((other) => ({ text: String(other.digit), confidence: other.confidence })),
    },
  ];
}

// Whether the other box's middle lies in this one.
function holdsMiddle([left, top, right, bottom], other) {
  const [x, y] = [(other[0] + other[2]) / 2, (other[1] + other[3]) / 2];
  return left <= x && x < right && top <= y && y < bottom;
}

async function answerOf({ glyph, box, several, seen }, networks) {
  if (!glyph?.d.some(Boolean)) {
    const probabilities = new Array(10).fill(0.1);
    return { digit: 0, confidence: 0, accepted: false, reason: "no digit", probabilities, box: null };
  }
  const { digits, marks: { settings } } = networks;
  const ink = await digits.scores(glyph);
  const isJoint = seen && !settings.own_digits && settings.joint.confidence.length;
  const own = isJoint ? answerByBoth(ink, seen, settings.joint) : answerByInk(ink, digits.settings.threshold);
  const reason = several ? "several digits" : own.reason;
  return { ...own, digit: argmax(own.probabilities), accepted: !reason, reason, box };
}

// `isAlone` says that its row was read, and has no other digit.
async function findDigit(page, pyramid, networks, isAlone) {
  const { grey } = page;
  const { settings } = networks.marks;
  const own = ownGlyph(grey, settings.framing);
  const sides = [0, 0, SIZE_PX, SIZE_PX].map((side) => round(side * page.scale));
  if (own) return { glyph: own, box: sides, several: false, alone: true, seen: null };
  const [whole] = await wholeMark(grey, networks, pyramid.pause);
  const isSure = whole && digitShare(whole, settings.digits) > settings.digit.sure_whole;
  if (isSure || (await isOwnSign(grey, whole, networks))) return framed(page, whole, whole, networks, { alone: true });
  const digits = await digitsIn(pyramid, networks);
  if (!digits.length) {
    const none = { glyph: null, box: null, several: false, alone: false, seen: null };
    return whole ? framed(page, whole, whole, networks, {}) : none;
  }
  const best = meant(digits, grey, settings);
  const several = hasSeveral(digits, best, grey, settings) || (!isAlone && (await isInNumber(best, pyramid, networks)));
  // Long tails are often cut off by a digit's own box.
  const isAll = fillOf(best.box, whole) > settings.digit.most_ink;
  return framed(page, isAll ? { ...best, box: whole.box } : best, whole, networks, { several });
}

// Whether the digit's row, read as a whole, has others of about its size.
async function isInNumber(digit, pyramid, networks) {
  const { settings } = networks.marks;
  const row = (await rowsIn(pyramid, networks)).find(({ marks }) => marks.includes(digit));
  row.looks ??= await networks.rows.looks(pyramid.grey, row);
  const alike = digitsOf(row, settings).filter((mark) => isAlike(mark, digit, settings.digit));
  return alike.length > 1;
}

// The digits of the row's text, if that is likelier than all others together.
function digitsOf(row, settings) {
  const together = readRow(row, settings);
  if (!together || together.texts[0].log < Math.log(0.5)) return [];
  return together.row.marks.filter((_, index) => /\d/.test(together.texts[0].signs[index]));
}

// Print next to a digit is lower; a stroke of a drawing is higher.
const isAlike = (mark, own, { least_like: least, most_like: most }) =>
  heightOf(mark) > least * heightOf(own) && heightOf(mark) < most * heightOf(own);

// Whether a learner's own network is sure of all of the ink, all in one stroke: it may know signs that our networks do not.
async function isOwnSign(grey, whole, { digits, marks: { settings } }) {
  if (!settings.own_digits || !whole) return false;
  const { drawn } = inkOf(grey, whole.box, settings);
  if (!isOneStroke(drawn, settings.glyphs)) return false;
  return (await digits.scores(frame(drawn, settings.framing))).confidence > settings.digit.sure_own;
}

// The part of the box of all ink that lies in this box.
const fillOf = (box, whole) => (whole ? sharedArea(whole.box, box) / Math.max(areaOf(whole.box), 1e-6) : 0);

// The digit's ink as a glyph, the box of that ink on the picture, and what else the picture shows of it.
async function framed({ grey, scale }, digit, whole, { glyphs, marks: { settings } }, { several = false, alone = false }) {
  const ink = inkOf(grey, digit.box, settings);
  const exact = boxOfInk(ink, settings.framing) ?? digit.box;
  const [closeup] = await glyphs.shares([closeupOf(grey, exact, 0, settings.closeup)]);
  const seen = { closeup, sure: digit.centre, fill: fillOf(exact, whole) };
  const [left, top, right, bottom] = exact.map((side) => round(side * scale));
  const onPicture = [Math.max(0, left), Math.max(0, top), right, bottom];
  return { glyph: frame(ink.drawn, settings.framing), box: onPicture, several, alone, seen };
}

// A picture that is framed as MNIST has it is the glyph.
function ownGlyph(grey, framing) {
  if (grey.w !== SIZE_PX || grey.h !== SIZE_PX) return null;
  const negative = plane(SIZE_PX, SIZE_PX, grey.d.map((shade) => 255 - shade));
  return [grey, negative].find((glyph) => glyph.d.some(Boolean) && isFramed(glyph, framing)) ?? null;
}

// The likely digits of all the rows that `read` finds.
async function digitsIn(pyramid, networks) {
  const { digits: count, digit } = networks.marks.settings;
  const marks = (await rowsIn(pyramid, networks)).flatMap((row) => row.marks);
  return marks.filter(({ best, centre }) => best < count && centre > digit.least);
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
  return digits.some((mark) => {
    const [left, top, right, bottom] = mark.box;
    const isInside = left > rimX && right < w - rimX && top > rimY && bottom < h - rimY;
    return mark !== best && isInside && isAlike(mark, best, digit) && mark.centre * digitShare(mark, count) > digit.another;
  });
}
