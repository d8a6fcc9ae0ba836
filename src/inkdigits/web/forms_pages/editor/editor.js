// Puts the editor together: the page with its fields, what the chosen one is, and the file.

import { themed } from "/theme.js";
import { asked, fetched, sent } from "../forms/asking.js";
import { Drawing } from "./drawing.js";
import { Model, boxesOf, rounded } from "./model.js";
import { Properties } from "./properties.js";

const element = (id) => document.getElementById(id);
const NEW_BOX_MM = [40, 8]; // width and height of a field that a key makes
const STEP_MM = 1;
const ARROWS = {
  ArrowLeft: [-STEP_MM, 0],
  ArrowRight: [STEP_MM, 0],
  ArrowUp: [0, -STEP_MM],
  ArrowDown: [0, STEP_MM],
};

const state = { page: 0, index: -1, part: 0, read: null, shows: "", version: 0 };
let model;
let properties;

const page = () => model.pages[state.page];
const content = () => page().fields[state.index]?.content;

const drawing = new Drawing(element("sheet"), {
  chosen(index, part) {
    if (state.index === index && state.part === part) return;
    Object.assign(state, { index, part });
    show();
  },
  box: (index, part) => [...boxesOf(page().fields[index].content)[part]],
  drawn(box) {
    model.change(() => { state.index = model.added(state.page, box); });
    state.part = 0;
    show();
    drawing.focus(state.index);
  },
  moved(index, part, box, done) {
    const target = boxesOf(page().fields[index].content)[part];
    if (!moving.from) moving.from = [...target];
    place(target, box);
    if (!done) {
      show();
      return;
    }
    const end = [...target];
    place(target, moving.from);
    moving.from = null;
    model.change(() => place(target, end)); // one step back undoes the whole way
    show();
  },
});
const moving = { from: null };

// Within the page, and never turned inside out.
function place(target, box) {
  const [width, height] = page().size;
  const [left, top] = [Math.max(0, box[0]), Math.max(0, box[1])];
  const [right, bottom] = [Math.min(width, box[2]), Math.min(height, box[3])];
  const inside = [left, top, right, bottom];
  if (inside[2] - inside[0] < 1 || inside[3] - inside[1] < 1) return;
  inside.forEach((side, at) => { target[at] = rounded(side); });
}

function show() {
  drawing.show(page(), state.shows, state, state.read?.fields);
  properties.show(content(), state.part);
  element("rules").value = model.rules.join("\n");
  element("page-name").textContent = `Page ${state.page + 1} of ${model.pages.length}`;
  element("pager").hidden = model.pages.length < 2;
  element("blank").hidden = !state.read;
  element("save").textContent = model.changed ? "Save" : "Saved";
  document.documentElement.dataset.changed = `${model.changed}`;
  const rows = page().fields.map((field, index) => row(field.content, index));
  element("fields").replaceChildren(...rows);
}

function row({ name, type }, index) {
  const read = state.read?.fields[name];
  const words = document.createElement("small");
  words.textContent = read ? read.text || "–" : type;
  words.className = read && !read.accepted ? "doubtful" : "";
  words.title = read?.reason ?? "";
  const button = document.createElement("button");
  Object.assign(button, { type: "button", onclick: () => choose(index) });
  button.setAttribute("aria-pressed", `${index === state.index}`);
  button.append(name, words);
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function choose(index) {
  Object.assign(state, { index, part: 0 });
  show();
  drawing.focus(index);
}

function say(problem) {
  element("problem").textContent = problem;
  element("problem").hidden = !problem;
}

function toast(words) {
  element("toast").textContent = words;
  element("toast").classList.add("up");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => element("toast").classList.remove("up"), 4000);
}

async function turnTo(number) {
  if (number < 0 || number >= model.pages.length) return;
  Object.assign(state, { page: number, index: -1, part: 0 });
  await showPicture();
}

async function showPicture() {
  const tried = Boolean(state.read?.pages.includes(state.page + 1));
  state.version += 1;
  const version = state.version;
  const response = await fetched(`/v1/template/page?number=${state.page + 1}&tried=${tried}`);
  const url = URL.createObjectURL(await response.blob());
  if (version !== state.version) return;
  URL.revokeObjectURL(state.shows);
  state.shows = url;
  show();
}

async function save() {
  const typing = document.activeElement?.closest("input, select, textarea");
  typing?.blur(); // what is being typed belongs to it
  say("");
  try {
    model.load(await sent("/v1/template", model.content));
    toast("Saved.");
    await showPicture();
    if (typing) drawing.focus(state.index, state.part);
  } catch (error) {
    say(error.message);
    throw error;
  }
}

