// What a mark's neighbours say of it: slashes and commas among digits, letters in words, prose on a page (reading/context.py).

import { lean } from "./glyphs.js";
import { median, sum } from "./numbers.js";

export function isProse(counts, strokes) {
  const [letters, digits] = [sum(counts.map(([one]) => one)), sum(counts.map(([, one]) => one))];
  if (strokes >= 120 && digits < 0.2 * strokes) return true;
  return letters + digits >= 20 && letters >= 0.35 * (letters + digits);
}

export const isLettered = ([letters, digits], prose) => prose || (letters + digits >= 4 && letters >= 0.45 * (letters + digits));

// The marks with those refused that are no digits where they stand.
export function digitsOnly(marks, places, inks, height, lettered) {
  const out = withoutStrokes(marks, places, inks);
  for (const word of wordsOf(places, height)) {
    if (isWord(word.map((index) => out[index]), word.map((index) => places[index]), height, lettered)) for (const index of word) out[index] = { ...out[index], digit: null };
  }
  return out;
}

function wordsOf(places, height) {
  const words = [];
  let right = -Infinity;
  places.forEach(([left, , end], index) => {
    if (left - right > 0.7 * height) words.push([]);
    words.at(-1).push(index);
    right = Math.max(right, end);
  });
  return words;
}

function isWord(marks, places, height, lettered) {
  const large = marks.filter((mark, index) => mark.digit !== null || places[index][3] - places[index][1] > 0.5 * height);
  const found = large.filter((mark) => mark.digit !== null);
  if (large.length - found.length > 0.4 * large.length) return true;
  if (!lettered || !found.length) return false;
  const unsure = found.some((mark) => mark.confidence < 0.9) || found.length < large.length;
  return unsure || found.every((mark) => mark.digit === 0 || mark.digit === 1) || found.length < 2;
}

// A 1 between digits that stands far taller than they do, and leans, is a slash; a low short one a comma.
function withoutStrokes(marks, places, inks) {
  const digits = [...marks.keys()].filter((index) => marks[index].digit !== null);
  const out = [...marks];
  for (const index of digits) {
    const others = digits.filter((other) => other !== index);
    if (marks[index].digit !== 1 || !others.length) continue;
    const unlike = others.filter((other) => marks[other].digit !== 1);
    const plain = unlike.length ? unlike : others;
    const tall = (places[index][3] - places[index][1]) / median(plain.map((other) => places[other][3] - places[other][1]));
    const comma = tall < 0.7 && places[index][1] > median(plain.map((other) => (places[other][1] + places[other][3]) / 2));
    const inner = digits[0] < index && index < digits.at(-1);
    if (comma || (inner && 10.7 * tall + 3.2 * lean(inks[index]) > 14.1)) out[index] = { ...out[index], digit: null };
  }
  return out;
}
