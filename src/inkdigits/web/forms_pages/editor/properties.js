// What the chosen field is: its name, type and all that its type may carry.

import { boxesOf, retyped, rounded } from "./model.js";

const SIDES = ["left", "top", "right", "bottom"];
const COUNT = { type: "number", min: 1, max: 200, step: 1 };
const COMB = ["comb", "One box per digit", "flag"];
// What each type of field may carry: the key, its label, and how it is typed.
const OF_TYPE = {
  digits: [
    ["digits", "Digits", COUNT],
    ["least_digits", "Minimum digits", COUNT],
    COMB,
    ["pattern", "Pattern", {}],
    ["check", "Check digit", "checks"],
  ],
  number: [
    ["digits", "Digits", COUNT],
    ["decimals", "Decimals", { ...COUNT, min: 0 }],
    ["decimal", "Decimal sign", [".", ","]],
    ["unit", "Unit", {}],
    COMB,
    ["pattern", "Pattern", {}],
    ["range", "Range", "range"],
  ],
  date: [["order", "Date order", "orders"], ["year_digits", "Year digits", [2, 4]], COMB],
  time: [COMB],
  choice: [["several", "Allow several ticks", "flag"]],
  table: [["rows", "Rows", COUNT]],
  image: [],
};

function node(name, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

export class Properties {
  // `told` has `change(work)`, `rename(content, name)` and `replace(content)`.
  constructor(element, about, told) {
    this.element = element;
    this.about = about;
    this.told = told;
  }

  show(content, part) {
    if (!content) {
      const words = "Choose a field, or draw one on the page with the mouse.";
      this.element.replaceChildren(node("p", { textContent: words }));
      return;
    }
    const named = document.activeElement?.id;
    const rename = ({ target }) => this.told.rename(content, target.value.trim());
    const retype = (type) => this.told.replace(retyped(content, type));
    const own = OF_TYPE[content.type];
    const inputs = [
      this.#row("Name", "name", node("input", { value: content.name, onchange: rename })),
      this.#row("Type", "type", this.#select(this.about.types, content.type, retype)),
      this.#text(content, "label", "Label", {}),
      this.#flag(content, "required", "Must be filled in"),
      ...own.flatMap(([key, label, how]) => this.#input(content, key, label, how)),
    ];
    if (content.type === "choice") inputs.push([this.#choices(content, part)]);
    if (content.type === "table") inputs.push(this.#columns(content));
    inputs.push([this.#sides(boxesOf(content)[part])]);
    this.element.replaceChildren(...inputs.flat());
    if (named) document.getElementById(named)?.focus();
  }

  #row(label, key, input) {
    input.id = `field-${key}`;
    return [node("label", { htmlFor: input.id, textContent: label }), input];
  }

  #input(content, key, label, how) {
    if (how === "flag") return this.#flag(content, key, label);
    if (how === "range") return this.#range(content);
    if (how === "checks") return this.#chosen(content, key, label, this.about.checks);
    if (how === "orders") return this.#chosen(content, key, label, this.about.orders);
    if (Array.isArray(how)) return this.#chosen(content, key, label, how);
    return this.#text(content, key, label, how);
  }

  #set(content, key, value) {
    this.told.change(() => {
      if (value === "" || value === null || Number.isNaN(value)) delete content[key];
      else content[key] = value;
    });
  }

  #text(content, key, label, how) {
    const typed = (input) => (how.type === "number" ? input.valueAsNumber : input.value);
    const onchange = ({ target }) => this.#set(content, key, typed(target));
    return this.#row(label, key, node("input", { ...how, value: content[key] ?? "", onchange }));
  }

  #flag(content, key, label) {
    const isCombed = ["digits", "date", "time"].includes(content.type);
    const byDefault = key === "comb" && (isCombed || content.digits !== undefined);
    const checked = content[key] ?? byDefault;
    const onchange = ({ target }) => this.#set(content, key, target.checked);
    return this.#row(label, key, node("input", { type: "checkbox", checked, onchange }));
  }

  #chosen(content, key, label, values) {
    const current = content[key] ?? "";
    const given = (text) => values.find((value) => `${value}` === text) ?? "";
    const set = (text) => this.#set(content, key, given(text));
    return this.#row(label, key, this.#select(["", ...values], current, set));
  }

  #select(values, current, chosen) {
    const options = values.map((value) => {
      return node("option", { value, textContent: value, selected: value === current });
    });
    return node("select", { onchange: ({ target }) => chosen(target.value) }, ...options);
  }

  #range(content) {
    const [least, most] = content.range ?? [null, null];
    const typed = (text) => (text.trim() === "" ? null : Number(text));
    const set = (place, text) => {
      const range = [least, most];
      range[place] = typed(text);
      this.#set(content, "range", range.every((bound) => bound === null) ? null : range);
    };
    const bounds = [["From", "least", least], ["To", "most", most]];
    return bounds.flatMap(([label, key, bound], place) => {
      const onchange = ({ target }) => set(place, target.value);
      const how = { type: "number", step: "any", value: bound ?? "" };
      return this.#row(label, key, node("input", { ...how, onchange }));
    });
  }

  #choices(content, part) {
    const rows = content.choices.map((choice, place) => {
      const onchange = ({ target }) => this.told.change(() => { choice.value = target.value; });
      const names = { ariaLabel: `Choice ${place + 1}`, id: `field-choice-${place}` };
      return node("input", { value: choice.value, onchange, ...names });
    });
    const add = () => this.told.change(() => {
      const { box } = content.choices[content.choices.length - 1];
      const shift = rounded(2 * (box[3] - box[1]));
      const below = [box[0], box[1] + shift, box[2], box[3] + shift];
      content.choices.push({ value: `${content.choices.length + 1}`, box: below.map(rounded) });
    });
    const drop = () => this.told.change(() => { content.choices.splice(part, 1); });
    const button = (words, onclick) => node("button", { type: "button", onclick }, words);
    const fewer = button("Remove this choice", drop);
    fewer.disabled = content.choices.length < 2;
    const buttons = node("div", { className: "bar" }, button("Add a choice", add), fewer);
    return node("div", { className: "choices" }, ...rows, buttons);
  }

  // A column on a line: its name, type and width. What else it carries stays as it is.
  #columns(content) {
    const asLine = ({ name, type, width = "" }) => `${name} ${type} ${width}`.trim();
    const written = content.columns.map(asLine);
    const onchange = ({ target }) => this.told.change(() => {
      const old = Object.fromEntries(content.columns.map((column) => [column.name, column]));
      content.columns = target.value.split("\n").filter((line) => line.trim()).map((line) => {
        const [name, type = "number", width] = line.trim().split(/\s+/);
        const made = { ...(old[name]?.type === type ? old[name] : {}), name, type };
        delete made.width;
        if (type === "digits") made.digits ??= 4;
        if (width) made.width = Number(width);
        return made;
      });
    });
    const how = { rows: 4, spellcheck: false };
    const text = node("textarea", { ...how, value: written.join("\n"), onchange });
    return this.#row("Columns", "columns", text);
  }

  #sides(box) {
    const inputs = SIDES.map((name, side) => {
      const onchange = ({ target }) => {
        const typed = target.valueAsNumber;
        if (!Number.isNaN(typed)) this.told.change(() => { box[side] = rounded(typed); });
      };
      const how = { type: "number", step: 0.1, min: 0, id: `field-${name}` };
      return node("label", {}, name, node("input", { ...how, value: box[side], onchange }));
    });
    return node("div", { className: "sides" }, ...inputs);
  }
}
