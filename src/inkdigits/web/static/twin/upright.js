// Pages that lie on their side or stand askew: turned so far that their lines read best (reading/upright.py).

import { argmax, mean, median } from "./numbers.js";
import { readSheet } from "./page.js";
import { otherSheetsOf, sheetOf } from "./sheet.js";

const [STEEPEST, LEAST_DEG, CLEARLY] = [24, 1.5, 1.12];
const [SURE_ENOUGH, FOR_MORE, SAME_PX] = [0.95, 0.2, 2];
const digitsOf = (lines) => lines.flatMap((line) => line.digits).filter((digit) => digit.digit !== null).map((digit) => digit.confidence);
const sum = (values) => values.reduce((total, value) => total + value, 0);
const sureness = (lines) => mean(lines.map((line) => line.confidence));

// To be sure of less is easy: what is left out counts against it.
const merit = (lines) => sureness(lines) * digitsOf(lines).length ** FOR_MORE;

export async function readUpright(grey, road) {
  let { lines, turned, sheet } = await levelled(grey, road, 0);
  if (readsBadly(lines, largeStrokes(sheet))) {
    let best = Math.max(worth(lines), 0.5);
    for (const quarter of [90, -90, 180]) {
      const other = await levelled(grey, road, quarter);
      if (readsWell(other) && worth(other.lines) > Math.max(1.3 * best, best + 1)) {
        [lines, turned, sheet, best] = [other.lines, other.turned, other.sheet, worth(other.lines)];
      }
    }
  }
  return { lines: lines.length ? await surest(lines, sheet, grey, turned, road) : lines, turned };
}

// The lines, or what another way to tell ink from paper makes of them, if it is surer or finds more digits.
async function surest(lines, first, grey, turned, road) {
  if (sureness(lines) >= SURE_ENOUGH) return lines;
  const seen = [first];
  for (const sheet of otherSheetsOf(grey, turned, smallestPx(lines))) {
    if (seen.some((one) => hasSameStrokes(sheet, one))) continue;
    await road.pause?.();
    seen.push(sheet);
    const other = await readSheet(sheet, road);
    if (merit(other) > merit(lines)) lines = other;
    if (sureness(lines) >= SURE_ENOUGH) break;
  }
  return lines;
}

// Whether each stroke lies where one of the other's does: then it reads as that does.
function hasSameStrokes(sheet, other) {
  if (sheet.boxes.length !== other.boxes.length) return false;
  const inOrder = ({ boxes, scale }) => boxes.map((box) => box.slice(0, 4).map((side) => side * scale))
    .sort((one, another) => one[0] - another[0] || one[1] - another[1] || one[2] - another[2] || one[3] - another[3]);
  const [here, there] = [inOrder(sheet), inOrder(other)];
  const most = SAME_PX * Math.max(sheet.scale, other.scale);
  return here.every((box, index) => box.every((side, at) => Math.abs(side - there[index][at]) <= most));
}

// The usual height of the digits in the line where they are smallest; their width, where it lies on its side.
function smallestPx(lines) {
  const long = ({ box: [left, top, right, bottom] }) => Math.max(right - left, bottom - top);
  return Math.min(...lines.map((line) => median(line.digits.filter((digit) => digit.digit !== null).map(long))));
}

async function levelled(grey, road, quarter) {
  let sheet = sheetOf(grey, quarter);
  const askew = skew(sheet);
  if (askew) sheet = sheetOf(grey, quarter + askew);
  await road.pause?.();
  return { lines: await readSheet(sheet, road), turned: quarter + askew, sheet };
}

const isLarge = ([left, top, right, bottom]) => Math.max(right - left, bottom - top) >= 9;
const largeStrokes = ({ boxes }) => boxes.filter(isLarge).length;
// Long thin strokes are pieces of rules, which may be askew where the writing is not.
const isLikeDigit = (box) => isLarge(box) && box[2] - box[0] <= 4 * (box[3] - box[1]);

// Whether there is much that could not be read.
function readsBadly(lines, strokes) {
  const marks = Math.max(strokes, lines.flatMap((line) => line.digits).length);
  return marks >= 3 && marks <= 1000 && sum(digitsOf(lines)) < 0.75 * marks;
}

// Whether most of what is there is read, and surely; dashes are 1s, so lines of only 1s do not count.
function readsWell({ lines, sheet }) {
  const digits = digitsOf(lines.filter((line) => /[^1]/.test(line.text)));
  return digits.length > 0 && digits.length >= 0.5 * largeStrokes(sheet) && mean(digits) >= 0.9 && sureness(lines) >= 0.5;
}

function worth(lines) {
  return sum(lines.map((line) => sum(digitsOf([line])) * (line.text.length > 1 ? 1 : 0.5) - 0.3 * line.digits.filter((digit) => digit.digit === null).length));
}

// By how many degrees the page must be turned for its lines to lie level; 0 where that is not clear.
function skew(sheet) {
  const isLike = [false, ...sheet.boxes.map(isLikeDigit)];
  if (isLike.filter(Boolean).length < 4) return 0;
  const points = pointsOf(sheet, isLike);
  const pitch = Math.max(1, median(sheet.boxes.map(([, top, , bottom]) => bottom - top)) / 6);
  const angles = Array.from({ length: 2 * STEEPEST + 1 }, (_, index) => index - STEEPEST);
  const sharpest = angles.map((angle) => sharpness(points, angle, pitch));
  const best = angles[argmax(sharpest)];
  if (Math.abs(best) < LEAST_DEG || Math.abs(best) >= STEEPEST || Math.max(...sharpest) < CLEARLY * sharpness(points, 0, pitch)) return 0;
  const fine = [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75].map((more) => best + more);
  return fine[argmax(fine.map((angle) => sharpness(points, angle, pitch)))];
}

// The places of such strokes' ink, or evenly some of them: [x…, y…].
function pointsOf({ labels, w }, isLike) {
  const ink = [];
  for (let at = 0; at < labels.length; at += 1) if (isLike[labels[at]]) ink.push(at);
  const step = Math.max(1, Math.floor(ink.length / 20000));
  const taken = ink.filter((_, index) => index % step === 0);
  return [Float64Array.from(taken, (at) => at % w), Float64Array.from(taken, (at) => Math.floor(at / w))];
}

// How unevenly ink falls on rows that lie at an angle.
function sharpness([xs, ys], degrees, pitch) {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const level = new Float64Array(xs.length);
  let [low, high] = [Infinity, -Infinity];
  for (let index = 0; index < level.length; index += 1) {
    const value = (ys[index] * cos - xs[index] * sin) / pitch;
    level[index] = value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const rows = new Uint32Array(Math.floor(high - low) + 1);
  for (let index = 0; index < level.length; index += 1) rows[Math.floor(level[index] - low)] += 1;
  return rows.reduce((total, count) => total + count * count, 0);
}
