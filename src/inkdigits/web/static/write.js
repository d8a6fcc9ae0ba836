// Writing: the answer follows the pen. One question is under way at a time, and the newest ink is asked about next.

import { announce, nothing, say, sayDigit, sayLines, sayNumber, showDigits, showLines } from "./answer.js";
import { cropped } from "./details.js";

const answer = document.getElementById("answer");
const hint = document.getElementById("hint");

export class Writing {
  #busy = false;
  #waiting = false;
  #round = 0;

  constructor(board, reader, details) {
    Object.assign(this, { board, reader, details, found: [] });
    board.addEventListener("ink", ({ detail }) => this.#inked(detail.settled));
  }

  start() {
    this.#inked(true);
  }

  // What is under way is no longer wanted.
  leave() {
    this.#round += 1;
  }

  #inked(settled) {
    answer.dataset.settled = "false";
    this.settled = settled;
    hint.classList.toggle("gone", !this.board.empty);
    for (const id of ["undo", "clear"]) document.getElementById(id).disabled = this.board.empty;
    if (!this.board.empty) return void this.#ask();
    this.#round += 1;
    this.found = [];
    this.details.leave();
    nothing("The answer comes as you write.");
    announce("");
  }

  async #ask() {
    this.#waiting = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting) {
      this.#waiting = false;
      const [mine, settled, picture] = [this.#round, this.settled, this.board.picture()];
      try {
        const found = await this.reader.live(picture);
        if (mine === this.#round) this.#show(found, picture, settled && !this.#waiting);
      } catch (error) {
        if (mine === this.#round) this.#fail(error);
      }
    }
    this.#busy = false;
  }

  #fail(error) {
    this.details.leave();
    say("–", error.message, "unsure");
    announce(error.message);
  }

  #show({ prediction, lines }, picture, settled) {
    const marks = lines.flatMap((line) => line.digits);
    if (marks.length > 1) this.#showNumber(lines, marks, picture, settled);
    else this.#showDigit(prediction, picture, settled);
    const image = "drawing.png";
    this.found = [{ image, pages: [{ page: 1, width: picture.width, height: picture.height, turned_deg: 0, text: lines.map((line) => line.text).join("\n"), lines }] }];
    document.getElementById("keep").hidden = !lines.length;
    if (!settled) return;
    answer.dataset.settled = "true";
    announce(`${document.getElementById("said").textContent}. ${document.getElementById("sure").textContent}`);
  }

  #showDigit(prediction, picture, settled) {
    sayDigit(prediction);
    showLines([]);
    showDigits([]);
    this.details.choose(prediction, async () => picture, { soon: !settled });
  }

  #showNumber(lines, marks, picture, settled) {
    if (lines.length > 1) sayLines(lines);
    else sayNumber(lines[0].text, lines[0].confidence, lines[0].accepted);
    showLines([]);
    const choose = (index, soon = false) => {
      showDigits(marks, index, choose);
      this.details.choose(marks[index], async () => cropped(picture, marks[index].box), { soon });
    };
    const doubtful = marks.findIndex((mark) => !mark.accepted);
    choose(Math.max(0, doubtful), !settled);
  }
}
