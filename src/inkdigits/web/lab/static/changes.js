// What can be done to a framed digit to break the answer: glyph in, changed glyph out.

import { plane } from "./reader/arrays.js";

const SIZE_PX = 28;
const MIDDLE = (SIZE_PX - 1) / 2;
const SEED = 20; // noise is the same each time, so that it does not flicker

export const NONE = { right: 0, down: 0, turn: 0, size: 100, thickness: 0, noise: 0, cover: 0, invert: false };

export function changed(glyph, changes) {
  const wanted = { ...NONE, ...changes };
  let { d } = glyph;
  d = moved(d, wanted);
  for (let step = 0; step < Math.abs(wanted.thickness); step += 1) d = strokes(d, wanted.thickness > 0 ? Math.max : Math.min);
  d = covered(d, wanted.cover);
  if (wanted.noise) d = noisy(d, wanted.noise);
  if (wanted.invert) d = d.map((shade) => 255 - shade);
  return plane(SIZE_PX, SIZE_PX, d);
}

// Shifted by pixels, turned by degrees about the middle, scaled to a share of 100.
function moved(d, { right, down, turn, size }) {
  if (!right && !down && !turn && size === 100) return d;
  const [cos, sin] = [Math.cos, Math.sin].map((of) => (of((turn * Math.PI) / 180) * 100) / size);
  const out = new Uint8Array(d.length);
  for (let y = 0; y < SIZE_PX; y += 1) {
    for (let x = 0; x < SIZE_PX; x += 1) {
      const [across, along] = [x - MIDDLE - right, y - MIDDLE - down];
      out[y * SIZE_PX + x] = Math.round(between(d, MIDDLE + cos * across + sin * along, MIDDLE - sin * across + cos * along));
    }
  }
  return out;
}

function between(d, x, y) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (column, row) => (column < 0 || row < 0 || column >= SIZE_PX || row >= SIZE_PX ? 0 : d[row * SIZE_PX + column]);
  const [dx, dy] = [x - left, y - top];
  const upper = at(left, top) * (1 - dx) + at(left + 1, top) * dx;
  const lower = at(left, top + 1) * (1 - dx) + at(left + 1, top + 1) * dx;
  return upper * (1 - dy) + lower * dy;
}

// Thicker or thinner by half a pixel on each side.
function strokes(d, choose) {
  const at = (x, y) => (x < 0 || y < 0 || x >= SIZE_PX || y >= SIZE_PX ? 0 : d[y * SIZE_PX + x]);
  return d.map((shade, place) => {
    const [x, y] = [place % SIZE_PX, Math.floor(place / SIZE_PX)];
    const most = choose(shade, at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1));
    return Math.round((shade + most) / 2);
  });
}

// A square of paper over the middle.
function covered(d, side) {
  const first = Math.round((SIZE_PX - side) / 2);
  const isIn = (place) => place >= first && place < first + side;
  return d.map((shade, place) => (isIn(place % SIZE_PX) && isIn(Math.floor(place / SIZE_PX)) ? 0 : shade));
}

function noisy(d, strength) {
  let seed = SEED;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  return Uint8Array.from(d, (shade) => {
    const bell = next() + next() + next() - 1.5;
    return Math.min(255, Math.max(0, Math.round(shade + 2 * strength * bell)));
  });
}

const MOST_PIXELS = 30;
const PROMISING = 120; // pixels that are tried again after the first step
const BATCH = 56;

// A few pixels that make the network say another digit: one after the other, each time the one that costs the answer most.
// Gives { glyph, pixels, digit }, or null where so many pixels do not do it.
export async function fooling(network, glyph, digit, pause) {
  let { d } = glyph;
  let places = Array.from(d, (_, place) => place);
  for (let pixels = 1; pixels <= MOST_PIXELS; pixels += 1) {
    const tried = [];
    for (let first = 0; first < places.length; first += BATCH) {
      await pause?.();
      const some = places.slice(first, first + BATCH);
      const rows = await network.raw(some.map((place) => plane(SIZE_PX, SIZE_PX, flipped(d, place))));
      rows.forEach((row, index) => tried.push({ place: some[index], lead: lead(row, digit) }));
    }
    tried.sort((one, other) => one.lead - other.lead);
    d = flipped(d, tried[0].place);
    if (tried[0].lead < 0) return { glyph: plane(SIZE_PX, SIZE_PX, d), pixels };
    places = tried.slice(1, 1 + PROMISING).map(({ place }) => place);
  }
  return null;
}

function flipped(d, place) {
  const out = d.slice();
  out[place] = d[place] < 128 ? 255 : 0;
  return out;
}

// How far the digit is ahead of the next; below 0 it is not the answer any more.
function lead(row, digit) {
  const others = row.slice(0, 10).filter((_, other) => other !== digit);
  return Math.log(row[digit] + 1e-12) - Math.log(Math.max(...others) + 1e-12);
}
