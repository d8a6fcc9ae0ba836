// Upright bars among digits, which the line net takes for the walls of boxes: where a digit would stand, they are 1s (reading/bars.py).

import { isOneStroke } from "./decoding.js";
import { argmax } from "./numbers.js";
import { around } from "./pieces.js";

const [ONE, SURE, SEEN, OTHERWISE] = [1, 0.6, 0.7, 0.3];
const [WIDEST, LEAST_TALL, MOST_TALL, LEVEL, BESIDE_TALL] = [0.3, 0.8, 1.25, 0.2, 0.7];
const tall = (place) => place[3] - place[1];
const isBar = (place) => place[2] - place[0] <= WIDEST * tall(place);

// What the line net sees, with a 1 where it sees nothing though a bar stands there that the digit net is sure of.
export function withBars(columns, strip, { pieces, spans, scores, height }) {
  const parts = new Map();
  for (const piece of pieces) parts.set(piece.stroke, [...(parts.get(piece.stroke) ?? []), piece]);
  const beside = [...parts.values()].map(around).filter((place) => !isBar(place) && tall(place) >= BESIDE_TALL * height);
  let seen = columns;
  spans.forEach((span, index) => {
    const taken = pieces.slice(span.start, span.end);
    if (scores.share[index] < SURE || argmax(scores.probabilities[index]) !== ONE || !isOneStroke(span, taken)) return;
    const place = around(taken);
    const like = LEAST_TALL <= tall(place) / height && tall(place) / height <= MOST_TALL;
    if (isBar(place) && like && isLevel(place, beside, height)) seen = withAOne(seen, strip, place);
  });
  return seen;
}

// Whether it stands at the height of its nearest neighbour on either side, and has one.
function isLevel(place, beside, height) {
  const before = beside.filter((other) => other[0] < place[0]).reduce((one, other) => (!one || other[0] > one[0] ? other : one), null);
  const behind = beside.filter((other) => other[0] > place[0]).reduce((one, other) => (!one || other[0] < one[0] ? other : one), null);
  const near = [before, behind].filter(Boolean);
  return near.length > 0 && near.every((other) => Math.abs(other[1] + other[3] - place[1] - place[3]) / 2 <= LEVEL * height);
}

function withAOne(columns, strip, place) {
  const first = Math.min(Math.max(0, Math.trunc(strip.column(place[0]))), columns.length - 1);
  const part = columns.slice(first, Math.trunc(strip.column(place[2])) + 2);
  const at = first + argmax(part.map((row) => row[ONE]));
  const others = part.map((row) => Math.max(...row.slice(0, 10).map((value, digit) => (digit === ONE ? 0 : value))));
  if (columns[at][ONE] >= SEEN || Math.max(...others) > OTHERWISE) return columns;
  const rest = (1 - SEEN) / (1 - columns[at][ONE]);
  return columns.map((row, index) => (index === at ? row.map((value, sign) => (sign === ONE ? SEEN : value * rest)) : row));
}
