// A line's strip → what the line net sees in each of its columns, and what that says of a piece of the line (reading/linenet.py).
// Columns are rows of eleven probabilities: the ten digits, and nothing.

import { argmax, logAddExp } from "./numbers.js";
import { COLUMN_PX, HEIGHT_PX } from "./strip.js";

export const NOTHING = 10;
const [PADDING_PX, BATCH_PX, UNLIKELY, PLAIN, FAR_BEHIND, WIDTH] = [32, 4096, 3e-3, 0.9, 9, 5];
const logOf = (value) => Math.log(Math.max(value, 1e-12));

export class LineNet {
  static async open(base, { ort, settings }) {
    const model = await fetch(new URL("model/lines.onnx", base)).then((response) => response.arrayBuffer());
    return new LineNet(ort, await ort.InferenceSession.create(model, { executionProviders: ["wasm"] }), settings);
  }

  constructor(ort, session, { line_weights: weights, digit_weights: digitWeights }) {
    Object.assign(this, { ort, session, weights, digitWeights });
  }

  // For each strip its columns.
  async columns(strips) {
    const found = new Array(strips.length);
    const order = [...strips.keys()].sort((one, other) => strips[one].ink.w - strips[other].ink.w);
    for (const rows of groupsOf(order, strips)) {
      const answers = await this.#run(rows.map((row) => strips[row].ink));
      rows.forEach((row, index) => { found[row] = answers[index].slice(0, Math.floor(strips[row].ink.w / COLUMN_PX)); });
    }
    return found;
  }

  async #run(inks) {
    const width = Math.ceil(Math.max(...inks.map((ink) => ink.w)) / PADDING_PX) * PADDING_PX;
    const batch = new Float32Array(inks.length * HEIGHT_PX * width);
    inks.forEach(({ w, d }, index) => {
      for (let at = 0; at < d.length; at += 1) batch[(index * HEIGHT_PX + Math.floor(at / w)) * width + (at % w)] = d[at] * Math.fround(1 / 255);
    });
    const results = await this.session.run({ image: new this.ort.Tensor("float32", batch, [inks.length, HEIGHT_PX, width, 1]) });
    const { data, dims: [, signs, , columns] } = Object.values(results)[0];
    const row = (index, column) => Float64Array.from({ length: signs }, (_, sign) => data[(index * signs + sign) * columns + column]);
    return inks.map((_, index) => Array.from({ length: columns }, (__, column) => row(index, column)));
  }

  // The probability that a whole line is right, as fitted on held-out writers' lines.
  confidence(evidence) {
    return this.weights ? confidenceOf(this.weights, featuresOf(evidence)) : evidence.share;
  }

  // The probability that a digit is right, from its share among all ways to read its place, and its line's confidence.
  digitConfidence(share, line) {
    return this.digitWeights ? confidenceOf(this.digitWeights, [logOdds(share), logOdds(line)]) : share;
  }
}

function confidenceOf([start, ...weights], found) {
  const score = found.reduce((total, feature, index) => total + weights[index] * feature, start);
  return 1 / (1 + Math.exp(-Math.min(30, Math.max(-30, score))));
}

function logOdds(share) {
  const bounded = Math.min(Math.max(share, 1e-4), 1 - 1e-4);
  return Math.log(bounded / (1 - bounded));
}

function featuresOf({ share, lineLog, agree, least, length }) {
  return [logOdds(share), logOdds(Math.exp(Math.min(0, lineLog))), logOdds(least), Number(agree), Math.log(length)];
}

// Neighbours in order of width, so many together that they fill a batch.
function groupsOf(order, strips) {
  const groups = [];
  for (const row of order) {
    if (groups.length && (groups.at(-1).length + 1) * strips[row].ink.w <= BATCH_PX) groups.at(-1).push(row);
    else groups.push([row]);
  }
  return groups;
}

// From one column to another: the probability that just one digit is read there, for each of the ten; and none.
export function emissions(columns, first, last) {
  let before = 1;
  const [inside, after] = [new Float64Array(NOTHING), new Float64Array(NOTHING)];
  for (let at = first; at < last; at += 1) {
    const row = columns[at];
    for (let digit = 0; digit < NOTHING; digit += 1) {
      after[digit] = (inside[digit] + after[digit]) * row[NOTHING];
      inside[digit] = (before + inside[digit]) * row[digit];
    }
    before *= row[NOTHING];
  }
  return { digits: inside.map((value, digit) => value + after[digit]), nothing: before };
}

