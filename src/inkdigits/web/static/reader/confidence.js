// How likely a line is right, by what speaks for it (reading/numbers/confidence.py).

import { clamp, sum } from "./arrays.js";
import { looseInk } from "./loose_ink.js";
import { amountIn } from "./writing.js";

// That its digits are right, times that its signs are; without fitted weights the text's share counts.
export function lineConfidence(evidence, { line_weights: weights, line_sign_weights: signWeights }) {
  if (!weights.length) return logistic(evidence[0]);
  const digits = fitted(evidence, weights);
  return signWeights.length ? digits * fitted(evidence.slice(-1), signWeights) : digits;
}

function fitted(evidence, [start, ...weights]) {
  return logistic(start + sum(weights.map((weight, index) => weight * evidence[index])));
}

const logistic = (odds) => 1 / (1 + Math.exp(-clamp(odds, -30, 30)));

// What speaks for the likeliest text of a row, in the order of confidence.EVIDENCE.
export function evidenceOf({ row, texts, byColumns, ahead, agree }, grey, settings) {
  const [best] = texts;
  const chosen = [...row.marks.keys()].filter((index) => best.signs[index]);
  const sure = chosen.map((index) => row.marks[index].centre * Math.max(...row.marks[index].classes));
  const isDigit = (sign) => settings.classes.indexOf(sign) < settings.digits;
  const digits = chosen.filter((index) => isDigit(best.signs[index]));
  const heights = digits.map((index) => row.marks[index].box[3] - row.marks[index].box[1]);
  const leftOut = sum(row.marks.map((mark, index) => (best.signs[index] ? 0 : mark.centre)));
  const loose = looseInk(grey, chosen.map((index) => row.marks[index]), row.height, settings.loose_ink);
  return [
    logOdds(Math.exp(best.log)),
    logOdds(Math.min(...sure)),
    sum(sure.map((share) => Math.log(Math.max(share, 1e-4)))) / sure.length,
    Math.log(digits.length),
    digits.length === 1 ? 1 : 0,
    Math.log(Math.max(...heights) / Math.max(Math.min(...heights), 1)),
    leftOut,
    row.support,
    Math.log(Math.max(row.height * row.scale, 1)),
    ...loose.map((share) => Math.log(share + settings.least_ink)),
    Math.max(byColumns, -settings.most_log),
    clamp(ahead, -settings.most_log, settings.most_log),
    agree ? 1 : 0,
    Math.max(logOfOtherDigits(texts), -settings.most_log),
    logOdds(shareOfAmount(texts, settings)),
  ];
}

// The log share of the likeliest text whose digits are not those of the first one.
function logOfOtherDigits(texts) {
  const [digits, ...others] = texts.map(({ text }) => text.replaceAll(/\D/g, ""));
  const at = others.findIndex((each) => each !== digits);
  return at < 0 ? -Infinity : texts[at + 1].log;
}

// The share of all texts that are the same number as the first one.
function shareOfAmount(texts, settings) {
  const amount = amountIn(texts[0].text, settings);
  return sum(texts.filter(({ text }) => amountIn(text, settings) === amount).map(({ log }) => Math.exp(log)));
}

function logOdds(share) {
  const bounded = clamp(share, 1e-5, 1 - 1e-5);
  return Math.log(bounded / (1 - bounded));
}
