// Looks inside a network: every layer's maps as one draws, and the arithmetic of the number that is pointed at.

import { node, percent } from "./answer.js";
import { Board } from "./board.js";
import { DigitMap } from "./digit_map.js";
import { openExamples, thumbnail } from "./examples.js";
import { explained, shown } from "./explain.js";
import { BarsView, MapsView, Shades } from "./maps.js";
import { Mistakes } from "./mistakes.js";
import { plane } from "./reader/arrays.js";
import { greyOf } from "./reader/pictures.js";
import { themed } from "./theme.js";
import { headers, networkFolder, runNamed } from "./place.js";
import * as server from "./server.js";
import { TrainingSet } from "./training_set.js";
import { Tuning } from "./tuning.js";

const element = (id) => document.getElementById(id);
const MAP_PX = 52; // about how wide a map is shown
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const REST_MS = 250; // after which the pen is taken to rest

const board = new Board(element("pad"));
const shades = new Shades();
const views = [];
const network = { layers: [], weights: null, outputs: null };
const known = { examples: null, map: null, mistakes: null }; // what the network does with digits of its test set
const mending = { set: null, tuning: null }; // where a server can train
const state = { choice: null, pinned: false, underWay: false, waiting: false, glyph: null, digit: null, rest: null, chosen: null };

// The worker, asked and answered by number.
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const asked = new Map();
let next = 0;
worker.addEventListener("message", ({ data: { id, result, problem } }) => {
  const { resolve, reject } = asked.get(id);
  asked.delete(id);
  if (problem === undefined) resolve(result);
  else reject(new Error(problem));
});
worker.addEventListener("error", ({ message }) => say(`The network could not be started (${message ?? "a file is missing"}).`));

export function ask(task, given) {
  return new Promise((resolve, reject) => {
    next += 1;
    asked.set(next, { resolve, reject });
    worker.postMessage({ id: next, task, given });
  });
}

function say(words) {
  element("sure").textContent = words;
}

// Whether there is nothing to read: no drawing, and no digit of the test set in its place.
const isBlank = () => board.empty && !state.chosen;

function newest() {
  if (!board.empty) return ask("frame", { grey: greyOf(board.picture()), changes: changesWanted() });
  if (state.chosen) return ask("framed", { glyph: plane(28, 28, state.chosen.picture.slice()), changes: changesWanted() });
  return ask("glyph", plane(28, 28));
}

// The newest drawing is shown; one is under way at a time.
async function inked() {
  if (!board.empty) state.chosen = null;
  element("hint").classList.toggle("gone", !board.empty);
  element("undo").disabled = board.empty;
  element("clear").disabled = isBlank();
  document.documentElement.dataset.settled = "false";
  clearTimeout(state.rest);
  element("fooled").textContent = "";
  if (state.underWay) {
    state.waiting = true;
    return;
  }
  state.underWay = true;
  const begun = performance.now();
  try {
    show(await newest(), performance.now() - begun);
  } catch (error) {
    say(error.message);
  }
  state.underWay = false;
  if (state.waiting) {
    state.waiting = false;
    inked();
  } else {
    state.rest = setTimeout(rested, REST_MS);
  }
}

function show({ glyph, outputs, shares, digit }, waited) {
  const begun = performance.now();
  Object.assign(state, { glyph, digit });
  network.outputs = outputs;
  paint();
  showAnswer(shares, digit);
  const ms = waited + performance.now() - begun;
  document.dispatchEvent(new CustomEvent("shown", { detail: { ms, glyph, outputs } }));
}

function paint() {
  if (!network.outputs) return;
  views.forEach((view, index) => view.paint(network.outputs[network.layers[index].tensor], shades));
  paintMap();
  explain();
}

function showAnswer(shares, digit) {
  element("said").textContent = isBlank() ? "" : String(digit);
  const kind = state.chosen ? `. It is a ${state.chosen.label} from the test set` : "";
  element("added").textContent = "";
  if (isBlank()) say("Draw a digit: every layer follows the pen.");
  else say(`${percent(shares[digit])} sure${kind}`);
}

// What costs more waits until the pen rests.
async function rested() {
  const { glyph, digit } = state;
  element("why").closest("figure").hidden = isBlank();
  if (!isBlank()) {
    const heat = await ask("saliency", { glyph, digit }).catch(() => null);
    if (!heat) return;
    showHeat(heat, glyph);
  }
  document.documentElement.dataset.settled = "true";
}

