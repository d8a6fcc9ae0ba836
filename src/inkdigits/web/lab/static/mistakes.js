// The digits of the test set that the network is wrong about: filters, and a button for each digit.
// With a training set, a click adds the digit to it, and another button looks at it.

import { node, percent } from "./answer.js";
import { thumbnail } from "./examples.js";

const ANY = "any";
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

export class Mistakes {
  // `chosen` is told of the mistake that is to be looked at; `set` is a training set, or null.
  constructor(section, examples, chosen, set) {
    Object.assign(this, { section, examples, chosen, set, items: [] });
    const { unseen, wrong, mistakes, data } = examples;
    const shown = mistakes.length < wrong ? `, the ${mistakes.length} most confident here` : "";
    section.querySelector("h2 span").textContent = `${wrong} of ${unseen} digits of ${data}${shown}`;
    this.form = section.querySelector("form");
    for (const name of ["label", "answer"]) {
      this.form.elements[name].append(...[ANY, ...DIGITS].map((value) => node("option", { value, textContent: value })));
    }
    this.form.addEventListener("input", () => this.list());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    set?.addEventListener("changed", () => this.#showAdded());
  }

  wanted({ label, answer, confidence }) {
    const { elements } = this.form;
    const fits = (name, digit) => elements[name].value === ANY || Number(elements[name].value) === digit;
    return fits("label", label) && fits("answer", answer) && confidence >= Number(elements.confidence.value) / 100;
  }

  // Again with the page's colours, when these change.
  list(shades = this.shades) {
    this.shades = shades;
    const found = this.examples.mistakes.filter((mistake) => this.wanted(mistake));
    this.form.querySelector("output").textContent = `${this.form.elements.confidence.value} %`;
    this.section.querySelector("p").textContent = found.length === 1 ? "1 mistake" : `${found.length} mistakes`;
    this.items = found.map((mistake) => ({ mistake, button: this.#button(mistake) }));
    this.section.querySelector("ul").replaceChildren(...this.items.map(({ mistake, button }) => node("li", {}, button, ...this.#beside(mistake))));
    this.#showAdded();
  }

  #button(mistake) {
    const { label, answer, confidence, picture } = mistake;
    const act = () => (this.set ? this.#toggle(mistake) : this.chosen(mistake));
    const button = node("button", { type: "button", onclick: act },
      thumbnail(picture, this.shades), node("b", { textContent: `${label} → ${answer}` }), node("small", { textContent: percent(confidence) }));
    const what = this.set ? "in the training set" : "look inside";
    button.setAttribute("aria-label", `a ${label}, read as ${answer}, with ${percent(confidence)}: ${what}`);
    return button;
  }

  // What a button that adds cannot do: to show the digit in every layer.
  #beside(mistake) {
    if (!this.set) return [];
    const button = node("button", { type: "button", className: "quiet", textContent: "inside", onclick: () => this.chosen(mistake) });
    button.setAttribute("aria-label", `a ${mistake.label}, read as ${mistake.answer}: look inside`);
    return [button];
  }

  #toggle({ label, picture }) {
    if (this.set.has(picture)) this.set.remove(picture);
    else this.set.add(label, picture);
  }

  #showAdded() {
    if (!this.set) return;
    for (const { mistake, button } of this.items) button.setAttribute("aria-pressed", this.set.has(mistake.picture));
  }
}
