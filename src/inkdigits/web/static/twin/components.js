// Pixels that hang together, and how far each lies from the edge of its ink.

import { bordered } from "./numbers.js";

// Labels from 1 on in the order of their first pixels; for each, where it is asked for, its box, how many pixels, and their middle.
// 0 is the ground, not measured.
export function components({ w, h, d }, diagonal = true) {
  const labels = new Int32Array(w * h);
  const parent = [0];
  const root = (label) => {
    while (parent[label] !== label) {
      parent[label] = parent[parent[label]];
      label = parent[label];
    }
    return label;
  };
  const join = (one, other) => {
    if (!one) return other;
    const [a, b] = [root(one), root(other)];
    parent[Math.max(a, b)] = Math.min(a, b);
    return Math.min(a, b);
  };
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      if (!d[at]) continue;
      let label = x ? labels[at - 1] : 0;
      if (y) {
        if (labels[at - w]) label = join(label, labels[at - w]);
        if (diagonal && x && labels[at - w - 1]) label = join(label, labels[at - w - 1]);
        if (diagonal && x + 1 < w && labels[at - w + 1]) label = join(label, labels[at - w + 1]);
      }
      if (!label) {
        label = parent.length;
        parent.push(label);
      }
      labels[at] = label;
    }
  }
  const numbers = new Int32Array(parent.length);
  let count = 1;
  for (let label = 1; label < parent.length; label += 1) numbers[label] = root(label) === label ? count++ : numbers[root(label)];
  for (let at = 0; at < labels.length; at += 1) if (labels[at]) labels[at] = numbers[labels[at]];
  return { count, labels, get stats() { return measured(labels, count, w, h); } };
}

function measured(labels, count, w, h) {
  const stats = Array.from({ length: count }, () => ({ left: w, top: h, right: 0, bottom: 0, pixels: 0, x: 0, y: 0 }));
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      if (!labels[at]) continue;
      const one = stats[labels[at]];
      if (x < one.left) one.left = x;
      if (x >= one.right) one.right = x + 1;
      if (y < one.top) one.top = y;
      one.bottom = y + 1;
      one.pixels += 1;
      one.x += x;
      one.y += y;
    }
  }
  for (const one of stats) if (one.pixels) [one.x, one.y] = [one.x / one.pixels, one.y / one.pixels];
  return stats;
}

// The labels that any pixel of `where` has, the ground left out.
export function labelsAt(labels, where, count) {
  const found = new Uint8Array(count);
  for (let at = 0; at < labels.length; at += 1) if (where[at]) found[labels[at]] = 1;
  found[0] = 0;
  return found;
}

const [STRAIGHT, DIAGONAL, FAR] = [Math.round(0.955 * 65536), Math.round(1.3693 * 65536), 0x1fffffff];

// For each pixel of ink how far the nearest ground is, going straight or diagonally; unless told otherwise the picture has ground around it.
export function distances(mask, groundAround = true) {
  const { w, h, d } = bordered(mask, 1);
  const far = new Int32Array(w * h);
  if (!groundAround) for (let at = 0; at < far.length; at += 1) if (at < w || at >= w * (h - 1) || at % w === 0 || at % w === w - 1) far[at] = FAR;
  for (let at = 0; at < far.length; at += 1) {
    if (d[at]) far[at] = Math.min(FAR, far[at - w - 1] + DIAGONAL, far[at - w] + STRAIGHT, far[at - w + 1] + DIAGONAL, far[at - 1] + STRAIGHT);
  }
  for (let at = far.length - 1; at >= 0; at -= 1) {
    if (d[at]) far[at] = Math.min(far[at], far[at + w + 1] + DIAGONAL, far[at + w] + STRAIGHT, far[at + w - 1] + DIAGONAL, far[at + 1] + STRAIGHT);
  }
  const out = new Float32Array(mask.w * mask.h);
  for (let y = 0; y < mask.h; y += 1) for (let x = 0; x < mask.w; x += 1) out[y * mask.w + x] = far[(y + 1) * w + x + 1] / 65536;
  return out;
}
