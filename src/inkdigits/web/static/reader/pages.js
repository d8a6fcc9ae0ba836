// A grey page → its lines (reading/numbers/pages.py).

import { sum, turned } from "./arrays.js";
import { linesOf } from "./lines.js";
import { named } from "./naming.js";
import { Pyramid } from "./pyramid.js";
import { showsSeveral, wholeMark } from "./whole.js";
import { rowsOf } from "./rows.js";

// A page { width, height, scale } as results have it in JSON, by its pyramid.
export async function readPage({ width, height, scale }, pyramid, networks) {
  const { rows, quarters } = await uprightRows(pyramid, networks);
  const grey = turned(pyramid.grey, quarters);
  for (const row of rows) {
    await pyramid.pause?.();
    row.looks = await networks.rows.looks(grey, row);
  }
  const lines = linesOf(rows, grey, pyramid.network.settings, scale);
  const sides = quarters % 2 ? { width: height, height: width } : { width, height };
  return { page: 1, ...sides, turned_deg: 90 * quarters, text: textOf(lines), lines };
}

export const textOf = (lines) => lines.map(({ text }) => text).join("\n");

// The rows, and how many quarters the page had to be turned against the clock.
async function uprightRows(pyramid, networks) {
  const { grey, network, pause } = pyramid;
  const { turns } = network.settings;
  const rows = await rowsIn(pyramid, networks);
  const upright = surenessOf(rows);
  const marks = sum(rows.map((row) => row.marks.length));
  const best = { rows, quarters: 0 };
  if (upright > turns.sure_upright * marks || marks < turns.least_marks) return best;
  for (const quarters of [1, 3, 2]) {
    const other = await rowsIn(new Pyramid(turned(grey, quarters), network, pause), networks);
    const least = Math.max(turns.much_more * upright, turns.least_sureness, surenessOf(best.rows));
    if (surenessOf(other) > least) Object.assign(best, { rows: other, quarters });
  }
  return best;
}

// The rows of the page as it lies; they are found once.
export async function rowsIn(pyramid, networks) {
  pyramid.rows ??= await findRows(pyramid, networks);
  return pyramid.rows;
}

async function findRows(pyramid, networks) {
  const { grey, network, pause } = pyramid;
  const levels = [];
  for (const { scale, marks } of await pyramid.all()) {
    levels.push({ scale, marks: await named(grey, marks, networks, pause) });
  }
  // All of the ink as one mark counts as a size of its own.
  if (!levels.some(({ marks }) => showsSeveral(marks, network.settings))) {
    levels.push({ scale: 0, marks: await wholeMark(grey, networks, pause) });
  }
  return rowsOf(levels, network.settings);
}

// How many digits' worth of certainty the rows hold.
const surenessOf = (rows) => sum(rows.map((row) => Math.max(0, row.score)));
