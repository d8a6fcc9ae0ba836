// The digit that is chosen: its bars, what the net sees of it, and its correction. A drawing of one digit is always chosen.

import { sharesOf, showBars, showCorrections, showInside, toast } from "./answer.js";

const about = document.getElementById("about");

export class Details {
  #chosen = null;
  #asked = 0;

  constructor(reader) {
    this.reader = reader;
    showCorrections((digit, button) => this.#correct(digit, button));
  }

  // `crop` gives the picture of the digit, `corrected` takes what it is; `soon` holds the costly part back while one writes.
  choose(digit, crop, { soon = false, corrected = () => {} } = {}) {
    this.#chosen = { crop, corrected };
    about.hidden = false;
    document.querySelectorAll(".right-ones .kept").forEach((button) => button.classList.remove("kept"));
    showBars(digit.digit === null ? null : sharesOf(digit), digit.accepted);
    clearTimeout(this.timer);
    const mine = (this.#asked += 1);
    this.timer = setTimeout(() => this.#explain(mine, crop), soon ? 160 : 0);
  }

  leave() {
    this.#chosen = null;
    this.#asked += 1;
    clearTimeout(this.timer);
    about.hidden = true;
  }

  async #explain(mine, crop) {
    const found = await this.reader.explain(await crop()).catch(() => null);
    if (mine === this.#asked && found !== undefined) showInside(found); // undefined: newer ink is read first
  }

  async #correct(digit, button) {
    if (!this.#chosen) return;
    const { crop, corrected } = this.#chosen;
    button.disabled = true;
    try {
      const picture = await crop();
      corrected(digit);
      const answered = this.#asked;
      toast(await this.reader.correct(picture, digit));
      if (answered === this.#asked) button.classList.add("kept");
    } catch (error) {
      toast(`Not saved: ${error.message}`);
    } finally {
      button.disabled = false;
    }
  }
}

// Part of a picture as a canvas of its own, with some of what is around it.
export function cropped(source, [left, top, right, bottom], edge = 0.14) {
  const around = Math.ceil(edge * Math.max(right - left, bottom - top)) + 1;
  const [x, y] = [Math.max(0, left - around), Math.max(0, top - around)];
  const [width, height] = [Math.min(source.width, right + around) - x, Math.min(source.height, bottom + around) - y];
  const canvas = new OffscreenCanvas(Math.max(1, width), Math.max(1, height));
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, -x, -y);
  return canvas;
}
