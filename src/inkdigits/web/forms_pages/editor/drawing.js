// The page with its fields, in millimetres; fields are drawn, moved and resized with the mouse.

import { boxesOf, rounded } from "./model.js";

const SVG = "http://www.w3.org/2000/svg";
const LEAST_MM = 2; // a shorter stroke of the mouse is a click
const HANDLE_MM = 2.6;
const SNAP_MM = 0.5;

function shape(name, attributes, ...inside) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function rect(name, [left, top, right, bottom]) {
  const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
  return shape("rect", { class: name, x: left, y: top, width, height });
}

const snapped = (mm) => Math.round(mm / SNAP_MM) * SNAP_MM;

export class Drawing {
  #svg = null;
  #drag = null;

  // `told` has `chosen(index, part)`, `drawn(box)` and `moved(index, part, box, done)`.
  constructor(element, told) {
    this.element = element;
    this.told = told;
    // On what stays: the fields are drawn anew with every step of the mouse.
    element.addEventListener("pointerdown", (event) => this.#down(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#up(event));
    element.addEventListener("pointercancel", () => { this.#drag = null; });
  }

  show(page, picture, chosen, read) {
    const had = document.activeElement?.closest?.("g[data-index]");
    const [width, height] = page.size;
    const viewBox = `0 0 ${width} ${height}`;
    const svg = shape("svg", { viewBox, role: "group", "aria-label": "Fields" });
    svg.append(shape("image", { href: picture, width, height, preserveAspectRatio: "none" }));
    page.fields.forEach(({ content }, index) => {
      svg.append(...this.#field(content, index, chosen, read?.[content.name]));
    });
    this.element.replaceChildren(svg);
    this.#svg = svg;
    if (had) this.focus(Number(had.dataset.index), Number(had.dataset.part));
  }

  focus(index, part = 0) {
    const group = this.#svg.querySelector(`g[data-index="${index}"][data-part="${part}"]`);
    group?.focus({ preventScroll: true });
  }

  #field(content, index, chosen, read) {
    return boxesOf(content).map((box, part) => {
      const is = chosen.index === index && chosen.part === part;
      const value = content.type === "choice" ? content.choices[part].value : "";
      const said = [content.name, value, content.type].filter(Boolean).join(", ");
      const group = shape("g", {
        class: is ? "chosen" : "",
        tabindex: 0,
        role: "button",
        "aria-label": said,
        "aria-pressed": is,
        "data-index": index,
        "data-part": part,
      });
      group.append(rect("box", box), ...cells(content, box));
      const name = value ? `${content.name}: ${value}` : content.name;
      group.append(shape("text", { class: "name", x: box[0], y: box[1] - 1.4 }, name));
      if (read && part === 0) {
        const kind = read.accepted ? "read" : "read doubtful";
        const place = { x: box[2] + 1, y: box[3] - 1 };
        group.append(shape("text", { class: kind, ...place }, read.text || "–"));
      }
      if (is) group.append(...corners(box));
      group.addEventListener("focus", () => this.told.chosen(index, part));
      return group;
    });
  }

  #point(event) {
    const toForm = this.#svg.getScreenCTM().inverse();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(toForm);
    const { width, height } = this.#svg.viewBox.baseVal;
    return [Math.min(width, Math.max(0, at.x)), Math.min(height, Math.max(0, at.y))];
  }

  #down(event) {
    if (event.button) return;
    const group = event.target.closest("g[data-index]");
    const [x, y] = this.#point(event);
    this.#drag = { x, y, corner: event.target.dataset.corner ?? null, box: null };
    if (group) {
      const [index, part] = [Number(group.dataset.index), Number(group.dataset.part)];
      this.told.chosen(index, part);
      this.focus(index, part);
      Object.assign(this.#drag, { index, part, box: this.told.box(index, part) });
    } else {
      this.told.chosen(-1, 0);
    }
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
  }

  #move(event) {
    if (!this.#drag) return;
    const box = this.#dragged(event);
    if (this.#drag.box) {
      this.told.moved(this.#drag.index, this.#drag.part, box, false);
    } else {
      this.#svg.querySelector(".drawing")?.remove();
      this.#svg.append(rect("drawing", box));
    }
  }

  #up(event) {
    if (!this.#drag) return;
    const box = this.#dragged(event);
    const { index, part, box: was } = this.#drag;
    this.#drag = null;
    this.#svg.querySelector(".drawing")?.remove();
    if (was) this.told.moved(index, part, box, true);
    else if (box[2] - box[0] >= LEAST_MM && box[3] - box[1] >= LEAST_MM) this.told.drawn(box);
  }

  // The box as the mouse has it now.
  #dragged(event) {
    const [x, y] = this.#point(event);
    const { x: x0, y: y0, corner, box } = this.#drag;
    if (!box) {
      const drawn = [Math.min(x, x0), Math.min(y, y0), Math.max(x, x0), Math.max(y, y0)];
      return drawn.map(snapped).map(rounded);
    }
    const [across, down] = [snapped(x - x0), snapped(y - y0)];
    // A corner takes the two sides along that meet in it; without one all four move.
    const moves = (side) => !corner || corner.includes(side);
    const along = { w: across, n: down, e: across, s: down };
    const sides = Object.keys(along).map((side) => (moves(side) ? along[side] : 0));
    return box.map((side, place) => rounded(side + sides[place]));
  }
}

// A comb's boxes, or the cells of a table.
function cells(content, [left, top, right, bottom]) {
  const columns = content.type === "table" ? content.columns.length : combOf(content);
  const rows = content.type === "table" ? content.rows : 1;
  const lines = [];
  for (let place = 1; place < columns; place += 1) {
    const x = left + ((right - left) * place) / columns;
    lines.push(shape("line", { class: "cell", x1: x, x2: x, y1: top, y2: bottom }));
  }
  for (let place = 1; place < rows; place += 1) {
    const y = top + ((bottom - top) * place) / rows;
    lines.push(shape("line", { class: "cell", x1: left, x2: right, y1: y, y2: y }));
  }
  return lines;
}

function combOf({ type, comb, digits, year_digits: years = 4 }) {
  if (comb === false) return 1;
  if (type === "date") return 4 + years;
  if (type === "time") return 4;
  return type === "digits" || type === "number" ? digits ?? 1 : 1;
}

function corners([left, top, right, bottom]) {
  const half = HANDLE_MM / 2;
  const size = { width: HANDLE_MM, height: HANDLE_MM };
  const places = { nw: [left, top], ne: [right, top], sw: [left, bottom], se: [right, bottom] };
  return Object.entries(places).map(([corner, [x, y]]) =>
    shape("rect", { class: "handle", "data-corner": corner, x: x - half, y: y - half, ...size }),
  );
}
