// The review page: one field at a time, by keys. It shows what the service says.

import { asksForKey } from "/key.js";
import { themed } from "/theme.js";
import { asked, fetched, newId, sent, useKey } from "../forms/asking.js";
import { Pictures } from "./pictures.js";

const element = (id) => document.getElementById(id);
const MODES = ["queue", "disagreements", "spot"];
const NAME = "inkdigits-reviewer";
const RETRY_MS = 1000;
const reading = element("reading");

const state = { item: null, mode: "queue", skipped: [], busy: false, sure: false, wide: false };
const waiting = []; // what was chosen while an answer was on its way
const pictures = new Pictures();

function node(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

function toast(words) {
  element("toast").textContent = words;
  element("toast").classList.add("up");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => element("toast").classList.remove("up"), 4000);
}

const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const reviewer = () => element("reviewer").value.trim();

// What is sent while the service is away is sent again, with the same id, until it answers.
async function surely(path, content) {
  for (;;) {
    try {
      return await sent(path, content);
    } catch (error) {
      if (error.status !== 0 && error.status !== 503) throw error;
      toast(`${error.message} Your answer will be sent again until it is saved.`);
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

// One thing at a time: keys that come while an answer is on its way are not lost to another field.
async function alone(work) {
  if (state.busy) return;
  state.busy = true;
  document.documentElement.dataset.busy = "true";
  try {
    await work();
  } catch (error) {
    warn(error.message);
  } finally {
    state.busy = false;
    delete document.documentElement.dataset.busy;
  }
  if (waiting.length) alone(waiting.shift());
}

// Another queue or name is never lost: it is loaded once what is on its way has ended.
function afterwards(work) {
  if (state.busy) waiting.push(work);
  else alone(work);
}

function warn(words) {
  element("warning").textContent = words;
  element("warning").hidden = !words;
}

function show({ item, upcoming = [], progress }) {
  state.item = item;
  state.sure = false;
  element("item").hidden = !item;
  element("nothing").hidden = Boolean(item);
  showProgress(progress);
  warn("");
  if (item) showItem(item);
  else showNothing(progress);
  pictures.prepare(upcoming);
  document.documentElement.dataset.field = item?.key ?? "none";
}

function showItem(item) {
  element("label").textContent = item.unit ? `${item.label} (${item.unit})` : item.label;
  const about = [item.form, item.id, item.source.split("/").pop()];
  element("source").textContent = about.filter(Boolean).join(" · ");
  element("source").title = item.source;
  element("reason").textContent = reasonOf(item);
  element("hint").textContent = item.hint;
  reading.inputMode = ["digits", "number", "date", "time"].includes(item.kind) ? "decimal" : "text";
  reading.readOnly = item.kind === "choice";
  reading.placeholder = item.reason || item.answers.length ? "" : "blank";
  reading.value = item.text;
  reading.blur();
  element("edit").hidden = item.kind === "choice";
  const buttons = item.alternatives.map((text, place) => {
    const take = () => choose(place);
    const key = node("kbd", {}, `${place + 1}`);
    return node("li", {}, node("button", { type: "button", onclick: take }, key, text));
  });
  element("alternatives").replaceChildren(...buttons);
  showChosen();
  showLinked(item.linked);
  turnWide(false);
  element("live").textContent = `${item.label}: ${item.text || "blank"}. ${reasonOf(item)}`;
}

function reasonOf(item) {
  if (!item.answers.length) return item.reason === "unsure" ? "Not sure of this reading." : item.reason;
  const words = (text) => (text === null ? "unreadable" : text || "blank");
  const said = item.answers.map(({ reviewer: who, text }) => `${who}: ${words(text)}`);
  return `The reviewers disagree. ${said.join(" · ")}`;
}

function showLinked(linked) {
  element("linked").hidden = !linked;
  if (!linked) return;
  const fields = linked.fields.map((field) => {
    const kind = [field.accepted ? "" : "doubtful", field.here ? "here" : ""].join(" ").trim();
    return node("li", { className: kind, textContent: `${field.label} ${field.text || "–"}` });
  });
  element("linked").replaceChildren(linked.rules.join(", "), node("ul", {}, ...fields));
}

function showChosen() {
  const chosen = state.item.several ? reading.value.split("|") : [reading.value];
  for (const [place, button] of [...element("alternatives").querySelectorAll("button")].entries()) {
    button.setAttribute("aria-pressed", `${chosen.includes(state.item.alternatives[place])}`);
  }
}

async function turnWide(wide) {
  const { item } = state;
  state.wide = wide;
  element("context").setAttribute("aria-pressed", `${wide}`);
  try {
    const url = await pictures.url(item.key, wide);
    if (state.item !== item || state.wide !== wide) return;
    element("cutout").src = url;
    element("cutout").alt = `${item.label} as written on the form`;
    element("cutout").hidden = false;
    element("no-picture").hidden = true;
    await element("cutout").decode();
    element("cutout").dataset.shows = `${item.key} ${wide}`;
  } catch (error) {
    element("cutout").hidden = true;
    element("no-picture").hidden = false;
    element("no-picture").textContent = error.message;
  }
}

function showNothing(progress) {
  const words = {
    queue: ["All fields reviewed", "Every field is accepted or has been reviewed."],
    disagreements: ["No disagreements", "Fields that reviewers read differently appear here."],
    spot: ["Nothing left to check", "All accepted fields have been checked."],
  }[state.mode];
  if (state.mode === "queue" && progress.open) {
    words[0] = "Nothing left for you to review";
    words[1] = `${counted(progress.open, "field")} left for another reviewer or for a decision.`;
  }
  element("nothing-title").textContent = words[0];
  element("nothing-more").textContent = words[1];
  element("live").textContent = words.join(". ");
}

function showProgress(progress) {
  const { spot } = progress;
  element("mode-queue").querySelector("b").textContent = progress.yours || "";
  element("mode-disagreements").querySelector("b").textContent = progress.disagreements || "";
  const disputes = progress.double || progress.disagreements || state.mode === "disagreements";
  element("mode-disagreements").hidden = !disputes;
  element("mode-spot").querySelector("b").textContent = "";
  const parts = [
    `${progress.forms_done} of ${progress.forms} forms done`,
    `${counted(progress.open, "field")} open`,
    `${counted(progress.answered, "answer")} by you`,
    progress.pages_refused ? `${counted(progress.pages_refused, "page")} refused` : "",
  ];
  element("progress").textContent = parts.filter(Boolean).join(" · ");
  element("spot-said").textContent = spotSaid(spot);
}

function spotSaid({ accepted, checked, wrong, low, high }) {
  if (!checked) return `${accepted} fields were accepted; spot checks estimate how many of them are wrong.`;
  const between = `between ${percent(low)} and ${percent(high)} of all ${accepted} (95 % confidence)`;
  return `Spot checks: ${wrong} of ${checked} accepted fields were wrong; ${between}.`;
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

function choose(place) {
  const text = state.item?.alternatives[place];
  if (text === undefined) return;
  if (state.item.several) {
    const ticked = new Set(reading.value.split("|").filter(Boolean));
    if (!ticked.delete(text)) ticked.add(text);
    reading.value = state.item.alternatives.filter((each) => ticked.has(each)).join("|");
  } else {
    reading.value = text;
  }
  state.sure = false;
  warn("");
  showChosen();
}

function answer(text, sure = state.sure) {
  const { item, mode, skipped } = state;
  if (!item) return;
  alone(async () => {
    const about = { id: newId(), reviewer: reviewer(), mode, skip: skipped };
    const content = { ...about, key: item.key, text, sure };
    const said = await surely("/v1/review/answer", content);
    if (said.kept) {
      show(said);
    } else {
      state.sure = true;
      warn(`Are you sure? ${capital(said.warning)}. Press Enter again to save it.`);
    }
  });
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);

async function load() {
  const skip = state.skipped.join(",");
  const query = new URLSearchParams({ reviewer: reviewer(), mode: state.mode, skip });
  show(await asked(`/v1/review/next?${query}`));
}

function later() {
  if (!state.item) return;
  alone(async () => {
    state.skipped = [...state.skipped.filter((key) => key !== state.item.key), state.item.key];
    await load();
  });
}

function undo() {
  alone(async () => {
    const said = await surely("/v1/review/undo", { id: newId(), reviewer: reviewer() });
    if (!said.undone) {
      toast("You have no answer to undo.");
      return;
    }
    turnTo(said.item.mode);
    show(said);
    toast("Undone.");
  });
}

function turnTo(mode) {
  state.mode = mode;
  state.skipped = [];
  for (const each of MODES) {
    element(`mode-${each}`).setAttribute("aria-pressed", `${each === mode}`);
  }
}

function edit() {
  if (!state.item || reading.readOnly) return;
  reading.focus();
  reading.select();
}

const blank = () => answer("", true);
const unreadable = () => answer(null);
const context = () => state.item && turnWide(!state.wide);
const help = () => element("help").showModal();
const nextTheme = themed(element("theme"), () => {});
const KEYS = {
  Enter: () => answer(reading.value),
  e: edit,
  F2: edit,
  Backspace: edit,
  Delete: edit,
  b: blank,
  x: unreadable,
  s: later,
  c: context,
  u: undo,
  t: nextTheme,
  "?": help,
};

function pressed(event) {
  if (document.querySelector("dialog[open]") || event.target === element("reviewer")) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "z" && event.target !== reading) {
    event.preventDefault();
    undo();
    return;
  }
  if (control || event.altKey) return;
  if (event.target === reading && !reading.readOnly) {
    if (event.key === "Escape") reading.blur();
    return; // what is typed belongs to the box; Enter sends its form
  }
  if (event.target.closest("button, a") && (event.key === "Enter" || event.key === " ")) return;
  const place = Number(event.key);
  if (place >= 1) choose(place - 1);
  else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

async function download(format) {
  const response = await fetched(`/v1/review/export?format=${format}`);
  const named = /filename="(.+)"/.exec(response.headers.get("content-disposition"));
  const url = URL.createObjectURL(await response.blob());
  node("a", { href: url, download: named?.[1] ?? `reviewed.${format}` }).click();
  URL.revokeObjectURL(url);
}

function keepName(name) {
  element("reviewer").value = name;
  try {
    localStorage.setItem(NAME, name);
  } catch { /* then it is asked for again */ }
}

function knownName(given) {
  try {
    return localStorage.getItem(NAME) ?? given;
  } catch {
    return given;
  }
}

async function start() {
  const about = await asked("/v1/review");
  element("results").textContent = about.results;
  pictures.pile = about.pile;
  element("reviewer").value ||= knownName(about.reviewer);
  if (!reviewer()) {
    element("name-dialog").showModal();
    return;
  }
  await load();
  document.documentElement.dataset.ready = "true";
}

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  answer(reading.value);
});
reading.addEventListener("input", () => {
  state.sure = false;
  showChosen();
});
element("name-form").addEventListener("submit", (event) => {
  event.preventDefault();
  keepName(element("name-field").value.trim());
  element("name-dialog").close();
  start().catch((error) => toast(error.message));
});
element("reviewer").addEventListener("change", () => {
  if (!reviewer()) {
    element("name-dialog").showModal();
    return;
  }
  keepName(reviewer());
  afterwards(load);
});
for (const mode of MODES) {
  element(`mode-${mode}`).addEventListener("click", (event) => {
    event.currentTarget.blur(); // so that Enter answers, and does not press the button again
    afterwards(async () => {
      turnTo(mode);
      await load();
    });
  });
}
const CLICKS = { edit, later, undo, "undo-there": undo, blank, unreadable, context };
for (const [id, act] of Object.entries(CLICKS)) {
  element(id).addEventListener("click", (event) => {
    event.currentTarget.blur();
    act();
  });
}
element("keys").addEventListener("click", help);
for (const button of document.querySelectorAll("[data-format]")) {
  button.addEventListener("click", () => {
    download(button.dataset.format).catch((error) => toast(error.message));
  });
}
addEventListener("keydown", pressed);
asksForKey(async (key) => {
  useKey(key);
  await start();
});
start().catch((error) => toast(error.message));
