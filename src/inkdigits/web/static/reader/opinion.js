// A second opinion on which digit a mark is (reading/marks/opinion.py).

import { argmax, inShares, sum } from "./arrays.js";
import { glyphOf } from "./marks.js";

// The marks with both networks' shares multiplied, where a mark looks like a digit but not surely like one.
export async function withSecondOpinion(grey, marks, digitNetwork, settings, pause) {
  const { opinion, digits } = settings;
  const isAsked = ({ best, classes }) => best < digits && Math.max(...classes) < opinion.sure;
  const asked = marks.filter(isAsked);
  if (!asked.length) return marks;
  const shares = await digitNetwork.shares(asked.map(({ box }) => glyphOf(grey, box, settings)), pause);
  return marks.map((mark) => (isAsked(mark) ? joined(mark, shares[asked.indexOf(mark)], settings) : mark));
}

function joined(mark, other, { opinion, digits }) {
  const own = mark.classes.subarray(0, digits);
  const products = own.map((share, digit) => Math.max(share, opinion.least) * Math.max(other[digit], opinion.least));
  const whole = sum(own);
  const classes = Float32Array.from(mark.classes);
  classes.set(inShares(products).map((share) => share * whole));
  return { ...mark, classes, best: argmax(classes) };
}
