// What one number in a layer is computed from, computed again from what goes in and the weights.

const array = (weights, { at, shape }) => weights.subarray(at, at + shape.reduce((one, other) => one * other, 1));

// The places of the layer before that a window at (row, column) covers; null where it reaches over the edge.
export function windowOf({ size, stride, dilation, top, left }, [, height, width], row, column) {
  const places = [];
  for (let down = 0; down < size[0]; down += 1) {
    for (let across = 0; across < size[1]; across += 1) {
      const y = row * stride[0] - top + down * dilation[0];
      const x = column * stride[1] - left + across * dilation[1];
      places.push(y >= 0 && y < height && x >= 0 && x < width ? { y, x } : null);
    }
  }
  return places;
}

// One convolution: for each map of the layer before the patch, the kernel and the sum of their products.
export function convolution(layer, weights, before, shape, { unit, row, column }) {
  const [, height, width] = shape;
  const [count, inputs] = layer.kernel.shape;
  const kernels = array(weights, layer.kernel);
  const places = windowOf(layer, shape, row, column);
  const first = Math.floor(unit / (count / layer.groups)) * inputs;
  const terms = [];
  for (let index = 0; index < inputs; index += 1) {
    const map = first + index;
    const start = (unit * inputs + index) * places.length;
    const kernel = [...kernels.subarray(start, start + places.length)];
    const patch = places.map((place) => (place ? before[(map * height + place.y) * width + place.x] : 0));
    terms.push({ map, kernel, patch, sum: dot(kernel, patch) });
  }
  return finished(layer, weights, unit, terms);
}

// One unit of a dense layer: a term for each number that goes in.
export function dense(layer, weights, before, shape, { unit }) {
  const [inputs, units] = layer.kernel.shape;
  const kernel = array(weights, layer.kernel);
  const terms = [];
  for (let index = 0; index < inputs; index += 1) {
    const place = placeOf(index, shape, layer.transposed);
    const value = before[place.at];
    const weight = kernel[index * units + unit];
    terms.push({ ...place, value, weight, sum: value * weight });
  }
  return finished(layer, weights, unit, terms);
}

// Where the number at this index of a flattened layer stands in its maps; `at` is its index there.
function placeOf(index, shape, transposed) {
  if (shape.length < 3) return { map: index, row: 0, column: 0, at: index };
  const [maps, height, width] = shape;
  if (!transposed) {
    const [map, rest] = [Math.floor(index / (height * width)), index % (height * width)];
    return { map, row: Math.floor(rest / width), column: rest % width, at: index };
  }
  const [map, place] = [index % maps, Math.floor(index / maps)];
  return { map, row: Math.floor(place / width), column: place % width, at: map * height * width + place };
}

function finished(layer, weights, unit, terms) {
  const bias = layer.bias ? array(weights, layer.bias)[unit] : 0;
  const before = terms.reduce((total, { sum }) => total + sum, bias);
  const act = ACTIVATIONS[layer.activation];
  return { terms, bias, before, value: act ? act(before, layer.slope) : null };
}

// One pooling step: the numbers under the window, and the largest or the mean of them.
export function pooling(layer, before, shape, { unit, row, column }) {
  const [, height, width] = shape;
  const isWhole = layer.kind.startsWith("global");
  const places = isWhole ? everyPlace(height, width) : windowOf(layer, shape, row, column);
  const patch = places.map((place) => (place ? before[(unit * height + place.y) * width + place.x] : null));
  const inside = patch.filter((value) => value !== null);
  const isMost = layer.kind.endsWith("max pooling");
  const value = isMost ? Math.max(...inside) : inside.reduce((one, other) => one + other, 0) / inside.length;
  return { patch, isMost, value, size: isWhole ? [height, width] : layer.size };
}

function everyPlace(height, width) {
  return Array.from({ length: height * width }, (_, at) => ({ y: Math.floor(at / width), x: at % width }));
}

// Scores → e to the power of each, their sum, and the shares.
export function softmax(scores) {
  const powers = Array.from(scores, Math.exp);
  const total = powers.reduce((one, other) => one + other, 0);
  return { powers, total, shares: powers.map((power) => power / total) };
}

export function normalization(layer, weights, before, { unit, at }) {
  const [scale, shift] = [array(weights, layer.scale)[unit], array(weights, layer.shift)[unit]];
  const given = before[at];
  const whole = given * scale + shift;
  const act = ACTIVATIONS[layer.activation];
  return { given, scale, shift, before: whole, value: act ? act(whole, layer.slope) : null };
}

const dot = (one, other) => one.reduce((total, value, at) => total + value * other[at], 0);

const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };
const elu = (x) => (x > 0 ? x : Math.expm1(x));
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  elu,
  selu: (x) => SELU.scale * (x > 0 ? x : SELU.alpha * Math.expm1(x)),
  sigmoid,
  tanh: Math.tanh,
  softplus: (x) => Math.log1p(Math.exp(x)),
  leaky_relu: (x, slope) => (x > 0 ? x : slope * x),
  silu: (x) => x * sigmoid(x),
  gelu: (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)),
};

// Abramowitz and Stegun 7.1.26, right to 1.5e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const value = 1 - series * Math.exp(-x * x);
  return x < 0 ? -value : value;
}
