// Numbers as Python and numpy have them.
// A plane is { w, h, d }: width, height, and a typed array of pixels row by row.

export const plane = (w, h, d = new Uint8Array(w * h)) => ({ w, h, d });

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Halves go to the even neighbour.
export function round(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

// With four decimals, as results have it.
export const rounded = (value) => Math.round(1e4 * value) / 1e4;

export function percentile(values, percent) {
  const sorted = Float64Array.from(values).sort();
  const place = (percent / 100) * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

export const median = (values) => percentile(values, 50);

export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const mean = (values) => sum(values) / values.length;

export function argmax(values) {
  let best = 0;
  for (let at = 1; at < values.length; at += 1) if (values[at] > values[best]) best = at;
  return best;
}

// The logarithm of a sum of powers.
export function logSumExp(logs) {
  const most = Math.max(...logs);
  return most + Math.log(sum(logs.map((log) => Math.exp(log - most))));
}

export function softmax(scores) {
  const most = Math.max(...scores);
  return inShares(Float32Array.from(scores, (score) => Math.exp(score - most)));
}

export function inShares(powers) {
  const total = sum(powers);
  return powers.map((power) => power / total);
}

// Part of a plane; right and bottom lie outside it.
export function part({ w, d }, left, top, right, bottom) {
  const out = plane(right - left, bottom - top);
  for (let y = top; y < bottom; y += 1) {
    out.d.set(d.subarray(y * w + left, y * w + right), (y - top) * out.w);
  }
  return out;
}

// With a border of zeros.
export function bordered({ w, h, d }, edge) {
  const out = plane(w + 2 * edge, h + 2 * edge);
  for (let y = 0; y < h; y += 1) out.d.set(d.subarray(y * w, (y + 1) * w), (y + edge) * out.w + edge);
  return out;
}

// Turned by quarters against the clock.
export function turned(source, quarters) {
  let { w, h, d } = source;
  for (let turn = 0; turn < quarters; turn += 1) {
    const out = new Uint8Array(d.length);
    for (let y = 0, at = 0; y < h; y += 1) {
      for (let x = 0; x < w; x += 1, at += 1) out[(w - 1 - x) * h + y] = d[at];
    }
    [w, h, d] = [h, w, out];
  }
  return plane(w, h, d);
}

// Left, top, width, height of what is at least so dark; all zero where nothing is.
export function boundingBox({ w, h, d }, least = 1) {
  let [left, top, right, bottom] = [w, -1, -1, -1];
  for (let y = 0, at = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1, at += 1) {
      if (d[at] < least) continue;
      if (top < 0) top = y;
      bottom = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
  }
  return top < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1];
}
