// A page turned about its middle, and the way back from the turned page to the one that was given.

import { plane, round } from "./numbers.js";

// The matrices are [a, b, c, d, e, f]: x' = a x + b y + c, y' = d x + e y + f.
const after = ([a, b, c, d, e, f], [g, h, i, j, k, l]) => [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];

export const onPage = (toPage) => (left, top, right, bottom) => {
  const points = [[left, top], [right, top], [left, bottom], [right, bottom]].map(([x, y]) => [toPage[0] * x + toPage[1] * y + toPage[2], toPage[3] * x + toPage[4] * y + toPage[5]]);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.max(0, round(Math.min(...xs))), Math.max(0, round(Math.min(...ys))), Math.max(1, round(Math.max(...xs))), Math.max(1, round(Math.max(...ys)))];
};

// Against the clock; quarter turns lose nothing.
export function turned({ grey, toPage }, degrees) {
  const quarters = Math.floor(degrees / 90);
  return degrees - 90 * quarters === 0 ? byQuarters(grey, toPage, ((quarters % 4) + 4) % 4) : byDegrees(grey, toPage, degrees);
}

function byQuarters(grey, toPage, quarters) {
  const { w, h } = grey;
  const backs = [[1, 0, 0, 0, 1, 0], [0, -1, w, 1, 0, 0], [-1, 0, w, 0, -1, h], [0, 1, 0, -1, 0, h]];
  const from = [(x, y) => y * w + x, (x, y) => x * w + (w - 1 - y), (x, y) => (h - 1 - y) * w + (w - 1 - x), (x, y) => (h - 1 - x) * w + y];
  const out = quarters % 2 ? plane(h, w) : plane(w, h);
  for (let y = 0; y < out.h; y += 1) for (let x = 0; x < out.w; x += 1) out.d[y * out.w + x] = grey.d[from[quarters](x, y)];
  return { grey: out, toPage: after(toPage, backs[quarters]) };
}

function byDegrees({ w, h, d }, toPage, degrees) {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const out = plane(round(Math.abs(w * cos) + Math.abs(h * sin)), round(Math.abs(w * sin) + Math.abs(h * cos)));
  const [middleX, middleY] = [(w - 1) / 2, (h - 1) / 2];
  const [shiftX, shiftY] = [middleX + (out.w - w) / 2, middleY + (out.h - h) / 2];
  const back = [cos, -sin, middleX - cos * shiftX + sin * shiftY, sin, cos, middleY - sin * shiftX - cos * shiftY];
  const clamp = (value, most) => (value < 0 ? 0 : value > most ? most : value);
  for (let y = 0; y < out.h; y += 1) {
    for (let x = 0; x < out.w; x += 1) {
      const [across, down] = [back[0] * x + back[1] * y + back[2], back[3] * x + back[4] * y + back[5]];
      const [left, top] = [Math.floor(across), Math.floor(down)];
      const [u, v] = [across - left, down - top];
      const [x0, x1, y0, y1] = [clamp(left, w - 1), clamp(left + 1, w - 1), clamp(top, h - 1) * w, clamp(top + 1, h - 1) * w];
      out.d[y * out.w + x] = round((1 - v) * ((1 - u) * d[y0 + x0] + u * d[y0 + x1]) + v * ((1 - u) * d[y1 + x0] + u * d[y1 + x1]));
    }
  }
  return { grey: out, toPage: after(toPage, back) };
}
