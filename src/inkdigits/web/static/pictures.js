// Pictures: dropped, pasted, chosen or taken; read page by page and shown with what was found.

import { announce, marksOf, nothing, say, sayDigit, sayLines, sayNumber, showLines, showMarks } from "./answer.js";
import { correctedLine, correctedPrediction, linesOfOne } from "./corrected.js";
import { cropped } from "./details.js";
import { press, sheetOf } from "./sheet.js";

const element = (id) => document.getElementById(id);
const answer = element("answer");

export class Pictures {
  #pages = [];
  #at = 0;
  #round = 0;

  constructor(reader, details) {
    Object.assign(this, { reader, details, found: [] });
    element("previous").addEventListener("click", () => this.turn(-1));
    element("next").addEventListener("click", () => this.turn(1));
  }

  async open(files) {
    this.leave();
    const mine = this.#round;
    answer.dataset.settled = "false";
    element("sheet").classList.add("working");
    say("…", files.length > 1 ? `Reading ${files.length} files` : `Reading ${files[0].name || "the picture"}`, "");
    const failed = [];
    for (const file of files) {
      try {
        const pages = await this.reader.read(file);
        const image = pages.length === 1 ? await pictureOf(file, pages[0].turned_deg ?? 0) : null;
        if (mine !== this.#round) return;
        const name = file.name || "picture";
        this.found.push({ image: name, pages });
        for (const page of pages) this.#pages.push({ page, name, image, file, of: pages.length });
      } catch (error) {
        failed.push(`${file.name || "The picture"}: ${error.message}`);
      }
    }
    if (mine !== this.#round) return;
    element("sheet").classList.remove("working");
    this.#at = 0;
    if (this.#pages.length) await this.#show();
    else nothing(failed[0]);
    if (failed.length) this.#complain(failed);
    answer.dataset.settled = "true";
  }

  leave() {
    this.#round += 1;
    for (const { image } of this.#pages) if (image) URL.revokeObjectURL(image.url);
    [this.#pages, this.found] = [[], []];
    element("picture").replaceChildren();
    element("pager").hidden = true;
    element("sheet").classList.remove("working");
    this.details.leave();
    nothing("");
  }

  turn(step) {
    if (this.#pages.length < 2) return;
    this.#at = (this.#at + step + this.#pages.length) % this.#pages.length;
    this.#show();
  }

  #complain(failed) {
    answer.classList.add("unsure");
    element("sure").textContent = failed.join(" ");
    announce(failed.join(" "));
  }

  async #show() {
    const shown = this.#pages[this.#at];
    const { page, name, of } = shown;
    shown.image ??= await this.#drawn(shown);
    if (shown !== this.#pages[this.#at]) return;
    const { image } = shown;
    element("pager").hidden = this.#pages.length < 2;
    element("page-name").textContent = of > 1 ? `page ${page.page} of ${of}` : `${this.#at + 1} of ${this.#pages.length}`;
    element("page-name").title = name;
    this.image = image;
    this.#draw(page);
    await this.#say();
    announce(`${element("said").textContent}. ${element("sure").textContent}`);
  }

  #draw(page) {
    this.lines = page.lines;
    this.marks = page.lines.flatMap((line, row) => marksOf(line).map((mark) => ({ ...mark, row })));
    this.sheet = sheetOf(page, this.image?.url ?? null, this.marks, (index) => this.choose(index));
    element("picture").replaceChildren(this.sheet);
    element("keep").hidden = !this.lines.length;
  }

  // What is found changes with the page's lines: it is what is copied and downloaded.
  #correct(index, digit) {
    const { page } = this.#pages[this.#at];
    const { row } = this.marks[index];
    const first = this.marks.findIndex((mark) => mark.row === row);
    const corrected = correctedLine(page.lines[row], index - first, digit);
    const lines = page.lines.map((line, at) => (at === row ? corrected : line)).filter((line) => line.text);
    this.#take(page, lines);
    if (!lines.length) return nothing("Corrected by you: no number.");
    this.#sayLines();
    this.choose(Math.min(index, this.marks.length - 1));
  }

  #take(page, lines) {
    Object.assign(page, { lines, text: lines.map((line) => line.text).join("\n") });
    this.#draw(page);
  }

  // A page of a file that the browser cannot show, drawn by the service; null where there is none.
  async #drawn({ file, page }) {
    if (!this.reader.page) return null;
    const mine = this.#round;
    try {
      const image = await pictureOf(await this.reader.page(file, page.page), page.turned_deg ?? 0);
      if (mine === this.#round) return image;
      if (image) URL.revokeObjectURL(image.url);
    } catch {
      // Its marks still stand on a blank page.
    }
    return null;
  }

  async #say() {
    if (!this.lines.length) return this.#sayNoNumber();
    this.#sayLines();
    this.choose(Math.max(0, this.marks.findIndex((mark) => mark.text && !mark.accepted)));
  }

  #sayLines() {
    if (this.lines.length > 1) sayLines(this.lines);
    else sayNumber(this.lines[0]);
  }

