// What a row says by its marks, one by one, and by its strip as a whole, together (reading/numbers/together.py).

import { argmax, logSumExp, mean, sum } from "./arrays.js";
import { likelyTexts, logShare, places } from "./columns.js";
import { usualHeight } from "./rows.js";
import { isWellFormed, textsOf } from "./writing.js";

const plain = (text) => text.replaceAll(" ", "");

// { row, texts, byColumns, ahead, agree }, or null where nothing on the row is a number.
export function readRow(row, settings) {
  const byMarks = textsOf(row, settings);
  const { looks } = row;
  const { together, own_digits: onlyMarks } = settings;
  if (!looks) return byMarks.length ? { row, texts: byMarks, byColumns: 0, ahead: 0, agree: true } : null;
  const candidates = new Map(byMarks.slice(0, together.most_texts).reverse().map((each) => [plain(each.text), each]));
  const seen = new Set(looks.flatMap(({ logs }) => likelyTexts(logs, settings)));
  for (const text of onlyMarks ? [] : seen) {
    if (candidates.has(text) || !/\d/.test(text)) continue;
    const odd = isWellFormed(text, settings) ? 0 : settings.writing.malformed;
    candidates.set(text, { text, log: together.unfound - odd, signs: [] });
  }
  if (!candidates.size) return null;
  const shares = new Map([...candidates.keys(), ...seen, ""].map((each) => [each, null]));
  for (const each of shares.keys()) shares.set(each, mean(looks.map(({ logs }) => logShare(logs, each, settings))));
  const texts = ranked(candidates, shares, settings);
  const text = plain(texts[0].text);
  let marked = row;
  if (!texts[0].signs.length) [marked, texts[0]] = spelled(row, texts[0], settings);
  const others = [...shares.keys()].filter((each) => each !== text).map((each) => shares.get(each));
  const [byColumns, said] = [shares.get(text), plain(byMarks[0]?.text ?? "")];
  return { row: marked, texts, byColumns, ahead: byColumns - Math.max(...others), agree: text === said };
}

// Whether a row need not be looked at once more.
export const isSure = (read, { together }) => read !== null && read.agree && read.ahead > together.sure_ahead;

// The candidates by their share among all of them; `shares` are those by the columns.
function ranked(candidates, shares, settings) {
  const { together, own_digits: onlyMarks } = settings;
  const byColumns = onlyMarks ? 0 : together.by_columns;
  const weighed = [...candidates].map(([text, written]) => {
    const odd = isWellFormed(written.text, settings) ? 0 : together.malformed;
    return { ...written, log: together.by_marks * written.log + byColumns * shares.get(text) - odd };
  });
  const all = logSumExp(weighed.map(({ log }) => log));
  return weighed.sort((one, other) => other.log - one.log).map((each) => ({ ...each, log: each.log - all }));
}

// The row with the marks of this text, and the text with its gaps.
function spelled(row, { text, log }, settings) {
  const marks = marksOf(row, text, settings);
  const certain = marks.map((mark, index) => {
    const best = settings.classes.indexOf(text[index]);
    return { ...mark, centre: 1, classes: settings.classes.map((_, each) => (each === best ? 1 : 0)), best };
  });
  const spaced = textsOf({ ...row, marks: certain, height: usualHeight(certain, settings.digits) }, settings)[0].text;
  return [{ ...row, marks, height: usualHeight(marks, settings.digits) }, { text: spaced, log, signs: [...text] }];
}

// For each sign of the text the found mark that stands there, or one that the columns show.
function marksOf(row, text, settings) {
  const { looks: [columns], marks } = row;
  const height = Math.max(row.height, 1);
  const free = new Set(marks.keys());
  return places(columns.logs, text, settings).map(([first, last], index) => {
    const middle = columns.window.left + ((first + last + 1) / 2) * columns.step;
    const away = (at) => Math.abs((marks[at].box[0] + marks[at].box[2]) / 2 - middle);
    const nearest = [...free].reduce((best, at) => (best < 0 || away(at) < away(best) ? at : best), -1);
    if (nearest >= 0 && away(nearest) < settings.mark_shape.reach * height) {
      free.delete(nearest);
      return marks[nearest];
    }
    const shares = settings.classes.map((_, each) => Math.exp(Math.max(...columns.logs.slice(first, last + 1).map((column) => column[each]))));
    const total = sum(shares);
    const classes = Float32Array.from(shares, (share) => share / total);
    const centre = shares[settings.classes.indexOf(text[index])];
    return { box: boxOf(columns.window, text[index], middle, height, settings.mark_shape), centre, classes, best: argmax(classes) };
  });
}

// Where a mark stands of which only the column is known.
function boxOf({ middleX, middleY, slope }, sign, middle, height, shape) {
  const level = middleY + slope * (middle - middleX);
  const isLow = ".,".includes(sign);
  const y = isLow ? level + shape.sign_middle * height : level;
  const [wide, high] = (isLow ? [shape.sign_high, shape.sign_high] : [shape.digit_wide, 1]).map((part) => (part * height) / 2);
  return [middle - wide, y - high, middle + wide, y + high];
}
