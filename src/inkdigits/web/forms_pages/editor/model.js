// The template as it is edited: its fields page by page, its rules, and what was done to them.

const COMMON = ["name", "type", "label", "required", "box"];
const COMB_PITCH_MM = 8;

export const rounded = (mm) => Math.round(10 * mm) / 10;

export class Model {
  #past = [];
  #future = [];
  #saved = "";

  constructor(template) {
    this.load(template);
  }

  // What the service has. A field knows its place in the file, so that the rest stays as it is.
  load(template) {
    const { pages, rules, ...about } = template;
    this.about = about;
    const placed = (fields) => fields.map((content, was) => ({ was, content }));
    this.pages = pages.map((page) => ({ ...page, fields: placed(page.fields) }));
    this.rules = rules;
    this.#past = [];
    this.#future = [];
    this.#saved = this.#state();
  }

  get changed() {
    return this.#state() !== this.#saved;
  }

  get content() {
    const pages = this.pages.map(({ fields }) => fields);
    return { digest: this.about.digest, rules: this.rules, pages };
  }

  #state() {
    return JSON.stringify([this.pages.map(({ fields }) => fields), this.rules]);
  }

  #restore(state) {
    const [fields, rules] = JSON.parse(state);
    this.pages.forEach((page, place) => { page.fields = fields[place]; });
    this.rules = rules;
  }

  // Do something that can be taken back.
  change(work) {
    const before = this.#state();
    work();
    if (this.#state() === before) return;
    this.#past.push(before);
    this.#future = [];
  }

  undo() {
    this.#step(this.#past, this.#future);
  }

  redo() {
    this.#step(this.#future, this.#past);
  }

  #step(from, to) {
    const state = from.pop();
    if (state === undefined) return;
    to.push(this.#state());
    this.#restore(state);
  }

  names() {
    return new Set(this.pages.flatMap(({ fields }) => fields.map(({ content }) => content.name)));
  }

  newName() {
    const taken = this.names();
    for (let place = 1; ; place += 1) if (!taken.has(`field_${place}`)) return `field_${place}`;
  }

  // A comb as wide as it was drawn.
  added(page, box) {
    const digits = Math.max(1, Math.round((box[2] - box[0]) / COMB_PITCH_MM));
    const content = { name: this.newName(), type: "digits", digits, box: box.map(rounded) };
    this.pages[page].fields.push({ was: null, content });
    return this.pages[page].fields.length - 1;
  }

  // Rules follow a field to its new name.
  rename(content, name) {
    const old = content.name;
    content.name = name;
    if (!old) return;
    const whole = new RegExp(`(?<![A-Za-z0-9_.])${old}(?![A-Za-z0-9_*])`, "g");
    this.rules = this.rules.map((rule) => rule.replace(whole, name));
  }
}

// The boxes of a field: one, or one for each choice.
export function boxesOf(content) {
  return content.type === "choice" ? content.choices.map((choice) => choice.box) : [content.box];
}

// What only the old type knows is dropped; what the new one needs is begun.
export function retyped(content, type) {
  const box = boxesOf(content)[0];
  const common = Object.entries(content).filter(([name]) => COMMON.includes(name));
  const kept = Object.fromEntries(common);
  const made = { ...kept, type, box };
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  if (type === "digits") made.digits = Math.max(1, Math.round(width / COMB_PITCH_MM));
  if (type === "table") {
    made.rows = Math.max(1, Math.round(height / COMB_PITCH_MM));
    made.columns = [{ name: "a", type: "number" }];
  }
  if (type === "choice") {
    delete made.box;
    made.choices = [{ value: "1", box }];
  }
  return made;
}
