// Writing: the answer follows the pen. One question is under way at a time, and the newest ink is asked about next; only the
// ink of a pen that was lifted waits for no other. An answer that is there for just this ink is not asked for again.

import { CORRECTED, announce, marksOf, nothing, say, sayDigit, sayLines, sayNumber, showLines, showMarks } from "./answer.js";
import { correctedLine, correctedPrediction, linesOfOne } from "./corrected.js";
import { cropped } from "./details.js";

const answer = document.getElementById("answer");
const hint = document.getElementById("hint");

export class Writing {
  #underWay = new Set();
  #waiting = false;
  #round = 0;
  #answered = null;
  #chosen = null; // the mark that was corrected last, and in which ink

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
    this.#underWay.clear();
    this.#waiting = false;
  }

  #inked(settled) {
    answer.dataset.settled = "false";
    this.settled = settled;
    hint.classList.toggle("gone", !this.board.empty);
    for (const id of ["undo", "clear"]) document.getElementById(id).disabled = this.board.empty;
    if (this.board.empty) return this.#nothing();
    if (this.#answered?.ink === this.board.ink) return this.#show();
    this.#ask();
  }

  #nothing() {
    this.leave();
    this.#answered = null;
    this.found = [];
    this.details.leave();
    nothing("The answer appears as you write.");
    announce("");
  }

  async #ask() {
    const { ink } = this.board;
    const known = this.#underWay.has(ink) || this.#answered?.ink === ink;
    this.#waiting = !known && this.#underWay.size >= (this.settled ? 2 : 1);
    if (known || this.#waiting) return;
    const [round, picture] = [this.#round, this.board.picture()];
    this.#underWay.add(ink);
    try {
      const found = await this.reader.live(picture);
      if (round === this.#round && found && ink > (this.#answered?.ink ?? -1)) {
        this.#answered = { ink, found, picture };
        this.#show();
      }
    } catch (error) {
      if (round === this.#round) this.#fail(error);
    }
    if (round !== this.#round) return;
    this.#underWay.delete(ink);
    if (this.#waiting) this.#ask();
  }

  #fail(error) {
    this.details.leave();
    say("–", error.message, "unsure");
    announce(error.message);
  }

  #show() {
    const { ink, picture, found } = this.#answered;
    const { prediction, lines } = found;
    const settled = this.settled && ink === this.board.ink;
    if (isNumber(found)) this.#showNumber(lines, picture, settled);
    else this.#showDigit(prediction, picture, settled);
    this.#offer(lines ?? [], picture);
    if (!settled) return;
    if (!lines) this.#readLines(this.#answered);
    answer.dataset.settled = "true";
    announce(`${document.getElementById("said").textContent}. ${document.getElementById("sure").textContent}`);
  }

  // A digit that stands alone is answered before its lines are read; they are for those who take them away.
  async #readLines(answered) {
    const lines = await this.reader.lines(answered.picture).catch(() => null);
    if (!lines || answered !== this.#answered || answered.found.prediction[CORRECTED]) return;
    answered.found = { ...answered.found, lines };
    if (isNumber(answered.found)) this.#show();
    else this.#offer(lines, answered.picture);
  }

  #offer(lines, { width, height }) {
    const text = lines.map((line) => line.text).join("\n");
    this.found = [{ image: "drawing.png", pages: [{ page: 1, width, height, turned_deg: 0, text, lines }] }];
    document.getElementById("keep").hidden = !lines.length;
  }

  #showDigit(prediction, picture, settled) {
    sayDigit(prediction);
    showLines([]);
    showMarks([]);
    this.details.choose(prediction, async () => picture, { soon: !settled, corrected: (digit) => this.#correctDigit(digit) });
  }

  #correctDigit(digit) {
    const { found, picture } = this.#answered;
    const prediction = correctedPrediction(found.prediction, digit);
    this.#answered.found = { prediction, lines: linesOfOne(prediction, picture) };
    this.#show();
  }

  // The mark is counted through all lines.
  #correctMark(index, digit) {
    const { found, ink } = this.#answered;
    let left = index;
    const lines = found.lines.map((line) => {
      const at = left;
      left -= line.marks.length;
      return at >= 0 && at < line.marks.length ? correctedLine(line, at, digit) : line;
    }).filter((line) => line.text);
    const prediction = lines.length ? found.prediction : correctedPrediction(found.prediction, null);
    this.#answered.found = { prediction, lines };
    this.#chosen = { ink, index };
    this.#show();
  }

  #showNumber(lines, picture, settled) {
    const marks = lines.flatMap(marksOf);
    if (lines.length > 1) sayLines(lines);
    else sayNumber(lines[0]);
    showLines([]);
    const choose = (index, soon = false) => {
      showMarks(marks, index, choose);
      const corrected = (digit) => this.#correctMark(index, digit);
      this.details.choose(marks[index], async () => cropped(picture, marks[index].box), { soon, corrected });
    };
    const doubtful = marks.findIndex((mark) => mark.text && !mark.accepted);
    const isChosen = this.#chosen?.ink === this.#answered.ink;
    choose(isChosen ? Math.min(this.#chosen.index, marks.length - 1) : Math.max(0, doubtful), !settled);
  }
}

// One digit alone is what `predict` says it is; signs beside it, or more digits, make it a number. It stays one if all but
// one mark are said to be no digit.
function isNumber({ prediction, lines }) {
  if (prediction[CORRECTED] || !lines?.length) return false;
  return lines.length > 1 || lines[0].text.length > 1 || lines[0][CORRECTED] === true;
}