function showHeat(heat, glyph) {
  const pen = element("why").getContext("2d");
  const image = pen.createImageData(28, 28);
  for (let at = 0; at < heat.length; at += 1) {
    const ink = glyph.d[at] / 2;
    image.data.set([ink + (255 - ink) * heat[at], ink + (150 - ink) * heat[at], ink * (1 - heat[at]), 255], 4 * at);
  }
  pen.putImageData(image, 0, 0);
}

// --- breaking it ---

function changesWanted() {
  const inputs = [...element("changes").querySelectorAll("input")];
  return Object.fromEntries(inputs.map((input) => [input.name, input.type === "checkbox" ? input.checked : Number(input.value)]));
}

function mend() {
  element("changes").reset();
  inked();
}

async function fool() {
  if (isBlank()) {
    element("fooled").textContent = "Draw a digit first.";
    return;
  }
  const { glyph, digit } = state;
  element("fooled").textContent = "Trying every pixel …";
  const found = await ask("fooling", { glyph, digit });
  if (found === undefined) return; // newer ink came first
  if (!found) {
    element("fooled").textContent = "No change found: thirty pixels were not enough.";
    return;
  }
  clearTimeout(state.rest);
  show(await ask("glyph", found.glyph), 0);
  const many = found.pixels === 1 ? "One pixel turns" : `${found.pixels} pixels turn`;
  element("fooled").textContent = `${many} the ${digit} into a ${state.digit}: see the picture.`;
}

// --- layers ---

const times = (sides) => sides.join(" × ");

function titleOf(layer) {
  const filters = layer.kernel && layer.kind === "convolution" ? `, ${layer.shape[0]} kernels` : "";
  const units = layer.kind === "dense" ? `, ${layer.shape[0]} units` : "";
  const size = layer.size ? ` ${times(layer.size)}` : "";
  const act = layer.activation && layer.activation !== "linear" ? `, ${layer.activation}` : "";
  return `${layer.kind}${size}${filters}${units}${act}`;
}

const sizeOf = ({ shape }) => (shape.length === 3 ? `${shape[0]} ${shape[0] > 1 ? "maps" : "map"} of ${times(shape.slice(1))}` : `${shape[0]} numbers`);

