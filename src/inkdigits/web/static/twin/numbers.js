// Numbers as Python and numpy have them. A plane is { w, h, d }: width, height, and a typed array of pixels row by row.

export const plane = (w, h, d = new Uint8Array(w * h)) => ({ w, h, d });

// Halves go to the even neighbour.
export function round(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

// The k-th smallest value; the array is put in a new order.
export function select(values, k) {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i += 1;
      while (values[j] > pivot) j -= 1;
      if (i > j) break;
      const kept = values[i];
      values[i] = values[j];
      values[j] = kept;
      i += 1;
      j -= 1;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return values[k];
  }
  return values[k];
}

export function percentile(values, percent) {
  const own = values.slice();
  const at = (percent / 100) * (own.length - 1);
  const low = Math.floor(at);
  const below = select(own, low);
  if (low === at || low + 1 >= own.length) return below;
  const above = select(own, low + 1);
  return below + (above - below) * (at - low);
}

// What `from` of typed arrays does, many times faster.
export function mapped(values, Kind, change) {
  const out = new Kind(values.length);
  for (let at = 0; at < out.length; at += 1) out[at] = change(values[at], at);
  return out;
}

export const median = (values) => percentile(Float64Array.from(values), 50);

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const mean = (values) => (values.length ? sum(values) / values.length : 0);

export function logAddExp(one, other) {
  const high = Math.max(one, other);
  if (high === -Infinity) return high;
  return high + Math.log(Math.exp(one - high) + Math.exp(other - high));
}

export function argmin(values) {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) if (values[index] < values[best]) best = index;
  return best;
}

export const argmax = (values) => argmin(Array.from(values, (value) => -value));

// How many of the values in sorted order are at most `value`.
export function searchRight(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Part of a plane; right and bottom lie outside it.
export function part({ w, d }, left, top, right, bottom) {
  const out = plane(right - left, bottom - top, new d.constructor((right - left) * (bottom - top)));
  for (let y = top; y < bottom; y += 1) out.d.set(d.subarray(y * w + left, y * w + right), (y - top) * out.w);
  return out;
}

export function bordered({ w, h, d }, edge) {
  const out = plane(w + 2 * edge, h + 2 * edge);
  for (let y = 0; y < h; y += 1) out.d.set(d.subarray(y * w, (y + 1) * w), (y + edge) * out.w + edge);
  return out;
}

// With an edge of the rim's own pixels around it.
export function drawnOn({ w, h, d }, edge) {
  const out = plane(w + 2 * edge, h + 2 * edge);
  const within = (at, size) => Math.min(Math.max(at - edge, 0), size - 1);
  for (let y = 0, to = 0; y < out.h; y += 1) for (let x = 0; x < out.w; x += 1, to += 1) out.d[to] = d[within(y, h) * w + within(x, w)];
  return out;
}

// The pixels of the four sides, the corners twice.
export function rimOf({ w, h, d }) {
  const rim = [...d.subarray(0, w), ...d.subarray((h - 1) * w)];
  for (const x of [0, w - 1]) for (let y = 0; y < h; y += 1) rim.push(d[y * w + x]);
  return rim;
}

// Left, top, width, height of what is not nought; all nought where nothing is.
export function boundingBox({ w, h, d }, least = 1) {
  let [left, top, right, bottom] = [w, -1, -1, -1];
  for (let y = 0; y < h; y += 1) {
    for (let x = 0, at = y * w; x < w; x += 1, at += 1) {
      if (d[at] < least) continue;
      if (top < 0) top = y;
      bottom = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
  }
  return top < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1];
}
