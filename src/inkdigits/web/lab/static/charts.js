// Curves over epochs as SVG: training thin and step by step, validation with a dot for each epoch.

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, LEFT, BOTTOM, TOP, RIGHT] = [360, 190, 38, 22, 12, 10];

function node(tag, attributes, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

const isNumber = (value) => typeof value === "number";

// `lines` are { name, className, points: [[x, y or null], …], dots }; `most` is the last epoch.
export function chart(title, lines, most, [low, high]) {
  const x = (epoch) => LEFT + (epoch / Math.max(1, most)) * (WIDE - LEFT - RIGHT);
  const y = (value) => TOP + (1 - (value - low) / (high - low || 1)) * (HIGH - TOP - BOTTOM);
  const last = lines.map(({ name, points }) => `${name} ${said(points.at(-1)?.[1])}`).join(", ");
  const svg = node("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "chart", role: "img", "aria-label": `${title}: ${last}` });
  for (const share of [0, 0.5, 1]) {
    const value = low + share * (high - low);
    svg.append(node("line", { x1: LEFT, x2: WIDE - RIGHT, y1: y(value), y2: y(value), class: "rule" }));
    svg.append(node("text", { x: LEFT - 5, y: y(value) + 4, class: "left" }, value.toFixed(2)));
  }
  svg.append(node("text", { x: LEFT, y: HIGH - 6 }, "0"), node("text", { x: WIDE - RIGHT, y: HIGH - 6, class: "left" }, `epoch ${most}`));
  for (const { className, points, dots } of lines) {
    for (const part of unbroken(points)) {
      svg.append(node("polyline", { points: part.map(([at, value]) => `${x(at)},${y(within(value, low, high))}`).join(" "), class: className }));
    }
    if (dots) svg.append(...points.filter(([, value]) => isNumber(value)).map(([at, value]) => node("circle", { cx: x(at), cy: y(within(value, low, high)), r: 2.5, class: className })));
    const strange = points.find(([, value]) => value === null);
    if (strange) svg.append(node("text", { x: x(strange[0]) + 4, y: TOP + 12, class: "nan" }, "NaN"));
  }
  return svg;
}

const within = (value, low, high) => Math.min(Math.max(value, low), high);

export const said = (value, decimals = 3) => (isNumber(value) ? value.toFixed(decimals) : value === null ? "NaN" : "–");

// Parts of a line between what is not a number.
function unbroken(points) {
  const parts = [[]];
  for (const point of points) {
    if (isNumber(point[1])) parts.at(-1).push(point);
    else if (parts.at(-1).length) parts.push([]);
  }
  return parts.filter((part) => part.length);
}
