// Masks of 0 and 1: widened by rectangles, rid of short runs and gaps, as OpenCV does it. What lies beyond the edge never counts.

import { plane } from "./numbers.js";

export function widen(mask, w, h = w) {
  const wide = w > 1 ? alongRows(mask, w) : mask;
  return h > 1 ? alongColumns(wide, h) : wide;
}

// Opening and closing by a line, level or upright: runs of ink, or gaps, that are shorter than it go.
export const opened = (mask, across, length) => (across ? withoutRuns(mask, 1, length) : flipped(withoutRuns(flipped(mask), 1, length)));
export const closed = (mask, across, length) => (across ? withoutRuns(mask, 0, length) : flipped(withoutRuns(flipped(mask), 0, length)));

// Where values are above a bound.
export function above({ w, h, d }, bound) {
  const out = plane(w, h);
  for (let at = 0; at < d.length; at += 1) if (d[at] > bound) out.d[at] = 1;
  return out;
}

// Where a label stands.
export function labelled({ w, h, d }, label) {
  const out = plane(w, h);
  for (let at = 0; at < d.length; at += 1) if (d[at] === label) out.d[at] = 1;
  return out;
}

// What of one mask is not in the other.
export function without({ w, h, d }, other) {
  const out = plane(w, h);
  for (let at = 0; at < d.length; at += 1) out.d[at] = d[at] & (other.d[at] ^ 1);
  return out;
}

// The pixels whose labels count.
export function ofLabels({ w, h }, labels, kept) {
  const out = plane(w, h);
  for (let at = 0; at < labels.length; at += 1) out.d[at] = kept[labels[at]];
  return out;
}

// Rows become columns.
function flipped({ w, h, d }) {
  const out = plane(h, w);
  for (let y = 0, at = 0; y < h; y += 1) for (let x = 0, to = y; x < w; x += 1, at += 1, to += h) out.d[to] = d[at];
  return out;
}

// A run goes on beyond the edge; one that stays is moved right by a pixel where the length is even, as its middle is.
function withoutRuns({ w, h, d }, shade, length) {
  const out = plane(w, h, new Uint8Array(w * h).fill(1 - shade));
  const before = length >> 1;
  const after = length - 1 - before;
  for (let y = 0; y < h; y += 1) {
    const row = d.subarray(y * w, (y + 1) * w);
    for (let start = row.indexOf(shade); start >= 0;) {
      let end = row.indexOf(1 - shade, start);
      if (end < 0) end = w;
      const [first, last] = [start ? start + before : 0, end < w ? end - after : w];
      if (first < last) out.d.fill(shade, y * w + Math.max(0, first - after), y * w + Math.min(w, last + before));
      start = end < w ? row.indexOf(shade, end) : -1;
    }
  }
  return out;
}

// A pixel is ink where the last ink before the far end of its reach lies near enough: one step a pixel, any size.
function alongRows({ w, h, d }, size) {
  const out = plane(w, h);
  const before = size >> 1;
  const after = size - 1 - before;
  for (let start = 0; start < d.length; start += w) {
    let last = -before - 1;
    for (let x = 0; x < after && x < w; x += 1) if (d[start + x]) last = x;
    for (let x = 0; x < w; x += 1) {
      if (x + after < w && d[start + x + after]) last = x + after;
      if (x - last <= before) out.d[start + x] = 1;
    }
  }
  return out;
}

function alongColumns({ w, h, d }, size) {
  const out = plane(w, h);
  const before = size >> 1;
  const after = size - 1 - before;
  const last = new Int32Array(w).fill(-before - 1);
  const look = (y) => { for (let x = 0, at = y * w; x < w; x += 1, at += 1) if (d[at]) last[x] = y; };
  for (let y = 0; y < after && y < h; y += 1) look(y);
  for (let y = 0; y < h; y += 1) {
    if (y + after < h) look(y + after);
    for (let x = 0, at = y * w; x < w; x += 1, at += 1) if (y - last[x] <= before) out.d[at] = 1;
  }
  return out;
}
