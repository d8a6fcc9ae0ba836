// What a fine-tuning changed: accuracy before and after, the digits that are right now, and those that were forgotten.

import { node, percent } from "./answer.js";
import { thumbnail } from "./examples.js";
import { decoded } from "./training_set.js";

export function beforeAfter(changes, shades) {
  const { data, n, before, after } = changes;
  return [
    node("table", { className: "scores before-after" },
      row("th", "", "before", "after"),
      row("td", "training set", `${changes.given_before} of ${changes.given_n}`, `${changes.given_after} of ${changes.given_n}`),
      row("td", `${n.toLocaleString("en")} other digits of ${data}`, share(before), share(after))),
    ...gallery("Training set", changes.given_n, changes.given, shades),
    ...gallery("Fixed: wrong before, right now", changes.mended_n, changes.mended, shades),
    ...gallery("Forgotten: right before, wrong now", changes.forgotten_n, changes.forgotten, shades),
  ];
}

const share = (value) => `${(100 * value).toFixed(2)} %`;

function row(kind, name, ...cells) {
  return node("tr", {}, node("th", { textContent: name }), ...cells.map((textContent) => node(kind, { textContent })));
}

function gallery(words, count, digits, shades) {
  const some = digits.length < count ? `, the ${digits.length} most confident here` : "";
  const list = node("ul", { className: "digits gallery", tabIndex: 0 }, ...digits.map((digit) => item(digit, shades)));
  return [node("h3", { textContent: `${words}: ${count}${some}` }), list];
}

function item({ label, before, after, confidence, picture }, shades) {
  const words = `a ${label}, read as ${before} before and as ${after} now, with ${percent(confidence)}`;
  const found = node("li", { className: after === label ? "" : "mistaken" },
    thumbnail(decoded(picture), shades), node("b", { textContent: `${before} → ${after}` }), node("small", { textContent: `a ${label}` }));
  found.setAttribute("aria-label", words);
  found.title = words;
  return found;
}

// The command line and the lines of plain Keras that do the same as the page.
export function same(command, keras) {
  const part = (words, text) => node("details", {}, node("summary", { textContent: words }), node("pre", { textContent: text }));
  return [part("The same on the command line", command), part("The same in plain Keras", keras)];
}
