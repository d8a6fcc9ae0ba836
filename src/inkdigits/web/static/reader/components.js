// Pixels that hang together, and how far each lies from the edge of its ink.

import { bordered } from "./arrays.js";

// A label from 1 on for each group of pixels that touch, by a side or a corner; 0 is the ground.
export function components({ w, h, d }) {
  const labels = new Int32Array(w * h);
  let count = 1;
  const stack = [];
  for (let start = 0; start < d.length; start += 1) {
    if (!d[start] || labels[start]) continue;
    labels[start] = count;
    stack.push(start);
    while (stack.length) visit(stack.pop());
    count += 1;
  }
  return { count, labels };

  function visit(at) {
    const [x, y] = [at % w, Math.floor(at / w)];
    for (let row = Math.max(0, y - 1); row <= Math.min(h - 1, y + 1); row += 1) {
      for (let column = Math.max(0, x - 1); column <= Math.min(w - 1, x + 1); column += 1) {
        const next = row * w + column;
        if (!d[next] || labels[next]) continue;
        labels[next] = count;
        stack.push(next);
      }
    }
  }
}

// OpenCV's steps for DIST_L2 with a mask of 3: straight and diagonal, in 65536ths of a pixel.
const STRAIGHT = Math.round(0.955 * 65536);
const DIAGONAL = Math.round(1.3693 * 65536);

// For each pixel of ink how far the nearest ground is; the picture has ground around it.
export function distances(mask) {
  const { w, h, d } = bordered(mask, 1);
  const far = new Int32Array(w * h);
  for (let at = 0; at < far.length; at += 1) {
    if (!d[at]) continue;
    const corners = Math.min(far[at - w - 1], far[at - w + 1]) + DIAGONAL;
    far[at] = Math.min(corners, Math.min(far[at - w], far[at - 1]) + STRAIGHT);
  }
  for (let at = far.length - 1; at >= 0; at -= 1) {
    if (!d[at]) continue;
    const corners = Math.min(far[at + w + 1], far[at + w - 1]) + DIAGONAL;
    far[at] = Math.min(far[at], corners, Math.min(far[at + w], far[at + 1]) + STRAIGHT);
  }
  const out = new Float32Array(mask.w * mask.h);
  for (let y = 0, at = 0; y < mask.h; y += 1) {
    for (let x = 0; x < mask.w; x += 1, at += 1) out[at] = far[(y + 1) * w + x + 1] / 65536;
  }
  return out;
}
