// The answer panel: the number, each digit with its bars, what the net sees of it, and the row that corrects it.

const element = (id) => document.getElementById(id);
export const percent = (share) => `${(100 * Math.min(share, 0.999)).toFixed(share >= 0.995 || share < 0.0995 ? 1 : 0)} %`;

// Tells what a person corrected (corrected.js); JSON leaves it out.
export const CORRECTED = Symbol("corrected");

export function node(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function nothing(words) {
  say("", words, "idle");
  for (const id of ["lines", "digits", "about", "keep"]) element(id).hidden = true;
}

// A drawing or a picture of one digit: what it is, and how sure that is.
export function sayDigit(prediction) {
  const { digit, confidence, accepted } = prediction;
  if (prediction[CORRECTED]) return say(digit === null ? "–" : String(digit), correctedWords(digit), "certain");
  const words = accepted ? `${percent(confidence)} sure` : unsureWords(prediction);
  say(accepted ? String(digit) : "?", words, accepted ? "certain" : "unsure");
}

// A reader that gives no reason is taken at its confidence.
function unsureWords(prediction) {
  const { digit, confidence, reason = confidence < 0.25 ? "no digit" : "unsure" } = prediction;
  if (reason === "no digit") return "Not sure: this is probably not a digit.";
  if (reason === "several digits") return "Not sure: there are several digits.";
  const [first, second] = ranked(sharesOf(prediction));
  const other = first.digit === digit ? second : first;
  const another = other.share > 0.1 && other.digit < 10 ? `, perhaps a ${other.digit}` : "";
  return `Not sure: perhaps a ${digit} (${percent(confidence)})${another}.`;
}

const correctedWords = (digit) => (digit === null ? "Corrected by you: not a digit." : "Corrected by you.");

export function sayNumber(line) {
  const { text, confidence, accepted, alternatives } = line;
  if (accepted && line[CORRECTED]) return say(text, "Corrected by you.", "certain");
  if (accepted) return say(text, `${percent(confidence)} sure of the whole number`, "certain");
  const other = alternatives.length ? ` Perhaps ${alternatives[0].text}.` : "";
  const marked = marksOf(line).some((mark) => !mark.accepted) ? " Check the highlighted marks." : "";
  say(text, `Not sure of the whole number: ${percent(confidence)}.${other}${marked}`, "unsure");
}

// A line's marks from left to right: a digit has all that is known of it, a sign and what belongs to no number have none.
export function marksOf({ accepted, digits, marks }) {
  const left = [...digits];
  return marks.map((mark) => {
    if (/\d/.test(mark.text)) return { ...mark, ...left.shift() };
    return { ...mark, digit: null, accepted: mark.text !== "" && (accepted || mark.confidence >= 0.5) };
  });
}

export function sayLines(lines) {
  const doubtful = lines.filter((line) => !line.accepted).length;
  const found = `${lines.length} numbers found`;
  say(lines.map((line) => line.text).join(" "), doubtful ? `${found}; not sure of ${doubtful}.` : `${found}, sure of all.`, doubtful ? "unsure" : "certain");
}

export function say(text, words, mood) {
  const number = element("said");
  number.textContent = text;
  number.className = `number${text.length > 12 ? " long longer" : text.length > 5 ? " long" : ""}`;
  element("sure").textContent = words;
  element("answer").dataset.mood = mood;
  element("answer").className = `answer ${mood}`;
}

// Said aloud by a screen reader; only when the pen rests, or it would never end.
export function announce(words) {
  element("live").textContent = words;
}

export function showMarks(marks, chosen, choose) {
  element("digits").hidden = marks.length < 2;
  element("digits").replaceChildren(...marks.map((mark, index) => {
    const button = node("button", { type: "button", className: moodOf(mark), onclick: () => choose(index) },
      node("span", { textContent: mark.text || "·" }), " ", node("small", { textContent: mark.text ? percent(mark.confidence) : "none" }),
      node("span", { className: "unseen", textContent: unseenOf(mark) }));
    button.setAttribute("aria-pressed", index === chosen);
    return node("li", {}, button);
  }));
}

export function describe({ text, confidence, accepted }) {
  if (!text) return "A mark that is not part of a number";
  return `${text}, ${percent(confidence)}${accepted ? "" : ", not sure"}`;
}

// What a button's colour and dashes say, for those who do not see them.
function unseenOf({ text, accepted }) {
  if (!text) return " a mark that is not part of a number";
  return accepted ? "" : ", not sure";
}

export const moodOf = ({ text, accepted }) => (!text ? "refused" : accepted ? "sure" : "unsure");

export function showLines(lines, chosen, choose) {
  element("lines").hidden = lines.length < 2;
  element("lines").replaceChildren(...lines.map((line, index) => {
    const button = node("button", { type: "button", className: line.accepted ? "" : "unsure", onclick: () => choose(index) },
      line.text, node("span", { textContent: percent(line.confidence) }));
    button.setAttribute("aria-pressed", index === chosen);
    return button;
  }));
}

// Eleven bars: the ten digits and "no digit"; `sure` colours the highest. None for a sign.
export function showBars(shares, sure) {
  element("about-title").hidden = !shares;
  if (!shares) return element("bars").replaceChildren();
  const first = ranked(shares)[0].digit;
  element("bars").replaceChildren(...shares.map((share, digit) => {
    const bar = node("div", { className: "bar" }, node("i"));
    bar.firstChild.style.setProperty("--share", share);
    const name = digit < 10 ? String(digit) : "none";
    const kinds = [digit === first && `first ${sure ? "sure" : "unsure"}`, share >= 0.01 && "shown", digit === 10 && "none"];
    const row = node("li", { className: kinds.filter(Boolean).join(" ") },
      node("span", { className: "share", textContent: percent(share) }), bar, node("span", { textContent: name }));
    row.setAttribute("aria-label", `${digit < 10 ? name : "no digit"}: ${percent(share)}`);
    return row;
  }));
}

// Eleven shares that sum to 1: the digit's is the confidence that is said everywhere, and what is left is shared by the
// other digits, in their own proportions, and "no digit". A prediction has the probabilities of all ten among each other,
// a line's digit has alternatives.
export function sharesOf({ digit, confidence, probabilities, alternatives }) {
  const shares = new Array(11).fill(0);
  if (probabilities) {
    const most = Math.max(...probabilities);
    probabilities.forEach((share, other) => { shares[other] = (share * confidence) / most; });
  } else {
    for (const other of alternatives) shares[other.digit] = other.confidence;
  }
  const best = digit ?? 10;
  shares[best] = 0;
  const others = shares.reduce((sum, share) => sum + share, 0);
  const scale = Math.min(1, (1 - confidence) / Math.max(others, 1e-9));
  const fitted = shares.map((share) => share * scale);
  fitted[best] = confidence;
  fitted[10] += Math.max(0, 1 - confidence - others * scale);
  return fitted;
}

const ranked = (probabilities) => probabilities.map((share, digit) => ({ share, digit })).sort((one, other) => other.share - one.share);

export function showInside(found) {
  element("inside").hidden = !found; // a service may not tell
  if (!found) return;
  const [seen, why] = [element("seen"), element("why")];
  element("why-note").textContent = `the ink that supports a ${found.digit}`;
  paint(seen, (at) => { const shade = found.framed[at >> 5][at & 31]; return [shade, shade, shade]; });
  const most = Math.max(1e-6, ...found.saliency.flat().map(Math.abs));
  paint(why, (at) => {
    const [ink, pull] = [found.framed[at >> 5][at & 31] / 255, found.saliency[at >> 5][at & 31] / most];
    const glow = Math.max(0, pull);
    return [70 * ink + 185 * glow, 78 * ink + 110 * glow ** 1.3, 110 * ink - 60 * glow + 90 * Math.max(0, -pull)];
  });
}

function paint(canvas, colour) {
  const pen = canvas.getContext("2d");
  const pixels = pen.createImageData(28, 28);
  for (let y = 0; y < 28; y += 1) for (let x = 0; x < 28; x += 1) pixels.data.set([...colour((y << 5) | x), 255], 4 * (28 * y + x));
  pen.putImageData(pixels, 0, 0);
}

export function showCorrections(correct) {
  const choices = [...Array(10).keys(), null];
  element("right-ones").replaceChildren(...choices.map((digit) => {
    const button = node("button", { type: "button", textContent: digit ?? "no digit", className: digit === null ? "none" : "" });
    button.setAttribute("aria-label", digit === null ? "It shows no digit" : `It is a ${digit}`);
    button.addEventListener("click", () => correct(digit, button));
    return button;
  }));
}

export function toast(words) {
  const shown = element("toast");
  shown.textContent = words;
  shown.classList.add("up");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => shown.classList.remove("up"), 4500);
}
