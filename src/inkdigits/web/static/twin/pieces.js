// A line's strokes → the pieces digits are made of (reading/pieces.py). A piece is { left, top, ink, stroke, cut }.

import { strokeWidth } from "./glyphs.js";
import { labelled, widen } from "./masks.js";
import { boundingBox, mapped, part, plane, round } from "./numbers.js";
import { byArea } from "./resize.js";

const [SEAM_PX, MOST_CUTS, THICKEST_CUT, SIDE_STEP] = [40, 14, 4.5, 0.35];
export const rightOf = (piece) => piece.left + piece.ink.w;
export const bottomOf = (piece) => piece.top + piece.ink.h;

// A whole stroke as one piece.
export function strokePiece(sheet, stroke) {
  const [l, t, r, b] = sheet.boxes[stroke];
  const [left, top, right, bottom] = [Math.max(0, l - 1), Math.max(0, t - 1), Math.min(sheet.w, r + 1), Math.min(sheet.h, b + 1)];
  const labels = part({ w: sheet.w, h: sheet.h, d: sheet.labels }, left, top, right, bottom);
  const rim = widen(labelled(labels, stroke + 1), 3);
  const ink = part(sheet.ink, left, top, right, bottom);
  ink.d.forEach((_, at) => { if (!rim.d[at] || (labels.d[at] && labels.d[at] !== stroke + 1)) ink.d[at] = 0; });
  return { left, top, ink, stroke, cut: 0 };
}

// The piece cut at every place where two digits may touch, from left to right; itself where there is none.
export function cutPieces(piece, lineHeight) {
  const { w, h } = piece.ink;
  const scale = Math.min(1, SEAM_PX / h);
  const small = scale < 1 ? byArea(piece.ink, Math.max(2, round(w * scale)), Math.max(2, round(h * scale))) : piece.ink;
  const seams = seamsOf(small, strokeWidth(small), Math.min(lineHeight * scale, small.h));
  return seams.length ? along(piece, seams, small.w / w, small.h / h) : [piece];
}

// Paths from top to bottom through little ink, apart from each other, with the ink each crosses in pens.
function seamsOf(ink, pen, height) {
  const { w, h, d } = ink;
  const ways = cheapest(ink);
  const upside = plane(w, h);
  for (let y = 0; y < h; y += 1) upside.d.set(d.subarray(y * w, (y + 1) * w), (h - 1 - y) * w);
  const back = cheapest(upside);
  const middle = h >> 1;
  const through = Array.from({ length: w }, (_, x) => Math.fround(ways.total[middle * w + x] + back.total[(h - 1 - middle) * w + x]) - d[middle * w + x] / 255);
  const [apart, edge] = [Math.max(2, round(0.12 * height)), Math.max(2, round(0.14 * height))];
  const most = Math.min(MOST_CUTS, 3 + Math.floor((4 * w) / Math.max(1, round(height))));
  const found = [];
  for (const x of [...through.keys()].sort((one, other) => through[one] - through[other])) {
    if (found.length >= most || through[x] > THICKEST_CUT * pen) break;
    if (x < edge || x >= w - edge || found.some(({ seam }) => Math.abs(x - seam[middle]) < apart)) continue;
    const seam = trace(ways.steps, back.steps, x, middle, w, h);
    const sides = [false, false];
    let crossed = 0;
    for (let y = 0; y < h; y += 1) {
      for (let column = 0; column < w; column += 1) if (d[y * w + column]) sides[column < seam[y] ? 0 : 1] = true;
      crossed += d[y * w + Math.min(w - 1, Math.max(0, seam[y]))];
    }
    if (sides[0] && sides[1]) found.push({ seam, crossed: crossed / 255 / pen });
  }
  return found.sort((one, other) => one.seam[middle] - other.seam[middle]);
}

// The least ink crossed on the way down to each pixel, and which way each step came from.
function cheapest({ w, h, d }) {
  const total = mapped(d, Float32Array, (shade) => shade / 255);
  const steps = new Int8Array(w * h);
  for (let y = 1, at = w; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      let [best, step] = [total[at - w], 0];
      if (x && total[at - w - 1] + SIDE_STEP < best) [best, step] = [total[at - w - 1] + SIDE_STEP, -1];
      if (x + 1 < w && total[at - w + 1] + SIDE_STEP < best) [best, step] = [total[at - w + 1] + SIDE_STEP, 1];
      steps[at] = step;
      total[at] += best;
    }
  }
  return { total, steps };
}

function trace(steps, back, x, middle, w, h) {
  const seam = new Int32Array(h);
  seam[middle] = x;
  for (let y = middle; y > 0; y -= 1) seam[y - 1] = seam[y] + steps[y * w + seam[y]];
  for (let y = middle; y < h - 1; y += 1) seam[y + 1] = seam[y] + back[(h - 1 - y) * w + seam[y]];
  return seam;
}

function along(piece, seams, across, down) {
  const { w, h, d } = piece.ink;
  const rows = Array.from({ length: h }, (_, y) => Math.min(Math.trunc(y * down), seams[0].seam.length - 1));
  const bounds = [rows.map(() => 0), ...seams.map(({ seam }) => rows.map((row) => seam[row] / across)), rows.map(() => w + 1)];
  const pieces = [];
  let low = bounds[0];
  [0, ...seams.map(({ crossed }) => crossed)].forEach((cut, index) => {
    low = low.map((value, y) => Math.max(value, bounds[index][y]));
    const ink = plane(w, h);
    for (let y = 0; y < h; y += 1) {
      const high = Math.max(bounds[index + 1][y], low[y]);
      for (let x = 0; x < w; x += 1) if (x >= low[y] && x < high) ink.d[y * w + x] = d[y * w + x];
    }
    const [left, top, width, height] = boundingBox(ink);
    if (!width) return;
    const fresh = { left: piece.left + left, top: piece.top + top, ink: part(ink, left, top, left + width, top + height), stroke: piece.stroke, cut };
    if (pieces.length) fresh.cut += 2 * overlap(pieces.at(-1), fresh);
    pieces.push(fresh);
  });
  return pieces;
}

// How much of the narrower piece lies above or below the other.
export function overlap(one, other) {
  const shared = Math.min(rightOf(one), rightOf(other)) - Math.max(one.left, other.left);
  return Math.max(0, shared) / Math.max(1, Math.min(one.ink.w, other.ink.w));
}

export function around(pieces) {
  return [
    Math.min(...pieces.map((piece) => piece.left)), Math.min(...pieces.map((piece) => piece.top)),
    Math.max(...pieces.map(rightOf)), Math.max(...pieces.map(bottomOf)),
  ];
}

// The ink of several pieces on one canvas.
export function joined(pieces) {
  if (pieces.length === 1) return pieces[0].ink;
  const [left, top, right, bottom] = around(pieces);
  const canvas = plane(right - left, bottom - top);
  for (const piece of pieces) {
    for (let y = 0; y < piece.ink.h; y += 1) {
      for (let x = 0; x < piece.ink.w; x += 1) {
        const at = (piece.top - top + y) * canvas.w + piece.left - left + x;
        canvas.d[at] = Math.max(canvas.d[at], piece.ink.d[y * piece.ink.w + x]);
      }
    }
  }
  return canvas;
}
