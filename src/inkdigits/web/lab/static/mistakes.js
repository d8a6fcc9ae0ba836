// The digits of the test set that the network is wrong about: filters, and a button for each digit.

import { node, percent } from "./answer.js";
import { thumbnail } from "./examples.js";

const ANY = "any";
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

export class Mistakes {
  // `chosen` is told of the mistake whose button is pressed.
  constructor(section, examples, chosen) {
    Object.assign(this, { section, examples, chosen });
    const { unseen, wrong, mistakes, data } = examples;
    const shown = mistakes.length < wrong ? `, the ${mistakes.length} surest here` : "";
    section.querySelector("h2 span").textContent = `${wrong} of ${unseen} digits of ${data}${shown}`;
    this.form = section.querySelector("form");
    for (const name of ["label", "answer"]) {
      this.form.elements[name].append(...[ANY, ...DIGITS].map((value) => node("option", { value, textContent: value })));
    }
    this.form.addEventListener("input", () => this.list());
    this.form.addEventListener("submit", (event) => event.preventDefault());
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
    this.section.querySelector("ul").replaceChildren(...found.map((mistake) => this.#item(mistake)));
  }

  #item(mistake) {
    const { label, answer, confidence, picture } = mistake;
    const button = node("button", { type: "button", onclick: () => this.chosen(mistake) },
      thumbnail(picture, this.shades), node("b", { textContent: `${label} → ${answer}` }), node("small", { textContent: percent(confidence) }));
    button.setAttribute("aria-label", `a ${label}, taken for ${answer}, with ${percent(confidence)}: look inside`);
    return node("li", {}, button);
  }
}
