// Which mark each one is, and whether it is one at all, told from its close-up (reading/marks/naming.py).

import { argmax, clamp, median, sum } from "./arrays.js";
import { closeupOf } from "./closeup.js";
import { glyphOf } from "./marks.js";

// The marks named by both networks; a learner's own one says which digit a digit is.
export async function named(grey, marks, networks, pause) {
  const { settings } = networks.marks;
  const around = surroundings(marks, settings);
  const closeups = marks.map(({ box }, index) => closeupOf(grey, box, around[index].height, settings.closeup));
  const near = await networks.glyphs.shares(closeups, pause);
  const both = marks.map((mark, index) => {
    const classes = joined(mark.classes, near[index], settings.naming);
    return { ...mark, centre: existence(mark, near[index], around[index], settings), classes, best: argmax(classes) };
  });
  return settings.own_digits ? withOwnDigits(grey, both, networks, pause) : both;
}

const tall = ({ box }) => box[3] - box[1];
const middle = ({ box }, side) => (box[side] + box[side + 2]) / 2;

// How each mark stands among the surely found digits around it: their usual height (its own where there are none),
// whether there are any beside it, and how far its middle is above or below theirs.
export function surroundings(marks, { digits, naming }) {
  const strong = marks.filter(({ best, centre }) => best < digits && centre >= naming.strong);
  return marks.map((mark) => {
    const isNear = (other) => Math.abs(middle(mark, 0) - middle(other, 0)) < naming.beside * tall(other)
      && Math.abs(middle(mark, 1) - middle(other, 1)) < naming.above * tall(other);
    const near = strong.filter(isNear);
    if (!near.length) return { height: tall(mark), beside: false, off: 0 };
    const height = median(near.map(tall));
    const level = median(near.map((other) => middle(other, 1)));
    const off = Math.abs(middle(mark, 1) - level) / Math.max(height, 1e-6);
    return { height, beside: near.some((other) => other !== mark), off };
  });
}

// Both networks' shares as one; the last class is none of the alphabet's.
function joined(afar, near, { from_afar: weight, least }) {
  const log = (share) => Math.log(Math.max(share, least));
  const logs = Array.from(near, (share, index) => log(share) + weight * log(afar[index]));
  const most = Math.max(...logs);
  const powers = logs.map((each, index) => (index < logs.length - 1 ? Math.exp(each - most) : 0));
  const total = Math.max(sum(powers), 1e-12);
  return Float32Array.from(powers, (power) => power / total);
}

// In the order of naming.EXISTENCE.
function existence(mark, near, around, { digits, existence: [start, ...weights] }) {
  const inRow = around.beside ? sum(near.subarray(0, digits)) / Math.max(sum(near.subarray(0, near.length - 1)), 1e-6) : 0;
  const unlike = Math.abs(Math.log(Math.max(tall(mark), 1e-3) / Math.max(around.height, 1e-3)));
  const shares = [logOdds(mark.centre), -logOdds(near.at(-1)), -logOdds(mark.classes.at(-1))];
  const evidence = [...shares, inRow, inRow * unlike, inRow * around.off];
  return 1 / (1 + Math.exp(-start - sum(evidence.map((value, index) => value * weights[index]))));
}

function logOdds(share) {
  const bounded = clamp(share, 1e-4, 1 - 1e-4);
  return Math.log(bounded / (1 - bounded));
}

async function withOwnDigits(grey, marks, { digits, marks: { settings } }, pause) {
  const asked = marks.filter(({ best }) => best < settings.digits);
  const shares = await digits.shares(asked.map(({ box }) => glyphOf(grey, box, settings)), pause);
  asked.forEach((mark, index) => {
    const whole = sum(mark.classes.subarray(0, settings.digits));
    mark.classes.set(shares[index].map((share) => share * whole));
    mark.best = argmax(mark.classes);
  });
  return marks;
}
