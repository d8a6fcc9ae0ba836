// Fine-tuning from the page: the digits chosen, the training that learns them, and what came of it.

import { node } from "./answer.js";
import { beforeAfter, same } from "./before_after.js";
import { said } from "./charts.js";
import { thumbnail } from "./examples.js";
import * as server from "./server.js";
import { decoded } from "./training_set.js";

const LOOK_EVERY_MS = 1000;
const UNDER_WAY = ["starting", "training"];

export class Tuning {
  #name = null; // of the run that is being made
  #begun = 0;
  #round = "";
  #source = null;
  #result = null; // what the last one changed, and the run that it is

  constructor(section, run, set, shades) {
    Object.assign(this, { section, run, set, shades });
    this.key = `inkdigits-lab-tuning-${run}`;
    this.form = section.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#begin().catch((error) => this.#say(error.message));
    });
    this.form.addEventListener("input", () => this.#showReplay());
    this.#button("stop").addEventListener("click", () => server.stop(this.#name).catch((error) => this.#say(error.message)));
    this.#button("empty").addEventListener("click", () => set.clear());
    set.addEventListener("changed", () => this.list());
    section.hidden = false;
    this.#showReplay();
    this.list();
  }

  // Goes on with what was under way, or shows what made this run, when the page is opened.
  async open() {
    const runs = await server.runs();
    const waited = sessionStorage.getItem(this.key);
    if (waited && runs.some(({ name }) => name === waited)) await this.#follow(waited);
    else if (runs.find(({ name }) => name === this.run)?.from) await this.#show(this.run).catch(() => null); // a run that was not made here
  }

  #button(name) {
    return this.section.querySelector(`[name=${name}]`);
  }

  #say(words) {
    this.section.querySelector("[role=status]").textContent = words;
  }

  #showReplay() {
    const { replay } = this.form.elements;
    this.form.querySelector("output").textContent = `${replay.value} %`;
  }

  // Again with the page's colours, when these change.
  list() {
    const { digits, most } = this.set;
    this.section.querySelector("h2 span").textContent = `${digits.length} of at most ${most} digits`;
    this.section.querySelector(".set").replaceChildren(...digits.map((digit, place) => this.#item(digit, place)));
    this.#button("start").disabled = !digits.length || this.#name !== null;
    this.#button("empty").disabled = !digits.length;
    if (this.#result) this.#paint();
  }

  #item({ label, picture }, place) {
    const pixels = decoded(picture);
    const remove = () => {
      this.set.remove(pixels);
      // The keyboard stays where it was.
      const rest = this.section.querySelectorAll(".set button");
      (rest[Math.min(place, rest.length - 1)] ?? this.#button("start")).focus();
    };
    const button = node("button", { type: "button", onclick: remove }, thumbnail(pixels, this.shades), node("b", { textContent: String(label) }), node("small", { textContent: "remove" }));
    button.setAttribute("aria-label", `a ${label}: remove`);
    return node("li", {}, button);
  }

  async #begin() {
    const { learning_rate: rate, replay } = this.form.elements;
    this.#say("");
    const wanted = { digits: this.set.digits, learning_rate: Number(rate.value), replay: Number(replay.value) / 100 };
    const { name } = await server.finetune(this.run, wanted);
    await this.#follow(name);
  }

  // Until it has ended; a page that is loaded again goes on here.
  async #follow(name) {
    sessionStorage.setItem(this.key, name);
    this.#name = name;
    this.#begun = performance.now();
    this.#round = "starting: loading Keras";
    this.#button("stop").hidden = false;
    this.list();
    this.#source = server.events(name, (event) => this.#hear(event), () => null);
    const found = await this.#ended();
    this.#source.close();
    this.#name = null;
    this.#button("stop").hidden = true;
    sessionStorage.removeItem(this.key);
    this.list();
    if (found?.state === "finished") await this.#show(name);
    else this.#say(found?.words || `${name} was stopped: nothing was saved.`);
  }

  #hear(event) {
    if (event.kind === "began") this.#round = `training, ${event.epochs} rounds`;
    if (event.kind === "epoch") this.#round = `round ${event.epoch} done: loss ${said(event.loss)}, accuracy ${said(event.accuracy)}`;
    if (event.kind === "ended") this.#round = "testing on all test digits";
  }

  async #ended() {
    for (;;) {
      const seconds = Math.round((performance.now() - this.#begun) / 1000);
      this.#say(`${this.#name}: ${this.#round} · ${seconds} s`);
      const runs = await server.runs().catch(() => null); // a lab that is being started again
      const found = runs?.find(({ name }) => name === this.#name);
      if (runs && !UNDER_WAY.includes(found?.state)) return found;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #show(name) {
    const [changes, runs] = await Promise.all([server.changes(name), server.runs()]);
    this.#result = { changes, about: runs.find((run) => run.name === name) };
    this.#paint();
    this.#say(name === this.run ? "" : `${name} is a new run. ${this.run} is unchanged.`);
    this.section.dataset.shown = name;
  }

  #paint() {
    const { changes, about } = this.#result;
    const link = (words, href) => node("a", { className: "button", textContent: words, href });
    const links = about.name === this.run ? [] : [link("Look inside", `inside.html?run=${about.name}`), link("Compare runs", `./?run=${this.run}&run=${about.name}`)];
    this.section.querySelector(".result").replaceChildren(
      node("h3", { textContent: `${about.from} before, ${about.name} after` }), ...beforeAfter(changes, this.shades),
      node("div", { className: "group" }, ...links), ...same(about.command, about.keras));
  }
}
