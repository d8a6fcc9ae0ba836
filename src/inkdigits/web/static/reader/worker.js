// Reads in a thread of its own, so that the page never waits.

import { plane } from "./arrays.js";
import { predict, readJudged } from "./digit.js";
import { openNetworks } from "./network.js";
import { greyOfPixels, openPage } from "./pictures.js";
import { Pyramid } from "./pyramid.js";
import { saliency } from "./saliency.js";

const networks = openNetworks(new URL("../", import.meta.url));
networks.catch(() => {}); // whoever reads is told

const pageOf = ({ width, height, data }) => ({ grey: plane(width, height, data), width, height, scale: 1 });

async function digitOf(page, pause) {
  const pyramid = new Pyramid(page.grey, (await networks).marks, pause);
  return { ...(await predict(page, pyramid, await networks)), pyramid };
}

const tasks = {
  open: async () => (await networks).settings,
  // A drawing: where all of the ink surely is one digit nothing else is looked for, and its lines can wait.
  live: async (drawing, pause) => {
    const page = pageOf(drawing);
    const { prediction, alone, pyramid } = await digitOf(page, pause);
    const isDigit = alone && !prediction.reason;
    return { prediction, lines: isDigit ? null : (await readJudged(page, pyramid, await networks)).lines };
  },
  lines: async (drawing, pause) => {
    const page = pageOf(drawing);
    const { marks } = await networks;
    return (await readJudged(page, new Pyramid(page.grey, marks, pause), await networks)).lines;
  },
  predict: async (file) => {
    const { settings } = await networks;
    return (await digitOf(await openPage(file, settings.enough_px.predict))).prediction;
  },
  read: async (file) => {
    const { settings, marks } = await networks;
    const page = await openPage(file, settings.enough_px.read);
    return [await readJudged(page, new Pyramid(page.grey, marks), await networks)];
  },
  explain: async (drawing, pause) => {
    const { glyph, prediction } = await digitOf(pageOf(drawing), pause);
    const seen = glyph ?? plane(28, 28);
    const heat = await saliency((await networks).digits, seen, prediction.digit, pause);
    const rowOf = (values, y) => [...values.slice(28 * y, 28 * y + 28)];
    const rows = (values) => Array.from({ length: 28 }, (_, y) => rowOf(values, y));
    const { digit, confidence, accepted } = prediction;
    return { digit, confidence, accepted, framed: rows(seen.d), saliency: rows(heat) };
  },
};

// Newer ink goes before what was asked about older: its answer is undefined.
class Outdated extends Error {}
let newest = 0;
const { port1, port2 } = new MessageChannel();
const resting = [];
port1.onmessage = () => resting.shift()();

// Lets in what has been asked meanwhile.
function pauseFor(id) {
  return async () => {
    await new Promise((resolve) => {
      resting.push(resolve);
      port2.postMessage(null);
    });
    if (id < newest) throw new Outdated();
  };
}

// Code that has run a few times is compiled: better on made-up drawings than on the first one.
async function warmUp() {
  const pen = new OffscreenCanvas(160, 80).getContext("2d", { willReadFrequently: true });
  for (const text of ["7", "305", "48.6", "7", "305", "48.6"]) {
    if (newest) return;
    Object.assign(pen, { fillStyle: "#fff", font: "60px sans-serif" });
    pen.fillRect(0, 0, 160, 80);
    pen.fillStyle = "#000";
    pen.fillText(text, 15, 60, 130);
    const { w, h, d } = greyOfPixels(pen.getImageData(0, 0, 160, 80));
    await tasks.live({ width: w, height: h, data: d }, pauseFor(0));
  }
}
networks.then(warmUp).catch(() => {}); // ended by the first drawing

addEventListener("message", async ({ data: { id, task, given } }) => {
  if (task === "live") newest = id;
  try {
    postMessage({ id, result: await tasks[task](given, pauseFor(id)) });
  } catch (error) {
    postMessage(error instanceof Outdated ? { id } : { id, problem: error.message });
  }
});
