// The network's map → marks (reading/marks/found.py).
// A mark: { box, centre, classes, best }, where `best` is its likeliest class.

import { argmax, softmax } from "./arrays.js";

const f32 = Math.fround;
const CENTRE = 0;
const FIRST_CLASS = 1;

// The marks on one map (channels, rows, columns), surest first, each once.
export function peaksOf({ data, rows, columns }, { peaks, stride, classes }) {
  const size = rows * columns;
  const least = Math.log(peaks.least_centre / (1 - peaks.least_centre));
  const marks = [];
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      if (data[CENTRE * size + at] > least && isHighest(data, at, row, column, rows, columns)) {
        marks.push(markAt(data, at, row, column, size, { peaks, stride, count: classes.length }));
      }
    }
  }
  marks.sort((one, other) => other.centre - one.centre);
  return withoutDoubles(marks.slice(0, peaks.most), peaks);
}

function isHighest(logits, at, row, column, rows, columns) {
  const [left, right] = [column > 0 ? -1 : 0, column + 1 < columns ? 1 : 0];
  const [above, below] = [row > 0 ? -1 : 0, row + 1 < rows ? 1 : 0];
  for (let down = above; down <= below; down += 1) {
    for (let across = left; across <= right; across += 1) {
      if (logits[at + down * columns + across] > logits[at]) return false;
    }
  }
  return true;
}

function markAt(data, at, row, column, size, { peaks, stride, count }) {
  const value = (channel) => data[channel * size + at];
  const scores = Array.from({ length: count }, (_, index) => value(FIRST_CLASS + index));
  const firstBox = FIRST_CLASS + count;
  const [shiftX, shiftY, logWidth, logHeight] = [0, 1, 2, 3].map((side) => value(firstBox + side));
  const [x, y] = [(column + 0.5 + shiftX) * stride, (row + 0.5 + shiftY) * stride];
  const half = (log) => f32(Math.exp(Math.min(log, peaks.most_log_side)) * (stride / 2));
  const [halfX, halfY] = [half(logWidth), half(logHeight)];
  const box = [x - halfX, y - halfY, x + halfX, y + halfY].map(f32);
  const centre = f32(1 / (1 + Math.exp(-value(CENTRE))));
  return { box, centre, classes: softmax(scores), best: argmax(scores) };
}

// Of marks that lie on one another the first stays.
function withoutDoubles(marks, peaks) {
  const kept = [];
  for (const mark of marks) {
    const area = Math.max(areaOf(mark.box), 1e-6);
    const isDouble = kept.some((other) => {
      const shared = sharedArea(mark.box, other.box);
      const [smaller, larger] = [Math.min(area, other.area), Math.max(area, other.area)];
      const same = shared > peaks.same_mark * (smaller + larger - shared);
      return same || (shared > peaks.inside * smaller && smaller > peaks.like_size * larger);
    });
    if (!isDouble) kept.push({ ...mark, area });
  }
  return kept;
}

export const areaOf = ([left, top, right, bottom]) => (right - left) * (bottom - top);

export function sharedArea(one, other) {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

// The share of the digit that a mark looks most like.
export const digitShare = ({ classes }, digits) => Math.max(...classes.subarray(0, digits));
