// Watches trainings: the list of runs, one or two of them shown as they learn, and the form for a new one.

import { node } from "./answer.js";
import { beforeAfter } from "./before_after.js";
import { chart, said } from "./charts.js";
import { MapsView, Shades } from "./maps.js";
import * as server from "./server.js";
import { themed } from "./theme.js";

const element = (id) => document.getElementById(id);
const LIST_EVERY_MS = 2000;
const MOST_SHOWN = 2;
const shades = new Shades();
const state = { runs: [], shown: new Map(), lab: null, frame: null };

// --- what a run has said ---

class Story {
  constructor(name) {
    Object.assign(this, { name, epochs: 0, steps: [], rows: [], looks: [], digits: null, ended: null, begun: 0, seconds: 0, at: null, connected: false });
    this.source = server.events(name, (event) => this.#hear(event), (connected) => {
      this.connected = connected;
      soon();
    });
  }

  #hear(event) {
    HEARD[event.kind]?.(this, event);
    soon();
  }

  close() {
    this.source.close();
  }

  // Where in the training the newest line is, in epochs.
  get place() {
    return Math.max(this.rows.length, this.steps.at(-1)?.x ?? 0);
  }

  get left() {
    const done = this.place - this.begun;
    return done > 0 && this.seconds ? (this.seconds / done) * (this.epochs - this.place) : null;
  }
}

const HEARD = {
  began: (story, { epochs }) => {
    Object.assign(story, { epochs, ended: null, begun: story.rows.length, seconds: 0 });
    story.steps = story.steps.filter(({ epoch }) => epoch <= story.rows.length); // the rest is learned again
  },
  step: (story, event) => {
    story.seconds = event.seconds;
    story.steps.push({ ...event, x: event.epoch - 1 + event.step / event.steps });
  },
  epoch: (story, row) => {
    story.seconds = row.seconds;
    story.rows[row.epoch - 1] = row;
  },
  digits: (story, { pictures, labels }) => {
    const bytes = Uint8Array.from(atob(pictures), (sign) => sign.charCodeAt(0));
    story.digits = labels.map((label, at) => ({ label, picture: bytes.subarray(784 * at, 784 * (at + 1)) }));
  },
  look: (story, look) => {
    story.looks[look.epoch - 1] = look;
  },
  ended: (story, event) => {
    story.ended = event;
    refresh();
  },
};

// --- the list ---

async function refresh() {
  try {
    state.runs = await server.runs();
    element("where").textContent = "";
  } catch (error) {
    element("where").textContent = error.message;
    return;
  }
  showList();
  soon();
}

const WORDS = { training: "training", finished: "finished", stopped: "stopped", failed: "failed", starting: "starting", broken: "cannot be read" };

function stateOf(run) {
  const { ended } = state.shown.get(run.name) ?? {};
  return run.state === "stopped" && ended?.state === "failed" ? "failed" : run.state;
}

function showList() {
  element("list").replaceChildren(...state.runs.map((run) => {
    const score = run.test?.accuracy ?? run.history?.at(-1)?.val_accuracy;
    const words = [WORDS[stateOf(run)] ?? run.state, score === undefined ? "" : `${(100 * score).toFixed(2)} %`].filter(Boolean).join(" · ");
    const button = node("button", { type: "button", onclick: () => choose(run.name) }, node("b", { textContent: run.name }), node("small", { textContent: words }));
    button.setAttribute("aria-pressed", state.shown.has(run.name));
    return node("li", {}, button);
  }));
  if (!state.runs.length) element("list").append(node("li", { className: "note", textContent: "There are no runs yet." }));
}

// One more run is shown, or one less; the one that has been shown longest makes room.
function choose(name) {
  if (state.shown.has(name)) drop(name);
  else add(name);
  remember();
  showList();
  soon();
}

function add(name) {
  if (state.shown.size >= MOST_SHOWN) drop(state.shown.keys().next().value);
  state.shown.set(name, new Story(name));
}

function drop(name) {
  state.shown.get(name).close();
  state.shown.delete(name);
  element("shown").querySelector(`[data-run="${CSS.escape(name)}"]`)?.remove();
}

