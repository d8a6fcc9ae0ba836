// Strokes → lines: which strokes stand beside each other, in reading order (reading/lines.py).

import { median, searchRight, sum } from "./numbers.js";

const [LEFT, TOP, RIGHT, BOTTOM] = [0, 1, 2, 3];
const FURTHEST = 4;
const MOST_UNLIKE = 3.2;
const heightOf = (box) => box[BOTTOM] - box[TOP];
const sizeOf = (box) => Math.max(heightOf(box), Math.floor((box[RIGHT] - box[LEFT]) / 2));
const across = (one, other) => Math.max(one[LEFT] - other[RIGHT], other[LEFT] - one[RIGHT], 0);
const down = (one, other) => Math.max(one[TOP] - other[BOTTOM], other[TOP] - one[BOTTOM], 0);

// Lines from the top of the page down: { strokes, height }.
export function linesOf(boxes) {
  if (!boxes.length) return [];
  const typical = typicalHeight(boxes);
  const isMajor = boxes.map((box) => sizeOf(box) >= 0.42 * typical);
  const major = boxes.map((_, index) => index).filter((index) => isMajor[index]).sort((one, other) => boxes[one][LEFT] - boxes[other][LEFT]);
  let lines = chainsOf(boxes, major).map((strokes) => ({ strokes, height: median(strokes.map((stroke) => heightOf(boxes[stroke]))) }));
  const small = lines.filter((line) => isAside(line, lines, boxes));
  lines = lines.filter((line) => !small.includes(line));
  addMinor(lines, boxes, [...boxes.keys()].filter((index) => !isMajor[index]).concat(small.flatMap((line) => line.strokes)));
  for (const line of lines) line.strokes.sort((one, other) => boxes[one][LEFT] - boxes[other][LEFT] || boxes[one][TOP] - boxes[other][TOP]);
  return inReadingOrder(lines, boxes);
}

// One small stroke just beside a line of larger ones, as a comma is.
function isAside(line, lines, boxes) {
  if (line.strokes.length > 1) return false;
  const own = boxes[line.strokes[0]];
  return lines.some((other) => line.height <= 0.68 * other.height
    && other.strokes.some((stroke) => across(boxes[stroke], own) <= 0.5 * other.height && down(boxes[stroke], own) <= 0.1 * other.height));
}

// The height that half of all stroke height lies below: specks weigh little, however many.
function typicalHeight(boxes) {
  const heights = boxes.map(heightOf).sort((one, other) => one - other);
  let rest = sum(heights) / 2;
  return heights.find((height) => (rest -= height) <= 0);
}

// Each stroke followed by the nearest one to its right that stands beside it.
function chainsOf(boxes, ordered) {
  const [followed, taken] = [new Map(), new Set()];
  const links = linksOf(boxes, ordered).sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  for (const [, one, other] of links) {
    if (followed.has(one) || taken.has(other)) continue;
    followed.set(one, other);
    taken.add(other);
  }
  return ordered.filter((start) => !taken.has(start)).map((start) => {
    const chain = [start];
    while (followed.has(chain.at(-1))) chain.push(followed.get(chain.at(-1)));
    return chain;
  });
}

function linksOf(boxes, ordered) {
  const lefts = ordered.map((index) => boxes[index][LEFT]);
  const sizes = ordered.map((index) => sizeOf(boxes[index]));
  const middle = (box) => (box[TOP] + box[BOTTOM]) / 2;
  const reach = FURTHEST * Math.max(0, ...sizes);
  return ordered.flatMap((one, place) => {
    const own = boxes[one];
    const end = searchRight(lefts, own[RIGHT] + Math.min(reach, FURTHEST * MOST_UNLIKE * sizes[place]));
    const near = [];
    for (let index = place + 1; index < end; index += 1) {
      const other = boxes[ordered[index]];
      const larger = Math.max(sizes[index], sizes[place]);
      const gap = Math.max(lefts[index] - own[RIGHT], 0);
      const drop = Math.abs(middle(other) - middle(own));
      const overlap = Math.min(other[BOTTOM], own[BOTTOM]) - Math.max(other[TOP], own[TOP]);
      const shorter = Math.max(Math.min(heightOf(other), heightOf(own)), 1);
      if (gap <= FURTHEST * larger && drop <= 0.62 * larger + 0.05 * gap && overlap >= 0.3 * shorter - 0.1 * gap
        && larger <= MOST_UNLIKE * Math.min(sizes[index], sizes[place])) near.push([gap + 1.5 * drop, one, ordered[index]]);
    }
    return near.sort((a, b) => a[0] - b[0]).slice(0, 3);
  });
}

// Dots, dashes and broken-off pieces go to the line whose strokes they lie nearest to.
function addMinor(lines, boxes, minor) {
  const members = lines.flatMap((line) => line.strokes.map((stroke) => [stroke, line]));
  for (const stroke of minor) {
    let [best, nearest] = [Infinity, null];
    for (const [member, line] of members) {
      const [aside, above] = [across(boxes[member], boxes[stroke]), down(boxes[member], boxes[stroke])];
      if (aside <= 0.9 * line.height && above <= 0.3 * line.height && aside + 2 * above < best) [best, nearest] = [aside + 2 * above, line];
    }
    nearest?.strokes.push(stroke);
  }
}

function inReadingOrder(lines, boxes) {
  const middles = lines.map((line) => median(line.strokes.map((stroke) => (boxes[stroke][TOP] + boxes[stroke][BOTTOM]) / 2)));
  const rows = [];
  for (const index of [...lines.keys()].sort((one, other) => middles[one] - middles[other])) {
    const row = rows.at(-1);
    if (row && middles[index] - middles[row[0]] < 0.5 * Math.max(lines[index].height, lines[row[0]].height)) row.push(index);
    else rows.push([index]);
  }
  const left = (index) => boxes[lines[index].strokes[0]][LEFT];
  return rows.flatMap((row) => row.sort((one, other) => left(one) - left(other))).map((index) => lines[index]);
}
