// Pictures of another size, as OpenCV computes them: by area when they shrink, linear and cubic when they grow.

import { plane, round } from "./numbers.js";

const clamp = (value) => (value < 0 ? 0 : value > 255 ? 255 : value);
const f32 = Math.fround;

// `across` and `down` are how many pixels of the source lie in one of the result; by default what the sizes say.
export function byArea(source, w, h, across = 1 / (w / source.w), down = 1 / (h / source.h)) {
  if (w === source.w && h === source.h) return source;
  const [whole, wholeDown] = [round(across), round(down)];
  if (Math.abs(across - whole) < 2.3e-16 && Math.abs(down - wholeDown) < 2.3e-16) return byWholeArea(source, w, h, whole, wholeDown);
  const columns = areaTable(source.w, w, across);
  const rows = areaTable(source.h, h, down);
  const out = plane(w, h);
  const line = new Float32Array(w);
  const total = new Float32Array(w);
  for (let y = 0, at = 0; y < h; y += 1) {
    total.fill(0);
    for (; at < rows.length && rows[at].to === y; at += 1) {
      line.fill(0);
      const from = rows[at].from * source.w;
      for (const cell of columns) line[cell.to] += f32(source.d[from + cell.from] * cell.share);
      for (let x = 0; x < w; x += 1) total[x] += f32(rows[at].share * line[x]);
    }
    for (let x = 0; x < w; x += 1) out.d[y * w + x] = clamp(round(total[x]));
  }
  return out;
}

function areaTable(source, target, scale) {
  const table = [];
  for (let to = 0; to < target; to += 1) {
    const [start, end] = [to * scale, to * scale + scale];
    const width = Math.min(scale, source - start);
    const high = Math.min(Math.floor(end), source - 1);
    const low = Math.min(Math.ceil(start), high);
    if (low - start > 1e-3) table.push({ to, from: low - 1, share: f32((low - start) / width) });
    for (let from = low; from < high; from += 1) table.push({ to, from, share: f32(1 / width) });
    if (end - high > 1e-3) table.push({ to, from: high, share: f32(Math.min(Math.min(end - high, 1), width) / width) });
  }
  return table;
}

function byWholeArea(source, w, h, across, down) {
  const out = plane(w, h);
  const share = f32(1 / (across * down));
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const [right, bottom] = [Math.min(source.w, (x + 1) * across), Math.min(source.h, (y + 1) * down)];
      let [total, count] = [0, 0];
      for (let row = y * down; row < bottom; row += 1) {
        for (let column = x * across; column < right; column += 1, count += 1) total += source.d[row * source.w + column];
      }
      if (count === across * down) out.d[y * w + x] = across === 2 && down === 2 ? (total + 2) >> 2 : clamp(round(f32(total * share)));
      else out.d[y * w + x] = count ? clamp(round(f32(total / count))) : 0;
    }
  }
  return out;
}

// Where each pixel of the result falls between two of the source. Beyond the edge OpenCV weighs the last column once, the last row twice.
function betweens(source, target, scale, once = true) {
  return Array.from({ length: target }, (_, to) => {
    const place = f32((to + 0.5) * scale - 0.5);
    let from = Math.floor(place);
    let share = f32(place - from);
    const next = Math.min(from + 1, source - 1);
    if (from < 0 || from >= source - 1) [from, share] = [Math.max(from, 0), once ? 0 : share];
    return { from: Math.min(from, source - 1), next, share };
  });
}

// Eight bits, in whole numbers with eleven bits of fraction.
export function linear(source, w, h) {
  if (w === source.w && h === source.h) return source;
  const fixed = ({ from, next, share }) => ({ from, next, far: round(share * 2048), near: round(f32(1 - share) * 2048) });
  const columns = betweens(source.w, w, 1 / (w / source.w)).map(fixed);
  const rows = betweens(source.h, h, 1 / (h / source.h), false).map(fixed);
  const lines = new Map();
  const lineOf = (row) => {
    if (!lines.has(row)) {
      if (lines.size > 3) lines.delete(lines.keys().next().value);
      lines.set(row, Int32Array.from(columns, ({ from, next, far, near }) => source.d[row * source.w + from] * near + source.d[row * source.w + next] * far));
    }
    return lines.get(row);
  };
  const out = plane(w, h);
  rows.forEach(({ from, next, far, near }, y) => {
    const [above, below] = [lineOf(from), lineOf(next)];
    for (let x = 0; x < w; x += 1) {
      out.d[y * w + x] = clamp((((near * (above[x] >> 4)) >> 16) + ((far * (below[x] >> 4)) >> 16) + 2) >> 2);
    }
  });
  return out;
}

export function linearFloat(source, w, h) {
  const columns = betweens(source.w, w, 1 / (w / source.w));
  const rows = betweens(source.h, h, 1 / (h / source.h));
  const out = plane(w, h, new Float32Array(w * h));
  const along = (row) => Float32Array.from(columns, ({ from, next, share }) => source.d[row * source.w + from] * (1 - share) + source.d[row * source.w + next] * share);
  const lines = Array.from({ length: source.h }, (_, row) => along(row));
  rows.forEach(({ from, next, share }, y) => {
    const [above, below] = [lines[from], lines[next]];
    for (let x = 0; x < w; x += 1) out.d[y * w + x] = above[x] * (1 - share) + below[x] * share;
  });
  return out;
}

export function cubic(source, w, h, across, down) {
  const columns = cubicTable(source.w, w, across);
  const rows = cubicTable(source.h, h, down);
  const lines = plane(w, source.h, new Int32Array(w * source.h));
  for (let y = 0; y < source.h; y += 1) {
    columns.forEach(({ from, shares }, x) => {
      lines.d[y * w + x] = shares.reduce((total, share, tap) => total + share * source.d[y * source.w + from[tap]], 0);
    });
  }
  const out = plane(w, h);
  rows.forEach(({ from, shares }, y) => {
    for (let x = 0; x < w; x += 1) {
      const total = shares.reduce((sum, share, tap) => sum + share * lines.d[from[tap] * w + x], 0);
      out.d[y * w + x] = clamp(round(total / 4194304));
    }
  });
  return out;
}

function cubicTable(source, target, scale) {
  const A = -0.75;
  return Array.from({ length: target }, (_, to) => {
    const place = f32((to + 0.5) * scale - 0.5);
    const start = Math.floor(place);
    const x = f32(place - start);
    const first = ((A * (x + 1) - 5 * A) * (x + 1) + 8 * A) * (x + 1) - 4 * A;
    const second = ((A + 2) * x - (A + 3)) * x * x + 1;
    const third = ((A + 2) * (1 - x) - (A + 3)) * (1 - x) * (1 - x) + 1;
    const shares = [first, second, third, 1 - first - second - third].map((share) => round(f32(share) * 2048));
    return { shares, from: [-1, 0, 1, 2].map((step) => Math.min(source - 1, Math.max(0, start + step))) };
  });
}