function remember() {
  const search = new URLSearchParams([...state.shown.keys()].map((name) => ["run", name]));
  history.replaceState(null, "", search.size ? `?${search}` : location.pathname);
}

// --- the runs that are shown ---

// Drawn once a frame, however much was heard.
function soon() {
  state.frame ??= requestAnimationFrame(() => {
    state.frame = null;
    draw();
  });
}

function draw() {
  const stories = [...state.shown.values()];
  element("shown").classList.toggle("several", stories.length > 1);
  const most = Math.max(1, ...stories.map((story) => shownEpochs(story)));
  const losses = stories.flatMap((story) => curvesOf(story, "loss")).flatMap(({ points }) => points.map(([, value]) => value)).filter((value) => typeof value === "number");
  const highest = Math.min(5, Math.max(0.1, ...losses));
  for (const story of stories) drawRun(story, most, highest);
  if (!stories.length) element("shown").replaceChildren(node("p", { className: "card invite", textContent: "Choose a run on the left, or start a new one." }));
  else element("shown").querySelector(".invite")?.remove();
}

// As far as it has come and somewhat beyond, or all of a run that is nearly done.
function shownEpochs(story) {
  const done = Math.max(story.place, rowsOf(story).at(-1)?.epoch ?? 0);
  return Math.max(done, Math.min(story.epochs, Math.max(4, Math.ceil(1.5 * done))));
}

function rowsOf(story) {
  if (story.rows.length) return story.rows.filter(Boolean);
  return state.runs.find(({ name }) => name === story.name)?.history ?? [];
}

function curvesOf(story, name) {
  const rows = rowsOf(story);
  const steps = story.steps.length ? story.steps.filter((step) => name in step).map((step) => [step.x, step[name]]) : rows.map((row) => [row.epoch, row[name]]);
  return [
    { name: "training", className: "training", points: steps },
    { name: "validation", className: "validation", dots: true, points: rows.filter((row) => `val_${name}` in row).map((row) => [row.epoch, row[`val_${name}`]]) },
  ];
}

function drawRun(story, most, highest) {
  const run = state.runs.find(({ name }) => name === story.name) ?? { name: story.name, state: "starting" };
  const view = viewOf(story);
  view.state.textContent = statusOf(story, run);
  view.article.dataset.state = stateOf(run);
  const isLearning = run.state === "training" || run.state === "starting";
  view.stop.hidden = !isLearning;
  view.resume.hidden = run.state !== "stopped" || !run.settings;
  view.inside.hidden = !run.opens || !state.lab?.opens;
  view.charts.replaceChildren(
    node("figure", {}, captionOf("Loss", run), chart("loss", curvesOf(story, "loss"), most, [0, highest])),
    node("figure", {}, captionOf("Accuracy", run), chart("accuracy", curvesOf(story, "accuracy"), most, [0, 1])),
  );
  drawLook(story, view);
  drawChanges(story, view, run);
  view.command.textContent = run.command ?? "";
  view.keras.textContent = run.keras ?? "";
  view.kerasPart.hidden = !run.keras;
  view.commandPart.hidden = !run.command;
}

const isTuned = (run) => run.kind === "fine-tuned";

function captionOf(words, run) {
  const line = (name) => node("span", { className: `key ${name}`, textContent: name });
  const lines = isTuned(run) ? ["training"] : ["training", "validation"];
  return node("figcaption", {}, node("b", { textContent: words }), ...lines.map(line));
}

function statusOf(story, run) {
  const row = rowsOf(story).at(-1);
  const figures = row && !isTuned(run) ? `validation ${said(row.val_accuracy, 4)}, loss ${said(row.val_loss)}` : "";
  if (stateOf(run) === "failed") return (story.ended?.words || run.words) ?? "failed";
  if (run.state === "broken") return run.words;
  if (run.state === "starting") return "starting: loading Keras";
  if (run.state !== "training") return [WORDS[run.state], figures, testWords(run)].filter(Boolean).join(" · ");
  const lost = story.connected ? "" : "connection lost, reconnecting";
  const epoch = story.epochs ? `${isTuned(run) ? "round" : "epoch"} ${Math.min(story.epochs, Math.floor(story.place) + 1)} of ${story.epochs}` : "preparing";
  const left = story.left === null ? "" : `${Math.ceil(story.left)} s left`;
  return [epoch, left, figures, lost].filter(Boolean).join(" · ");
}

