// A row of marks → its likely texts (reading/numbers/writing.py).
// A text: { text, log, signs }, with a sign for each mark, "" for none.

import { logSumExp, median } from "./arrays.js";

const isDigit = (sign) => sign >= "0" && sign <= "9";

// A pattern that Python wrote, for a whole text.
const compiled = new Map();
export function wholly(pattern) {
  if (!compiled.has(pattern)) compiled.set(pattern, new RegExp(`^(?:${pattern})$`));
  return compiled.get(pattern);
}

// Whether people write numbers like this; a comma or full stop may follow. A gap makes no number wrong.
export function isWellFormed(text, { forms }) {
  const withoutStop = text.replace(/[.,]$/, "");
  return [text, withoutStop, withoutStop.replaceAll(" ", "")].some((form) => wholly(forms.number).test(form));
}

// The text without what changes no number: gaps, signs of thousands, a closing stop or dash.
export function amountIn(text, { forms }) {
  const own = text.replace(new RegExp(forms.closed), "");
  const digitsIn = (found) => found.replaceAll(/\D/g, "");
  return own.replaceAll(new RegExp(forms.thousands, "g"), digitsIn).replaceAll(" ", "");
}

// The row's likely texts, the likeliest first.
export function textsOf(row, settings) {
  const { writing } = settings;
  const cells = row.marks.map((mark) => cellOf(mark, row.height, settings));
  const gap = widestGap(cells, row.height, writing);
  let paths = [{ log: 0, signs: [], text: "", right: null }];
  for (const [index, mark] of row.marks.entries()) {
    const choices = choicesOf(mark, settings);
    const withEach = (path) => choices.map((choice) => longerBy(path, choice, cells[index], gap));
    const longer = paths.flatMap(withEach);
    paths = longer.sort((one, other) => other.log - one.log).slice(0, writing.most_texts);
  }
  return ranked(paths, settings);
}

function longerBy(path, { sign, log }, box, gap) {
  const signs = [...path.signs, sign];
  if (!sign) return { ...path, log: path.log + log, signs };
  const isApart = path.right !== null && box[0] - path.right > gap && mayStandApart(path.text, sign);
  const text = path.text + (isApart ? " " : "") + sign;
  return { log: path.log + log, signs, text, right: box[2] };
}

// The room that a mark takes: its box, a narrow digit's widened to both sides.
function cellOf({ box: [left, top, right, bottom], best }, height, { digits, writing }) {
  const lacking = best < digits ? writing.least_wide * height - (right - left) : 0;
  const widened = Math.max(lacking, 0) / 2;
  return [left - widened, top, right + widened, bottom];
}

// The gap between two marks from which it is a space.
function widestGap(cells, height, writing) {
  const gaps = cells.slice(1).map((cell, index) => cell[0] - cells[index][2]);
  const tall = Math.max(height, 1);
  return gaps.length < 2 ? writing.only_gap * tall : Math.max(writing.space * tall, writing.wider * median(gaps));
}

// Between digits, before a unit; none around `:` or `/`, however wide they are set.
const mayStandApart = (text, sign) => /[\d)€$]$/.test(text) && /[\d%€$(]/.test(sign);

// The texts by their probability among all that the paths give.
function ranked(paths, settings) {
  const best = new Map();
  for (const path of paths) {
    if (![...path.text].some(isDigit)) continue;
    const log = path.log - (isWellFormed(path.text, settings) ? 0 : settings.writing.malformed);
    const known = best.get(path.text)?.log ?? -Infinity;
    if (log > known) best.set(path.text, { text: path.text, log, signs: path.signs });
  }
  const texts = [...best.values()];
  if (!texts.length) return [];
  const everything = logSumExp(texts.map(({ log }) => log));
  texts.sort((one, other) => other.log - one.log);
  return texts.map((each) => ({ ...each, log: each.log - everything }));
}

// What a mark may stand for, with the log of its probability; "" where it is no part of a number.
function choicesOf({ centre, classes: shares }, { writing, classes }) {
  const other = classes.length - 1;
  const order = [...shares.keys()].sort((one, two) => shares[two] - shares[one]);
  const signs = order.slice(0, writing.most_choices).filter((index) => index !== other);
  const found = signs.map((index) => ({ sign: classes[index], share: centre * shares[index] }));
  found.push({ sign: "", share: 1 - centre + centre * shares[other] });
  const likely = found.filter(({ share }) => share >= writing.least_choice);
  const logOf = (share) => Math.log(Math.max(share, 1e-6));
  const taken = likely.length ? likely : found.slice(0, 1);
  return taken.map(({ sign, share }) => ({ sign, log: logOf(share) }));
}
