// A picture with what was found on it: a box and the sign for each, in an SVG over the picture, each a button.

import { describe, moodOf } from "./answer.js";

const SVG = "http://www.w3.org/2000/svg";

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// `image` is null where neither the browser nor a service shows the page: then its marks stand on a blank one.
export function sheetOf(page, image, marks, choose) {
  const unit = Math.max(page.width, page.height) / 100;
  const ground = image
    ? drawn("image", { href: image, width: page.width, height: page.height, preserveAspectRatio: "none" })
    : drawn("rect", { class: "blank", width: page.width, height: page.height });
  const drawings = marks.map((mark, index) => drawingOf(mark, index, unit, image === null, choose));
  const sheet = drawn("svg", { viewBox: `${-unit} ${-unit} ${page.width + 2 * unit} ${page.height + 2 * unit}`, role: "group",
    "aria-label": `The picture, with ${marks.length} marks` }, ground, ...drawings);
  return sheet;
}

function drawingOf(mark, index, unit, blank, choose) {
  const [left, top, right, bottom] = mark.box;
  const [width, height] = [right - left, bottom - top];
  const drawing = drawn("g", { class: `mark ${moodOf(mark)}`, role: "button", tabindex: index ? -1 : 0, "aria-label": describe(mark), "aria-pressed": "false" },
    drawn("rect", { x: left, y: top, width, height, rx: 0.3 * unit }));
  if (mark.text) drawing.append(...(blank ? onBlank(mark, unit) : tagOf(mark, unit)));
  drawing.addEventListener("click", () => choose(index));
  drawing.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(index); } });
  return drawing;
}

function onBlank({ text: sign, box: [left, top, right, bottom] }) {
  const size = 0.9 * (bottom - top);
  const text = drawn("text", { class: "on-blank", x: (left + right) / 2, y: bottom - 0.14 * (bottom - top), "font-size": size });
  text.textContent = sign;
  return [text];
}

// The sign in a small flag above its box, below it where there is no room.
function tagOf({ text: sign, box: [left, top, right, bottom] }, unit) {
  const size = Math.min(4.5 * unit, Math.max(1.8 * unit, 0.55 * (right - left)));
  const x = (left + right) / 2;
  const y = top >= 1.25 * size ? top - 1.15 * size : bottom + 0.15 * size;
  const tag = drawn("g", { class: "tag" }, drawn("rect", { x: x - 0.42 * size, y, width: 0.84 * size, height: size, rx: 0.16 * size }));
  const text = drawn("text", { x, y: y + 0.79 * size, "font-size": 0.82 * size });
  text.textContent = sign;
  tag.append(text);
  return [tag];
}

export function press(sheet, chosen) {
  sheet.querySelectorAll(".mark").forEach((mark, index) => {
    mark.setAttribute("aria-pressed", index === chosen);
    mark.setAttribute("tabindex", index === chosen ? 0 : -1);
  });
}