function addLayer(layer, index) {
  const canvas = node("canvas", { tabIndex: 0, className: "maps" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${titleOf(layer)}: ${sizeOf(layer)}. Arrow keys move to another number, with Shift to another unit.`);
  const frame = node("div", { className: "over" }, canvas, node("i", { className: "unit" }), node("i", { className: "spot" }));
  const heading = node("h2", {}, node("b", { textContent: index ? `${index} · ${titleOf(layer)}` : "picture" }), node("span", { textContent: sizeOf(layer) }));
  const section = node("section", { className: "layer" }, heading, node("div", { className: "holder" }, frame));
  element("layers").append(section);
  if (layer.shape.length < 3 && layer.shape[0] <= 11) frame.append(digitRow(layer.shape[0]));
  const isMaps = layer.shape.length === 3;
  const target = index ? MAP_PX : 2 * MAP_PX;
  views.push(isMaps ? new MapsView(canvas, layer.shape, target) : new BarsView(canvas, layer.shape));
  listen(canvas, index);
}

function digitRow(count) {
  return node("div", { className: "digit-row" }, ...Array.from({ length: count }, (_, digit) => node("span", { textContent: digit < 10 ? String(digit) : "none" })));
}

function listen(canvas, index) {
  const placeOf = (event) => {
    const frame = canvas.getBoundingClientRect();
    return views[index].placeAt(event.clientX - frame.left, event.clientY - frame.top);
  };
  canvas.addEventListener("pointermove", (event) => {
    const place = placeOf(event);
    const isDragged = event.buttons > 0 && event.pointerType === "mouse";
    if (place && (!state.pinned || isDragged)) choose({ layer: index, ...place });
  });
  canvas.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (!place) return;
    state.pinned = true;
    choose({ layer: index, ...place });
  });
  canvas.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    state.pinned = true;
    const from = state.choice?.layer === index ? state.choice : { unit: 0, row: 0, column: 0 };
    const units = event.shiftKey ? step[0] + step[1] : 0;
    choose({ layer: index, ...views[index].moved(from, ...(event.shiftKey ? [0, 0] : step), units) });
  });
}

function choose(choice) {
  state.choice = choice;
  explain();
}

function loosen() {
  state.pinned = false;
  state.choice = null;
  explain();
}

function explain() {
  const { choice } = state;
  element("explained").hidden = !choice;
  element("invite").hidden = Boolean(choice);
  element("loosen").hidden = !state.pinned;
  document.querySelectorAll(".over i").forEach((mark) => { mark.hidden = true; });
  if (!choice || !network.outputs) return;
  const layer = network.layers[choice.layer];
  const pick = (term) => choose({ ...choice, term });
  const { nodes, computed, given } = explained(network, choice.layer, { ...choice, pick });
  element("what").textContent = wordsOf(layer, choice);
  element("numbers").replaceChildren(...nodes);
  element("given").textContent = `The network's own result: ${shown(given, 4)}.`;
  Object.assign(element("explained").dataset, { computed: computed ?? "", given });
  showStrongest(choice);
  mark(choice);
}

function wordsOf({ shape, kind }, { layer, unit, row, column }) {
  const name = layer ? `Layer ${layer}` : "Picture";
  if (shape.length < 3) return `${name} · ${kind === "softmax" ? `digit ${unit}` : `unit ${unit + 1}`}`;
  const map = layer ? ` · map ${unit + 1}` : "";
  return `${name}${map} · row ${row + 1}, column ${column + 1}`;
}

// Frames around the unit and the number, and around what it is computed from in the layer before.
function mark({ layer, unit, row, column, term }) {
  const { shape, kind, sources, size, stride, top, left } = network.layers[layer];
  place(layer, ".unit", { unit });
  if (shape.length < 3) return;
  place(layer, ".spot", { unit, row, column, high: 1, wide: 1 });
  if (!size || !sources.length) return;
  const before = network.layers[sources[0]].shape;
  const source = kind === "convolution" ? (term ?? largestTerm()) : unit;
  const [y, x] = [row * stride[0] - top, column * stride[1] - left];
  const [high, wide] = [Math.min(size[0], before[1] - y), Math.min(size[1], before[2] - x)];
  place(sources[0], ".spot", { unit: source, row: Math.max(0, y), column: Math.max(0, x), high: high + Math.min(0, y), wide: wide + Math.min(0, x) });
}

function largestTerm() {
  const pressed = element("numbers").querySelector("[aria-pressed=true] span");
  return pressed ? Number(pressed.textContent.replace("map ", "")) - 1 : 0;
}

function place(layer, kind, what) {
  const over = views[layer].canvas.parentElement.querySelector(kind);
  const [left, top, width, height] = views[layer].boxOf(what);
  Object.assign(over.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  over.hidden = false;
}

// --- digits of the test set ---

async function loadExamples() {
  const examples = await openExamples(networkFolder(), headers());
  if (!examples) return;
  Object.assign(known, { examples, map: new DigitMap(element("map-canvas"), examples) });
  element("map").hidden = false;
  element("map-data").textContent = `${examples.count} digits of ${examples.data}`;
  known.map.fit();
  known.mistakes = new Mistakes(element("mistakes"), examples, lookAt, mending.set);
  element("mistakes").hidden = false;
  known.mistakes.list(shades);
  paint();
  document.documentElement.dataset.examples = "true";
}

// --- fine-tuning ---

async function offerTuning(run) {
  const [{ most }, runs] = await Promise.all([server.about(), server.runs()]);
  if (!runs.find(({ name }) => name === run)?.tunable) return;
  mending.set = new TrainingSet(run, most.digits);
  mending.tuning = new Tuning(element("tune"), run, mending.set, shades);
  const choose = element("own").querySelector("select");
  choose.append(node("option", { value: "", textContent: "–" }), ...Array.from({ length: 10 }, (_, digit) => node("option", { value: digit, textContent: String(digit) })));
  element("own").hidden = false;
  mending.tuning.open().catch((error) => say(error.message));
}

// What is shown, with whatever the sliders made of it.
function addShown(event) {
  event.preventDefault();
  const choose = element("own").querySelector("select");
  if (isBlank() || !state.glyph.d.some((shade) => shade > 0)) {
    element("added").textContent = "Draw a digit first.";
  } else if (mending.set.isFull && !mending.set.has(state.glyph.d)) {
    element("added").textContent = "The training set is full: remove some digits.";
  } else {
    mending.set.add(Number(choose.value), state.glyph.d);
    element("added").textContent = `Added as a ${choose.value}: ${mending.set.digits.length} in the training set.`;
    choose.value = "";
  }
}

// A digit of the test set in place of a drawing.
function lookAt(mistake) {
  board.clear();
  state.chosen = mistake;
  inked();
  element("layers").focus();
  scrollTo({ top: 0 });
}

function clear() {
  state.chosen = null;
  board.clear();
}

function paintMap() {
  const { examples, map } = known;
  if (!map) return;
  const own = isBlank() ? null : network.outputs[network.layers[examples.layer].tensor];
  const neighbours = map.paint(own);
  if (map.pointed !== null) return; // the words are about that digit
  const labels = neighbours.map(({ index }) => examples.labels[index]);
  const words = own ? `Nearest in the layer: ${labels.join(", ")}` : "Point at a digit to see it.";
  showPictures(words, neighbours.map(({ index }) => index));
  map.canvas.setAttribute("aria-label", `Map of the last hidden layer. ${words}`);
}

function showPictures(words, indices) {
  const { examples } = known;
  element("map-words").textContent = words;
  element("nearest").replaceChildren(...indices.map((index) => node("li", {}, thumbnail(examples.pictureOf(index), shades))));
}

function pointAtMap({ clientX, clientY }) {
  const { map } = known;
  const frame = map.canvas.getBoundingClientRect();
  showOnMap(map.at(clientX - frame.left, clientY - frame.top));
}

function moveOnMap(event) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  showOnMap(known.map.beside(...step));
}

function showOnMap(index) {
  const { examples, map } = known;
  if (index === map.pointed) return;
  map.pointed = index;
  if (index === null) {
    paintMap();
    return;
  }
  map.paint(map.own);
  const [label, answer] = [examples.labels[index], examples.answers[index]];
  const words = `A ${label}${answer === label ? "" : `, read as ${answer}`}`;
  showPictures(words, [index]);
  map.canvas.setAttribute("aria-label", `Map of the last hidden layer. ${words}`);
}

function leaveMap() {
  known.map.pointed = null;
  paintMap();
}

// The digit that excites a unit most, and the part of it that the unit sees.
function showStrongest({ layer, unit }) {
  const figure = element("strongest");
  const found = known.examples?.strongest[layer - 1]?.[unit];
  figure.hidden = !found;
  if (!found) return;
  const [index, , , value, left, top, right, bottom] = found;
  const box = node("i", { className: "spot" });
  const share = (pixels) => `${(100 * pixels) / 28}%`;
  Object.assign(box.style, { left: share(left), top: share(top), width: share(right - left), height: share(bottom - top) });
  figure.firstElementChild.replaceChildren(thumbnail(known.examples.pictureOf(index), shades), box);
  const label = known.examples.labels[index];
  figure.lastElementChild.textContent = `Of ${known.examples.count} test digits, this ${label} activates it most: ${shown(value)}, from the part in the frame.`;
}

// --- the page ---

function redraw() {
  board.redraw();
  shades.update();
  known.map?.fit();
  known.mistakes?.list(shades);
  mending.tuning?.list();
  paint();
}

const nextTheme = themed(element("theme"), redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
board.addEventListener("ink", inked);
element("undo").addEventListener("click", () => board.undo());
element("clear").addEventListener("click", clear);
element("changes").addEventListener("input", inked);
element("changes").addEventListener("submit", (event) => event.preventDefault());
element("mend").addEventListener("click", mend);
element("fool").addEventListener("click", () => fool().catch((error) => say(error.message)));
element("own").addEventListener("submit", addShown);
element("loosen").addEventListener("click", loosen);
element("map-canvas").addEventListener("pointermove", pointAtMap);
element("map-canvas").addEventListener("pointerdown", pointAtMap); // a finger that does not move
element("map-canvas").addEventListener("pointerleave", ({ pointerType }) => { if (pointerType === "mouse") leaveMap(); });
element("map-canvas").addEventListener("keydown", moveOnMap);
element("map-canvas").addEventListener("blur", leaveMap);
element("width").addEventListener("input", ({ target }) => { board.width = Number(target.value); });
addEventListener("resize", () => {
  views.forEach((view) => view.fit());
  known.map?.fit();
  paint();
});
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    board.undo();
  } else if (event.key === "Escape") {
    if (state.choice) loosen();
    else clear();
  } else if (event.key === "t") {
    nextTheme();
  }
});

async function start() {
  const engine = new URL("engine/", import.meta.url).href;
  const { description, weights } = await ask("open", { files: networkFolder().href, headers: headers(), engine });
  Object.assign(network, { layers: description.layers, weights });
  element("where").textContent = `inside ${description.name}`;
  const run = runNamed();
  if (run) document.querySelector("nav").prepend(node("a", { textContent: "All runs", href: `./?run=${run}` }));
  description.layers.forEach(addLayer);
  await inked();
  if (run) await offerTuning(run);
  document.documentElement.dataset.ready = "true";
  await loadExamples();
}

start().catch((error) => say(error.message));