function testWords({ test, from }) {
  if (test?.accuracy === undefined) return "";
  const share = (value) => `${(100 * value).toFixed(2)}\u00a0%`;
  return `test ${share(test.accuracy)}${from ? `, ${share(test.before)} of ${from}` : ""}`;
}

function viewOf(story) {
  if (story.view) return story.view;
  const button = (words, act, className = "") => node("button", { type: "button", textContent: words, className, onclick: act });
  const act = (what) => () => what(story.name).then(refresh, (error) => { element("where").textContent = error.message; });
  const view = {
    state: node("p", { className: "status" }),
    stop: button("Stop", act(server.stop)),
    resume: button("Resume", act(server.resume)),
    inside: node("a", { className: "button", textContent: "Look inside", href: `inside.html?run=${story.name}` }),
    charts: node("div", { className: "charts" }),
    epoch: node("input", { type: "range", min: 1, max: 1, value: 1 }),
    epochWords: node("span"),
    digits: node("ol", { className: "digits twenty" }),
    confusion: node("div", { className: "confusion" }),
    filters: node("canvas", { className: "maps" }),
    changes: node("div", { className: "result" }),
    command: node("pre"),
    keras: node("pre"),
  };
  view.epoch.setAttribute("aria-label", "Epoch shown");
  view.epoch.addEventListener("input", () => {
    story.at = Number(view.epoch.value) === story.looks.length ? null : Number(view.epoch.value);
    soon();
  });
  view.filters.setAttribute("role", "img");
  view.filters.setAttribute("aria-label", "Kernels of the first layer");
  view.look = node("div", { className: "look", hidden: true },
    node("label", { className: "epoch" }, view.epochWords, view.epoch),
    node("div", {}, node("h3", { textContent: "Twenty digits" }), view.digits),
    node("div", {}, node("h3", { textContent: "Confusion matrix" }), view.confusion),
    node("div", { className: "holder" }, node("h3", { textContent: "Kernels of the first layer" }), view.filters));
  view.commandPart = node("details", {}, node("summary", { textContent: "The same on the command line" }), view.command);
  view.kerasPart = node("details", {}, node("summary", { textContent: "The same in plain Keras" }), view.keras);
  view.article = node("article", { className: "card run" },
    node("header", {}, node("h2", { textContent: story.name }), node("div", { className: "group" }, view.stop, view.resume, view.inside)),
    view.state, view.charts, view.look, view.changes, view.commandPart, view.kerasPart);
  view.article.dataset.run = story.name;
  element("shown").append(view.article);
  story.view = view;
  return view;
}

function drawLook(story, view) {
  const count = story.looks.length;
  view.look.hidden = !count || !story.digits;
  if (view.look.hidden) return;
  Object.assign(view.epoch, { max: count, value: story.at ?? count });
  const look = story.looks[(story.at ?? count) - 1];
  if (!look || (story.drawn === look && !story.restyled)) return;
  Object.assign(story, { drawn: look, restyled: false });
  view.epochWords.textContent = `After epoch ${look.epoch}`;
  view.digits.replaceChildren(...story.digits.map(({ label, picture }, at) => digitOf(label, picture, look.shares[at])));
  drawConfusion(view.confusion, look.confusion);
  if (look.filters.length) {
    const sides = [look.filters.length, look.filters[0].length, look.filters[0][0].length];
    new MapsView(view.filters, sides, 34).paint(look.filters.flat(2), shades);
  }
}

// What a fine-tuning changed, asked for once it is finished.
function drawChanges(story, view, run) {
  if (!isTuned(run) || run.state !== "finished" || !run.keras) return;
  story.asked ??= server.changes(story.name).then((changes) => {
    story.changes = changes;
    story.recoloured = true;
    soon();
  }, () => null);
  if (!story.changes || !story.recoloured) return;
  story.recoloured = false;
  view.changes.replaceChildren(...beforeAfter(story.changes, shades));
}

