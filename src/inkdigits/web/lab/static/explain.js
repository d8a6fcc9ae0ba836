// The panel: the arithmetic of the number that is pointed at, in the numbers and weights of this very drawing.

import { node } from "./answer.js";
import { convolution, dense, normalization, pooling, softmax } from "./arithmetic.js";

const MOST_TERMS = 8; // as many of the largest parts of a sum are shown
const DECIMALS = 2;

export function shown(value, decimals = DECIMALS) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

// `network` has layers, weights and the outputs of the drawing; gives { nodes, computed, given }.
export function explained(network, index, choice) {
  const layer = network.layers[index];
  const values = network.outputs[layer.tensor];
  const at = indexIn(layer.shape, choice);
  const found = { nodes: [], computed: null, given: values[at] };
  const way = WAYS[layer.kind];
  if (index === 0) found.nodes = [line(`The ink here: ${shown(values[at])} (0 is paper, 1 is full ink).`)];
  else if (way) Object.assign(found, way(network, layer, { ...choice, at }));
  else found.nodes = [line(`Output: ${shown(values[at])}.`)];
  return found;
}

export function indexIn(shape, { unit, row, column }) {
  return shape.length < 3 ? unit : (unit * shape[1] + row) * shape[2] + column;
}

const WAYS = {
  convolution: explainConvolution,
  dense: explainDense,
  softmax: explainSoftmax,
  normalization: explainNormalization,
  "max pooling": explainPooling,
  "average pooling": explainPooling,
  "global max pooling": explainPooling,
  "global average pooling": explainPooling,
};

function givenTo(network, layer) {
  const source = network.layers[layer.sources[0]];
  return { before: network.outputs[source.tensor], shape: source.shape };
}

function explainConvolution(network, layer, choice) {
  const { before, shape } = givenTo(network, layer);
  const result = convolution(layer, network.weights, before, shape, choice);
  const ranked = bySize(result.terms);
  const term = ranked.find(({ map }) => map === choice.term) ?? ranked[0];
  const several = result.terms.length > 1;
  const nodes = [
    node("div", { className: "product" },
      grid(term.patch, layer.size, several ? `patch of map ${term.map + 1}` : "patch"), node("b", { textContent: "×" }),
      grid(term.kernel, layer.size, "kernel")),
    line(`${sumOf(term)} = ${shown(term.sum)}`, "sum"),
  ];
  if (several) nodes.push(...termList(ranked, term, choice));
  nodes.push(ending(layer, result, several ? "all maps" : "sum"));
  return { nodes, computed: result.value };
}

// The products of a patch and a kernel, without those that are nothing.
function sumOf({ patch, kernel }) {
  const parts = patch.map((value, at) => ({ value, weight: kernel[at] })).filter(({ value }) => value !== 0);
  if (!parts.length) return "the whole patch is 0: sum";
  const text = parts.slice(0, 9).map(({ value, weight }) => `${shown(value)} · ${signed(weight)}`).join(" + ");
  return parts.length > 9 ? `${text} + …` : text;
}

function termList(ranked, chosen, choice) {
  const rows = ranked.slice(0, MOST_TERMS).map((term) => {
    const row = node("button", { type: "button", onclick: () => choice.pick?.(term.map) },
      node("span", { textContent: `map ${term.map + 1}` }), node("span", { textContent: shown(term.sum) }));
    row.setAttribute("aria-pressed", term === chosen);
    return node("li", {}, row);
  });
  return [node("ul", { className: "terms" }, ...rows), rest(ranked)];
}

function rest(ranked) {
  const others = ranked.slice(MOST_TERMS);
  const sum = others.reduce((total, term) => total + term.sum, 0);
  return line(others.length ? `and ${others.length} more, together ${shown(sum)}` : "");
}

function explainDense(network, layer, choice) {
  const { before, shape } = givenTo(network, layer);
  const result = dense(layer, network.weights, before, shape, choice);
  const ranked = bySize(result.terms);
  const hasPlaces = shape.length === 3;
  const rows = ranked.slice(0, MOST_TERMS).map(({ map, row, column, value, weight, sum }) => node("li", {},
    node("span", { textContent: hasPlaces ? `map ${map + 1} (${row + 1}, ${column + 1})` : `unit ${map + 1}` }),
    node("span", { textContent: `${shown(value)} · ${signed(weight)} = ${shown(sum)}` })));
  const nodes = [
    line(`${result.terms.length} inputs, each with its own weight. The largest terms${hasPlaces ? ", with row and column" : ""}:`),
    node("ul", { className: "terms plain" }, ...rows), rest(ranked), ending(layer, result, "all terms"),
  ];
  return { nodes, computed: result.value };
}

