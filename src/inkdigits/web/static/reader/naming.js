// Which mark each one is, told from its close-up (reading/marks/naming.py).

import { argmax, softmax } from "./arrays.js";
import { closeupOf } from "./closeup.js";
import { glyphOf } from "./marks.js";

// The marks of a row with the shares of both networks; a learner's own one says which digit a digit is.
export async function named(grey, marks, rowHeight, networks, pause) {
  const { settings } = networks.marks;
  const closeups = marks.map(({ box }) => closeupOf(grey, box, rowHeight, settings.closeup));
  const near = await networks.glyphs.shares(closeups, pause);
  const both = marks.map((mark, index) => {
    const classes = joined(mark.classes, near[index], settings.naming);
    return { ...mark, classes, best: argmax(classes) };
  });
  return settings.own_digits ? withOwnDigits(grey, both, networks, pause) : both;
}

function joined(afar, near, { from_afar: weight, least }) {
  const log = (share) => Math.log(Math.max(share, least));
  return softmax(afar.map((share, index) => log(near[index]) + weight * log(share)));
}

async function withOwnDigits(grey, marks, { digits, marks: { settings } }, pause) {
  const asked = marks.filter(({ best }) => best < settings.digits);
  const shares = await digits.shares(asked.map(({ box }) => glyphOf(grey, box, settings)), pause);
  asked.forEach((mark, index) => {
    const whole = mark.classes.slice(0, settings.digits).reduce((total, share) => total + share, 0);
    mark.classes.set(shares[index].map((share) => share * whole));
    mark.best = argmax(mark.classes);
  });
  return marks;
}