function digitOf(label, picture, shares) {
  const answer = shares.indexOf(Math.max(...shares));
  const canvas = node("canvas", { width: 28, height: 28 });
  new MapsView28(canvas).paint(picture);
  const item = node("li", { className: answer === label ? "" : "mistaken" }, canvas, node("b", { textContent: String(answer) }), node("small", { textContent: `${Math.round(100 * shares[answer])} %` }));
  item.setAttribute("aria-label", `a ${label}, read as ${answer}`);
  return item;
}

// A picture of 28×28 shades in the colours of the page.
class MapsView28 {
  constructor(canvas) {
    this.pen = canvas.getContext("2d");
  }

  paint(picture) {
    const image = this.pen.createImageData(28, 28);
    const pixels = new Uint32Array(image.data.buffer);
    picture.forEach((shade, at) => { pixels[at] = shades.table[255 + shade]; });
    this.pen.putImageData(image, 0, 0);
  }
}

function drawConfusion(table, counts) {
  const most = counts.map((row) => Math.max(1, ...row));
  const cells = [node("span")];
  for (let digit = 0; digit < 10; digit += 1) cells.push(node("b", { textContent: String(digit) }));
  counts.forEach((row, label) => {
    cells.push(node("b", { textContent: String(label) }));
    row.forEach((count, answer) => {
      const cell = node("span", { textContent: count || "", className: label === answer ? "right" : "wrong-one" });
      cell.style.setProperty("--share", `${Math.round(100 * Math.sqrt(count / most[label]))}%`);
      cell.title = `${label} read as ${answer}: ${count}`;
      cells.push(cell);
    });
  });
  table.replaceChildren(...cells);
}

// --- a new run ---

const FIELDS = [
  ["data", "Data", "choice"], ["limit", "Pictures", "number", { min: 100, placeholder: "all" }],
  ["filters", "Filters per convolution", "text", { pattern: "\\s*\\d+(\\s*,\\s*\\d+){0,2}\\s*" }], ["dense", "Hidden units", "number", { min: 0 }],
  ["activation", "Activation", "choice"], ["dropout", "Dropout", "number", { min: 0, max: 0.9, step: "any" }],
  ["augment", "Augmentation", "choice"], ["optimizer", "Optimizer", "choice"],
  ["learning_rate", "Learning rate", "number", { step: "any" }], ["batch_size", "Batch size", "number", { min: 1 }],
  ["epochs", "Epochs", "number", { min: 1 }], ["seed", "Seed", "number", { min: 0 }],
];

function addFields({ choices, usual }) {
  element("fields").replaceChildren(...FIELDS.map(([name, words, kind, options = {}]) => {
    const input = kind === "choice"
      ? node("select", { name }, ...choices[name].map((choice) => node("option", { value: choice, textContent: choice })))
      : node("input", { name, type: kind, ...options });
    input.value = usual[name] ?? "";
    return node("label", {}, words, input);
  }));
}

function settingsGiven() {
  const given = {};
  for (const [name, , kind] of FIELDS) {
    const { value } = element("settings").elements[name];
    if (name === "filters") given[name] = value.split(",").map(Number);
    else if (value !== "") given[name] = kind === "number" ? Number(value) : value;
  }
  return given;
}

async function begin() {
  element("refused").textContent = "";
  element("start").disabled = true;
  try {
    const { name } = await server.start(settingsGiven());
    element("form").close();
    await refresh();
    choose(name);
  } catch (error) {
    element("refused").textContent = error.message;
  } finally {
    element("start").disabled = false;
  }
}

element("new").addEventListener("click", () => element("form").showModal());
element("cancel").addEventListener("click", () => element("form").close());
element("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});

function restyle() {
  shades.update();
  for (const story of state.shown.values()) Object.assign(story, { restyled: true, recoloured: true });
  soon();
}
themed(element("theme"), restyle);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);

async function start() {
  const wanted = new URLSearchParams(location.search).getAll("run");
  state.lab = await server.about();
  addFields(state.lab);
  await refresh();
  for (const name of wanted.filter((one) => /^[\w.-]+$/.test(one)).slice(0, MOST_SHOWN)) add(name);
  if (!state.shown.size && state.runs.length) add(state.runs[0].name);
  remember();
  showList();
  soon();
  setInterval(refresh, LIST_EVERY_MS);
  document.documentElement.dataset.ready = "true";
}

start().catch((error) => { element("where").textContent = error.message; });