  // A picture without a number may still be one hard digit.
  async #sayNoNumber() {
    showLines([]);
    showMarks([]);
    if (!this.image || !this.reader.predict) return nothing("No number found on this page.");
    const prediction = await this.reader.predict(this.image.file);
    if (!prediction.accepted) return nothing("No number found on this page.");
    this.#sayDigit(prediction);
  }

  #sayDigit(prediction) {
    const { bitmap } = this.image;
    const whole = [0, 0, bitmap.width, bitmap.height];
    const corrected = (digit) => {
      const { page } = this.#pages[this.#at];
      const said = correctedPrediction(prediction, digit);
      this.#take(page, linesOfOne(said, page));
      this.#sayDigit(said);
    };
    sayDigit(prediction);
    this.details.choose(prediction, async () => cropped(bitmap, whole, 0), { corrected });
  }

  choose(index) {
    this.chosen = index;
    const mark = this.marks[index];
    const first = this.marks.findIndex((other) => other.row === mark.row);
    press(this.sheet, index);
    showLines(this.lines, mark.row, (row) => this.choose(this.marks.findIndex((other) => other.row === row)));
    showMarks(marksOf(this.lines[mark.row]), index - first, (place) => this.choose(first + place));
    const crop = async () => cropped(this.image.bitmap, this.#onPicture(mark.box));
    if (this.image) this.details.choose(mark, crop, { corrected: (digit) => this.#correct(index, digit) });
    else this.details.leave();
  }

  // A page that was drawn to be shown may have fewer pixels than the one that was read.
  #onPicture(box) {
    const { page } = this.#pages[this.#at];
    const scale = this.image.bitmap.width / page.width;
    return box.map((edge) => Math.round(edge * scale));
  }

  step(by) {
    if (this.marks?.length > 1) this.choose((this.chosen + by + this.marks.length) % this.marks.length);
    else this.turn(by);
  }
}

// The picture as it was read, set upright; null for a file that the browser cannot show.
async function pictureOf(file, turnedDeg) {
  try {
    const bitmap = await createImageBitmap(file);
    if (!turnedDeg) return { file, bitmap, url: URL.createObjectURL(file) };
    const upright = turnedBack(bitmap, turnedDeg);
    return { file, bitmap: upright, url: URL.createObjectURL(await upright.convertToBlob()) };
  } catch {
    return null;
  }
}

// Turned by so many degrees against the clock, in quarters.
function turnedBack(bitmap, degrees) {
  const isSideways = degrees % 180 !== 0;
  const canvas = new OffscreenCanvas(isSideways ? bitmap.height : bitmap.width, isSideways ? bitmap.width : bitmap.height);
  const pen = canvas.getContext("2d");
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((-degrees * Math.PI) / 180);
  pen.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
  return canvas;
}

// Files that are dropped anywhere, pasted, or chosen.
export function takeFiles(open) {
  const drop = element("drop");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => { if (carriesFiles(event)) { event.preventDefault(); drop.hidden = false; } });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.hidden = true; });
  addEventListener("drop", (event) => {
    drop.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files.length) open([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => { if (event.clipboardData.files.length) open([...event.clipboardData.files]); });
  for (const id of ["file", "capture"]) {
    element(id).addEventListener("change", ({ target }) => {
      const files = [...target.files];
      target.value = "";
      if (files.length) open(files);
    });
  }
}

