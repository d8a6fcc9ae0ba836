// What the columns of a strip say together (reading/numbers/columns.py).
// Columns: { logs, left, step, window }, with a row of log shares for each column.

import { argmax } from "./arrays.js";

const NEVER = -1e9;

// The likeliest texts, the likeliest first.
export function likelyTexts(logs, settings) {
  const { columns, classes } = settings;
  const none = classes.length - 1;
  // Of each beginning: the log shares of the ways that end with no mark, and of those that end with its last mark.
  let begun = new Map([["", [0, NEVER]]]);
  for (const column of telling(logs, settings)) {
    const marks = [...column.keys()].filter((index) => index !== none && column[index] > Math.log(columns.least_mark));
    const longer = new Map();
    for (const [text, ways] of begun) goOn(longer, text, ways, marks.map((index) => [classes[index], column[index]]), column[none]);
    const [first, ...rest] = likeliestFirst(longer).slice(0, columns.most_texts);
    const least = logSum(...first[1]) - columns.behind;
    begun = new Map([first, ...rest.filter(([, ways]) => logSum(...ways) > least)]);
  }
  return likeliestFirst(begun).map(([text]) => text);
}

const likeliestFirst = (texts) => [...texts].sort(([, one], [, other]) => logSum(...other) - logSum(...one));

// The columns without those that surely show the same as the one before: the same mark, or none.
function telling(logs, { columns }) {
  const shown = logs.map((column) => (Math.max(...column) > Math.log(columns.sure) ? argmax(column) : -1));
  return logs.filter((_, index) => shown[index] < 0 || shown[index] !== shown[index - 1]);
}

function logSum(one, other) {
  const [high, low] = one > other ? [one, other] : [other, one];
  return low > NEVER / 2 ? high + Math.log1p(Math.exp(low - high)) : high;
}

// Adds to `longer` what becomes of one beginning in one column more.
function goOn(longer, text, [bare, marked], marks, none) {
  const add = (longerText, logBare, logMarked) => {
    const [wasBare, wasMarked] = longer.get(longerText) ?? [NEVER, NEVER];
    longer.set(longerText, [logSum(wasBare, logBare), logSum(wasMarked, logMarked)]);
  };
  const either = logSum(bare, marked);
  add(text, either + none, NEVER);
  for (const [sign, log] of marks) {
    const isSame = text.endsWith(sign); // with no column between, it is still the same mark
    if (isSame) add(text, NEVER, marked + log);
    add(text + sign, NEVER, (isSame ? bare : either) + log);
  }
}

// The log probability of a text.
export function logShare(logs, text, settings) {
  const states = statesOf(text, settings);
  let ways = states.map((_, state) => (state ? NEVER : 0));
  for (const column of telling(logs, settings)) {
    ways = states.map((mark, state) => before(ways, states, state).reduce(logSum) + column[mark]);
  }
  const last = states.length - 1;
  return logSum(ways[last], last ? ways[last - 1] : NEVER);
}

// The first and the last column of each mark, in the likeliest way to spell the text.
export function places(logs, text, settings) {
  const states = statesOf(text, settings);
  let ways = states.map((_, state) => (state ? NEVER : 0));
  const steps = logs.map((column) => {
    const choices = states.map((_, state) => before(ways, states, state));
    const taken = choices.map((each) => each.indexOf(Math.max(...each)));
    ways = states.map((mark, state) => choices[state][taken[state]] + column[mark]);
    return taken;
  });
  let state = states.length - 1;
  if (state && ways[state - 1] > ways[state]) state -= 1;
  const found = [...text].map(() => [0, 0]);
  const seen = new Set();
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const mark = (state - 1) / 2;
    if (state % 2) found[mark] = [at, seen.has(mark) ? found[mark][1] : at];
    if (state % 2) seen.add(mark);
    state -= steps[at][state];
  }
  return found;
}

// A text's classes with none before, between and after them.
function statesOf(text, { classes }) {
  const none = classes.length - 1;
  return [none, ...[...text].flatMap((sign) => [classes.indexOf(sign), none])];
}

// The ways that were at a state a column before, one state before, and two where none between may be left out.
function before(ways, states, state) {
  const maySkip = state > 1 && state % 2 === 1 && states[state] !== states[state - 2];
  return [ways[state], state > 0 ? ways[state - 1] : NEVER, maySkip ? ways[state - 2] : NEVER];
}
