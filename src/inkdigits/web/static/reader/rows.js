// Marks → rows (reading/numbers/rows.py). A row: { marks, score, scale, support, box, height }.

import { median, sum } from "./arrays.js";
import { areaOf, digitShare, sharedArea } from "./peaks.js";

const heightOf = ({ box }) => box[3] - box[1];

export function boxAround(marks) {
  const side = (index, which) => which(...marks.map(({ box }) => box[index]));
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}

// The usual height of the digits among marks.
export function usualHeight(marks, count) {
  const digits = marks.filter(({ best }) => best < count);
  return digits.length ? median(digits.map(heightOf)) : 0;
}

// The page's rows, from top to bottom; each is read at the one size at which it is surest.
export function rowsOf(levels, settings) {
  const rows = levels.flatMap(({ scale, marks }) => rowsAt(marks, scale, settings));
  const best = [];
  for (const row of rows.sort((one, other) => other.score - one.score)) {
    const isNew = best.every((other) => shareOn(row.box, other.box) < settings.rows.same_place);
    if (isNew) best.push(row);
  }
  return inReadingOrder(best, settings.rows).map((row) => ({ ...row, support: supportOf(row, levels, settings) }));
}

// From top to bottom, and from left to right where rows stand side by side.
function inReadingOrder(rows, { level }) {
  const depth = ({ box }) => box[1] + box[3];
  const lines = [];
  for (const row of [...rows].sort((one, other) => depth(one) - depth(other))) {
    const first = lines.at(-1)?.[0].box;
    const overlap = first ? Math.min(first[3], row.box[3]) - Math.max(first[1], row.box[1]) : 0;
    const isLevel = first && overlap > level * Math.min(first[3] - first[1], row.box[3] - row.box[1]);
    if (isLevel) lines.at(-1).push(row);
    else lines.push([row]);
  }
  return lines.flatMap((line) => line.sort((one, other) => one.box[0] - other.box[0]));
}

// The share of the row's digits that are found as the same at another size.
function supportOf(row, levels, { digits: count }) {
  const digits = row.marks.filter((mark) => mark.best < count);
  const others = levels.filter(({ scale }) => scale !== row.scale);
  const isSeen = (digit) => {
    const half = 0.5 * areaOf(digit.box);
    const isSame = (mark) => mark.best === digit.best && sharedArea(digit.box, mark.box) > half;
    return others.some(({ marks }) => marks.some(isSame));
  };
  return digits.filter(isSeen).length / Math.max(digits.length, 1);
}

// The part of the smaller box that lies on the larger.
function shareOn(one, other) {
  return sharedArea(one, other) / Math.max(Math.min(areaOf(one), areaOf(other)), 1e-6);
}

function rowsAt(found, scale, settings) {
  const { rows, classes, digits: count } = settings;
  const marks = found.filter(({ centre }) => centre >= rows.least_mark);
  const digits = marks.filter(({ best }) => best < count);
  const signs = marks.filter(({ best }) => best >= count && best < classes.length - 1);
  return grouped(digits, rows).map((members) => {
    const inRow = [...members, ...signsBeside(members, signs, rows)];
    inRow.sort((one, other) => one.box[0] + one.box[2] - (other.box[0] + other.box[2]));
    const score = sum(members.map((mark) => mark.centre * digitShare(mark, count) - rows.doubt));
    const height = usualHeight(inRow, count);
    return { marks: inRow, score, scale, support: 0, box: boxAround(inRow), height };
  });
}

// Digits that stand side by side, directly or by others between them.
function grouped(digits, settings) {
  const parent = digits.map((_, index) => index);
  const root = (index) => {
    while (parent[index] !== index) index = parent[index] = parent[parent[index]];
    return index;
  };
  const order = [...digits.keys()].sort((one, other) => digits[one].box[0] - digits[other].box[0]);
  const reach = settings.widest_gap * Math.max(0, ...digits.map(heightOf));
  order.forEach((index, place) => {
    for (const other of order.slice(place + 1)) {
      if (digits[other].box[0] > digits[index].box[2] + reach) break;
      if (isLinked(digits[index], digits[other], settings)) parent[root(other)] = root(index);
    }
  });
  const groups = new Map();
  digits.forEach((digit, index) => {
    const key = root(index);
    groups.set(key, [...(groups.get(key) ?? []), digit]);
  });
  return [...groups.entries()].sort(([one], [other]) => one - other).map(([, members]) => members);
}

// Whether a digit further to the right belongs beside this one.
function isLinked(one, other, settings) {
  const [smaller, larger] = [heightOf(one), heightOf(other)].sort((a, b) => a - b);
  const overlap = Math.min(one.box[3], other.box[3]) - Math.max(one.box[1], other.box[1]);
  const gap = other.box[0] - one.box[2];
  const isLevel = overlap > settings.least_overlap * smaller;
  return isLevel && gap < settings.widest_gap * smaller && larger < settings.most_unlike * smaller;
}

// The signs that stand in the row: near one of its digits, and no higher or lower than signs are.
function signsBeside(members, signs, settings) {
  const height = median(members.map(heightOf));
  return signs.filter(({ box }) => {
    const gapTo = (member) => Math.max(box[0], member.box[0]) - Math.min(box[2], member.box[2]);
    const gaps = members.map(gapTo);
    const gap = Math.min(...gaps);
    const { box: beside } = members[gaps.indexOf(gap)];
    const middle = (box[1] + box[3]) / 2;
    const highest = beside[1] - settings.sign_above * height;
    const lowest = beside[3] + settings.sign_below * height;
    return middle > highest && middle < lowest && gap < settings.sign_reach * height;
  });
}
