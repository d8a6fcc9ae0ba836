// What one digit is, by ink and by close-up (reading/joint.py).

import { argmax, clamp, softmax, sum } from "./arrays.js";

// { probabilities, confidence, reason } of the digit network alone.
export function answerByInk({ probabilities, confidence, share, refusal }, threshold) {
  return answer(probabilities, confidence, refusal > share, threshold);
}

// The same of both networks.
export function answerByBoth(ink, { closeup, sure, fill }, settings) {
  const near = closeup.subarray(0, ink.probabilities.length);
  const log = (share) => Math.log(Math.max(share, settings.least));
  const logOf = (share, digit) => settings.ink_weight * log(share) + settings.closeup_weight * log(near[digit]);
  const shares = softmax(ink.probabilities.map(logOf));
  const noDigit = 1 - sum(near);
  const isSame = argmax(ink.probabilities) === argmax(near);
  const chosen = [logOdds(Math.max(...shares)), logOdds(ink.refusal), logOdds(noDigit), Number(isSame)];
  const evidence = [...chosen, logOdds(sure), Math.log(clamp(fill, 1e-3, 1))];
  const [start, ...weights] = settings.confidence;
  const odds = start + sum(evidence.map((value, index) => value * weights[index]));
  const fitted = 1 / (1 + Math.exp(-clamp(odds, -30, 30)));
  const confidence = Math.min(fitted, 1 - ink.refusal * noDigit);
  return answer(Array.from(shares), confidence, ink.refusal + noDigit > 1, settings.threshold);
}

function answer(probabilities, confidence, isNone, threshold) {
  const refused = isNone ? "no digit" : "unsure";
  return { probabilities, confidence, reason: confidence >= threshold ? "" : refused };
}

function logOdds(share) {
  const bounded = clamp(share, 1e-4, 1 - 1e-4);
  return Math.log(bounded / (1 - bounded));
}