function explainPooling(network, layer, choice) {
  const { before, shape } = givenTo(network, layer);
  const { patch, isMost, value, size } = pooling(layer, before, shape, choice);
  const numbers = patch.filter((one) => one !== null);
  const name = isMost ? "The largest" : "The mean";
  const nodes = [node("div", { className: "product" }, grid(patch.map((one) => one ?? 0), size, "window", isMost ? value : null))];
  if (numbers.length <= 9) nodes.push(line(`${isMost ? "max" : "mean"}(${numbers.map((one) => shown(one)).join(", ")}) = ${shown(value)}`, "sum"));
  else nodes.push(line(`${name} of these ${numbers.length} numbers: ${shown(value)}`, "sum"));
  return { nodes, computed: value };
}

function explainSoftmax(network, layer, choice) {
  const { before } = givenTo(network, layer);
  const { powers, total, shares } = softmax(before);
  const rows = Array.from(before, (score, unit) => {
    const row = node("tr", { className: unit === choice.unit ? "chosen" : "" });
    row.append(...[String(unit), shown(score), shown(powers[unit]), shown(100 * shares[unit], 1)].map((text) => node("td", { textContent: text })));
    return row;
  });
  const head = node("tr", {}, ...["digit", "score", "e^score", "%"].map((textContent) => node("th", { textContent })));
  const nodes = [
    node("table", { className: "scores" }, head, ...rows),
    line(`${shown(powers[choice.unit])} / ${shown(total)} = ${shown(shares[choice.unit], 4)}`, "sum"),
  ];
  return { nodes, computed: shares[choice.unit] };
}

function explainNormalization(network, layer, choice) {
  const { before } = givenTo(network, layer);
  const { given, scale, shift, before: whole, value } = normalization(layer, network.weights, before, choice);
  const act = layer.activation === "linear" ? "" : `; ${layer.activation}(${shown(whole)}) = ${value === null ? "" : shown(value)}`;
  const nodes = [
    line("Each map is scaled and shifted, so that its numbers have the same mean and spread over many digits."),
    line(`${shown(given)} · ${signed(scale)} + ${signed(shift)} = ${shown(whole)}${act}`, "sum"),
  ];
  return { nodes, computed: value };
}

// Sum, bias, activation.
function ending(layer, { terms, bias, before, value }, words) {
  const sum = terms.reduce((total, term) => total + term.sum, 0);
  const parts = [`${words}: ${shown(sum)}`];
  if (layer.bias) parts.push(`with the bias ${signed(bias)}: ${shown(before)}`);
  if (layer.activation !== "linear") parts.push(`${layer.activation}(${shown(before)}) = ${value === null ? "…" : shown(value)}`);
  return node("ol", { className: "steps" }, ...parts.map((textContent) => node("li", { textContent })));
}

const signed = (value) => (value < 0 ? `(${shown(value)})` : shown(value));

const bySize = (terms) => terms.toSorted((one, other) => Math.abs(other.sum) - Math.abs(one.sum));

const line = (textContent, className = "") => node("p", { textContent, className });

// Numbers in their places, shaded by size; `marked` is framed.
function grid(values, [, columns], words, marked = null) {
  const most = Math.max(1e-9, ...values.map(Math.abs));
  let isMarked = false;
  const cells = values.map((value) => {
    const cell = node("span", { textContent: columns > 5 ? "" : shown(value) });
    const share = Math.abs(value) / most;
    cell.style.setProperty("--share", `${Math.round(100 * share)}%`);
    if (value < 0) cell.classList.add("negative");
    if (share > 0.5) cell.classList.add("strong");
    if (marked !== null && value === marked && !isMarked) isMarked = Boolean(cell.classList.add("marked")) || true;
    return cell;
  });
  const numbers = node("div", { className: "numbers" }, ...cells);
  numbers.style.setProperty("--columns", columns);
  return node("figure", { className: "grid" }, numbers, node("figcaption", { textContent: words }));
}
