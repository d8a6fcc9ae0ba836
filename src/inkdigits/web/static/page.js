// Puts the page together: writing, pictures and the camera take turns on the same sheet.

import { node, nothing, toast } from "./answer.js";
import { Board } from "./board.js";
import { Camera } from "./camera.js";
import { Details } from "./details.js";
import { asCsv, asJson, asText, download } from "./files.js";
import { Pictures, takeFiles } from "./pictures.js";
import { asksForKey } from "./key.js";
import * as reader from "./reader.js";
import { themed } from "./theme.js";
import { Writing } from "./write.js";

const element = (id) => document.getElementById(id);
const board = new Board(element("pad"));
const details = new Details(reader);
const writing = new Writing(board, reader, details);
const pictures = new Pictures(reader, details);
const camera = new Camera(show, toast);
let mode = "write";

function turnTo(next) {
  if (mode === "camera") camera.stop();
  if (mode === "picture" && next !== "picture") pictures.leave();
  if (mode === "write") writing.leave();
  mode = next;
  element("pen-tools").hidden = element("pad").hidden = mode !== "write";
  element("picture-tools").hidden = element("picture").hidden = mode !== "picture";
  element("camera-tools").hidden = mode !== "camera";
  element("hint").hidden = mode !== "write";
  element("sheet").classList.toggle("shows", mode !== "write");
  if (mode === "write") writing.start();
}

function show(files) {
  turnTo("picture");
  pictures.open(files);
}

async function showExample() {
  const response = await fetch("example.png");
  if (!response.ok) throw new Error("The example could not be loaded.");
  show([new File([await response.blob()], "example.png", { type: "image/png" })]);
}

async function useCamera() {
  if (!(await camera.start())) return;
  turnTo("camera");
  details.leave();
  nothing("Hold a number up to the camera.");
  element("shoot").focus();
}

function widen(by) {
  element("width").stepUp(by);
  board.width = Number(element("width").value);
}

const found = () => (mode === "picture" ? pictures.found : writing.found);

async function copy() {
  await navigator.clipboard.writeText(asText(found()));
  toast("Copied.");
}

function leave() {
  if (mode === "write") board.clear();
  else turnTo("write");
}

// A button in the place of a link, for what is made here and now.
function packButton(words, pack) {
  const give = async () => {
    const packed = await pack();
    if (packed) download(packed.content, packed.name);
    else toast("There are no corrections yet.");
  };
  return node("button", { type: "button", className: "link", textContent: words, onclick: () => give().catch((error) => toast(error.message)) });
}

const nextTheme = themed(element("theme"), () => board.redraw());
const KEYS = {
  "[": () => widen(-1), "]": () => widen(1), t: nextTheme, o: () => element("file").click(), Escape: leave,
  ArrowLeft: () => mode === "picture" && pictures.step(-1), ArrowRight: () => mode === "picture" && pictures.step(1),
};

function pressed(event) {
  if (document.querySelector("dialog[open]") || event.target.matches("input[type=range]")) return;
  if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    board.undo();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
    KEYS[event.key]?.();
  }
}

element("undo").addEventListener("click", () => board.undo());
element("clear").addEventListener("click", () => board.clear());
element("back").addEventListener("click", () => turnTo("write"));
element("stop").addEventListener("click", () => turnTo("write"));
element("camera").addEventListener("click", useCamera);
element("width").addEventListener("input", ({ target }) => { board.width = Number(target.value); });
element("example").addEventListener("click", () => showExample().catch((error) => toast(error.message)));
element("copy").addEventListener("click", () => copy().catch(() => toast("Copying is not allowed here: download CSV or JSON instead.")));
element("csv").addEventListener("click", () => download(asCsv(found()), "numbers.csv", "text/csv"));
element("json").addEventListener("click", () => download(asJson(found()), "numbers.json", "application/json"));
element("keys").addEventListener("click", () => element("help").showModal());
element("where").textContent = reader.where;
element("file").accept = reader.files;
addEventListener("keydown", pressed);
takeFiles(show);
turnTo("write");

async function start() {
  const { words, review } = await reader.open();
  element("model").textContent = words;
  if (review) element("links").prepend(node("a", { textContent: "Review forms", href: "review/" }));
  document.documentElement.dataset.ready = "true";
}

asksForKey(async (key) => {
  reader.useKey(key);
  await start();
  turnTo(mode); // what was written meanwhile is read now
});
start().catch((error) => nothing(error.message));
element("links").append(...reader.links().map(([words, target]) => (typeof target === "string" ? node("a", { textContent: words, href: target }) : packButton(words, target))));