async function tryOn(file) {
  if (model.changed) await save();
  say("");
  document.documentElement.dataset.busy = "true";
  try {
    state.read = await asked("/v1/template/try", { method: "POST", body: file });
    const { pages, reasons } = state.read;
    if (!pages.length) say(`The example is not a page of this form: ${reasons.join("; ")}`);
    else if (!pages.includes(state.page + 1)) state.page = pages[0] - 1;
    await showPicture();
  } finally {
    delete document.documentElement.dataset.busy;
  }
}

function add() {
  const [width, height] = page().size;
  const beside = content() ? boxesOf(content())[state.part] : [20, 20, 20, 20];
  const top = Math.min(beside[3] + 4, height - NEW_BOX_MM[1]);
  const left = Math.min(beside[0], width - NEW_BOX_MM[0]);
  const box = [left, top, left + NEW_BOX_MM[0], top + NEW_BOX_MM[1]];
  model.change(() => { state.index = model.added(state.page, box); });
  state.part = 0;
  show();
  drawing.focus(state.index);
}

function remove() {
  if (!content()) return;
  model.change(() => page().fields.splice(state.index, 1));
  choose(Math.min(state.index, page().fields.length - 1));
}

function step(work) {
  work();
  state.index = Math.min(state.index, page().fields.length - 1);
  state.part = 0;
  show();
}

function nudge([across, down], grows) {
  const target = boxesOf(content())[state.part];
  const sides = grows ? [0, 0, across, down] : [across, down, across, down];
  model.change(() => place(target, target.map((side, at) => side + sides[at])));
  show();
}

const nextTheme = themed(element("theme"), () => {});
const failed = (error) => say(error.message);
const undo = () => step(() => model.undo());
const redo = () => step(() => model.redo());
const before = () => turnTo(state.page - 1).catch(failed);
const after = () => turnTo(state.page + 1).catch(failed);
const help = () => element("help").showModal();
const KEYS = {
  n: add,
  Delete: remove,
  Backspace: remove,
  t: nextTheme,
  Enter: () => element("field-name")?.select(),
  PageUp: before,
  PageDown: after,
  "?": help,
};
const WITH_CONTROL = {
  z: (event) => (event.shiftKey ? redo() : undo()),
  y: redo,
  s: () => save().catch(failed),
};

function pressed(event) {
  if (document.querySelector("dialog[open]")) return;
  const control = event.ctrlKey || event.metaKey;
  const typing = event.target.matches("input, select, textarea");
  if (typing && event.key === "Escape") {
    event.target.blur();
    drawing.focus(state.index, state.part);
    return;
  }
  if (control && WITH_CONTROL[event.key.toLowerCase()] && (!typing || event.key === "s")) {
    event.preventDefault();
    WITH_CONTROL[event.key.toLowerCase()](event);
    return;
  }
  if (typing || control || event.altKey || event.target.closest("button, a, summary")) return;
  const arrow = ARROWS[event.key];
  if (arrow && content()) nudge(arrow, event.shiftKey);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
}

const CLICKS = {
  add,
  remove,
  undo,
  redo,
  save: () => save().catch(failed),
  previous: before,
  next: after,
  keys: help,
  blank: () => {
    state.read = null;
    showPicture().catch(failed);
  },
};
for (const [id, act] of Object.entries(CLICKS)) element(id).addEventListener("click", act);
element("example").addEventListener("change", ({ target }) => {
  if (target.files.length) tryOn(target.files[0]).catch(failed);
  target.value = "";
});
element("rules").addEventListener("change", ({ target }) => {
  const rules = target.value.split("\n").map((rule) => rule.trim());
  model.change(() => { model.rules = rules.filter(Boolean); });
  show();
});
element("properties").addEventListener("submit", (event) => event.preventDefault());
addEventListener("keydown", pressed);
addEventListener("beforeunload", (event) => { if (model?.changed) event.preventDefault(); });

async function start() {
  const template = await asked("/v1/template");
  model = new Model(template);
  element("file").textContent = template.file;
  properties = new Properties(element("properties"), model.about, {
    change(work) {
      model.change(work);
      state.part = Math.min(state.part, boxesOf(content()).length - 1);
      show();
    },
    rename(field, name) {
      model.change(() => model.rename(field, name));
      show();
    },
    replace(made) {
      model.change(() => { page().fields[state.index].content = made; });
      state.part = 0;
      show();
    },
  });
  await showPicture();
  document.documentElement.dataset.ready = "true";
}

start().catch(failed);