const signsOf = (text) => [NOTHING, ...text.flatMap((digit) => [digit, NOTHING])];
const maySkip = (signs, place) => place % 2 === 1 && place > 1 && signs[place] !== signs[place - 2];

// The log of the probability that the net reads just these digits from the whole strip (CTC's forward sum).
export function likelihood(columns, text) {
  const signs = signsOf(text);
  let state = signs.map((sign, place) => (place < 2 ? logOf(columns[0][sign]) : -Infinity));
  for (const row of columns.slice(1)) {
    state = signs.map((sign, place) => {
      const near = logAddExp(state[place], place ? state[place - 1] : -Infinity);
      return logAddExp(near, maySkip(signs, place) ? state[place - 2] : -Infinity) + logOf(row[sign]);
    });
  }
  return state.slice(-2).reduce(logAddExp);
}

// The likeliest sign of each column, repeats and nothings dropped.
function plainText(columns) {
  const best = columns.map((row) => argmax(row));
  return best.filter((sign, index) => sign !== NOTHING && sign !== best[index - 1]);
}

// The likeliest digits of a strip with the log of their probability (a prefix beam search).
export function bestText(columns) {
  if (columns.length && columns.every((row) => Math.max(...row) >= PLAIN)) {
    const plain = plainText(columns);
    return { text: plain, log: likelihood(columns, plain) };
  }
  let beams = [{ text: [], ended: 0, going: -Infinity }];
  for (const row of columns) beams = grown(beams, row);
  const best = beams.reduce((one, other) => (total(other) > total(one) ? other : one));
  return { text: best.text, log: total(best) };
}

// A beam is a text so far, and the logs of its probability when nothing, or its last digit, stands in the column.
const total = ({ ended, going }) => logAddExp(ended, going);

function grown(beams, row) {
  const likely = [...row.keys()].filter((sign) => sign !== NOTHING && row[sign] > UNLIKELY);
  const nothing = logOf(row[NOTHING]);
  if (!likely.length) return beams.map((beam) => ({ text: beam.text, ended: total(beam) + nothing, going: -Infinity }));
  const found = new Map();
  const known = (text) => {
    const key = text.join("");
    if (!found.has(key)) found.set(key, { text, ended: -Infinity, going: -Infinity });
    return found.get(key);
  };
  for (const beam of beams) {
    const [same, last] = [known(beam.text), beam.text.at(-1)];
    same.ended = logAddExp(same.ended, total(beam) + nothing);
    if (beam.text.length) same.going = logAddExp(same.going, beam.going + logOf(row[last]));
    for (const digit of likely) {
      const start = last === digit ? beam.ended : total(beam);
      if (start === -Infinity) continue;
      const longer = known([...beam.text, digit]);
      longer.going = logAddExp(longer.going, start + logOf(row[digit]));
    }
  }
  const ordered = [...found.values()].sort((one, other) => total(other) - total(one)).slice(0, WIDTH);
  return ordered.filter((beam) => total(beam) >= total(ordered[0]) - FAR_BEHIND);
}

// For each digit of a text the columns it most likely stands in: from the middle of one gap to that of the next.
export function aligned(columns, text) {
  if (!text.length) return [];
  const signs = signsOf(text);
  let best = signs.map((sign, place) => (place < 2 ? logOf(columns[0][sign]) : -Infinity));
  const backs = [signs.map(() => 0)];
  for (const row of columns.slice(1)) {
    const before = best;
    const ways = (place) => [before[place], place ? before[place - 1] : -Infinity, maySkip(signs, place) ? before[place - 2] : -Infinity];
    backs.push(signs.map((_, place) => argmax(ways(place))));
    best = signs.map((sign, place) => Math.max(...ways(place)) + logOf(row[sign]));
  }
  let place = best.at(-2) >= best.at(-1) ? signs.length - 2 : signs.length - 1;
  const path = [];
  for (let row = columns.length - 1; row >= 0; row -= 1) {
    path[row] = place;
    place -= backs[row][place];
  }
  const edges = [0];
  for (let index = 1; index < text.length; index += 1) edges.push((path.lastIndexOf(2 * index - 1) + path.indexOf(2 * index + 1) + 1) >> 1);
  edges.push(columns.length);
  return text.map((_, index) => [edges[index], edges[index + 1]]);
}
