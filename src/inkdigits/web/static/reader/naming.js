// Which mark each one is, and whether it is one at all, told from its close-up (reading/marks/naming.py).

import { argmax, clamp, median, sum } from "./arrays.js";
import { closeupOf } from "./closeup.js";
import { glyphOf } from "./marks.js";

// The marks named by both networks; a learner's own one says which digit a digit is.
export async function named(grey, marks, networks, pause) {
  const { settings } = networks.marks;
  const heights = rowHeights(marks, settings);
  const closeups = marks.map(({ box }, index) => closeupOf(grey, box, heights[index], settings.closeup));
  const near = await networks.glyphs.shares(closeups, pause);
  const both = marks.map((mark, index) => {
    const classes = joined(mark.classes, near[index], settings.naming);
    return { ...mark, centre: existence(mark, near[index], settings.existence), classes, best: argmax(classes) };
  });
  return settings.own_digits ? withOwnDigits(grey, both, networks, pause) : both;
}

// For each mark the usual height of the digits around it; its own where there is none.
export function rowHeights(marks, { digits, naming }) {
  const tall = ({ box }) => box[3] - box[1];
  const strong = marks.filter(({ best, centre }) => best < digits && centre >= naming.strong);
  const middle = ({ box }, side) => (box[side] + box[side + 2]) / 2;
  return marks.map((mark) => {
    const isNear = (other) => Math.abs(middle(mark, 0) - middle(other, 0)) < naming.beside * tall(other)
      && Math.abs(middle(mark, 1) - middle(other, 1)) < naming.above * tall(other);
    const around = strong.filter(isNear);
    return around.length ? median(around.map(tall)) : tall(mark);
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

function existence({ centre, classes }, near, [start, byCentre, byNear, byAfar]) {
  const odds = start + byCentre * logOdds(centre) - byNear * logOdds(near.at(-1)) - byAfar * logOdds(classes.at(-1));
  return 1 / (1 + Math.exp(-odds));
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
