// Reads in a thread of its own, so that the page never waits.

import { Classifier } from "./classifier.js";
import { LineNet } from "./linenet.js";
import { greyOfPixels, openPage } from "./pictures.js";
import { explain, predict } from "./predict.js";
import { readUpright } from "./upright.js";

const base = new URL("../", import.meta.url);
const classifier = Classifier.open(base);
const road = classifier.then(async (net) => ({ classifier: net, lineNet: await LineNet.open(base, net), threshold: net.settings.threshold }));
road.catch(() => {}); // whoever reads is told
const [PREDICT_PX, READ_PX] = [1024, 2000];

// Digits' shares among all readings turned into how often such a digit is right.
function calibrated(lines, { lineNet, threshold }) {
  const digitOf = (digit, line) => {
    if (digit.digit === null) return digit;
    const confidence = Math.round(1e4 * lineNet.digitConfidence(digit.confidence, line.confidence)) / 1e4;
    return { ...digit, confidence, accepted: confidence >= threshold };
  };
  return lines.map((line) => ({ ...line, digits: line.digits.map((digit) => digitOf(digit, line)) }));
}

const tasks = {
  open: async () => (await classifier).settings,
  live: async ({ width, height, data }, pause) => {
    const grey = { w: width, h: height, d: data };
    const own = { ...(await road), pause };
    const lines = calibrated((await readUpright(grey, own)).lines, own);
    const several = lines.flatMap((line) => line.digits).length > 1;
    return { prediction: several ? null : await predict(grey, own), lines };
  },
  predict: async (file) => predict((await openPage(file, PREDICT_PX)).grey, await road),
  read: async (file) => {
    const page = await openPage(file, READ_PX);
    const { lines: upright, turned } = await readUpright(page.grey, await road);
    const lines = calibrated(upright, await road);
    const scaled = (box) => box.map((side) => Math.round(side * page.scale));
    const found = lines.map((line) => ({ ...line, box: scaled(line.box), digits: line.digits.map((digit) => ({ ...digit, box: scaled(digit.box) })) }));
    return [{ page: 1, width: page.width, height: page.height, turned_deg: turned, text: found.map((line) => line.text).join("\n"), lines: found }];
  },
  explain: async ({ width, height, data }, pause) => explain({ w: width, h: height, d: data }, { ...(await road), pause }),
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

// Code that has run a few times is compiled: better on a made-up drawing, while nothing is written yet, than on the first one.
async function warmUp() {
  const pen = new OffscreenCanvas(300, 160).getContext("2d", { willReadFrequently: true });
  for (const text of ["7", "305", "4286", "7", "305", "4286", "7", "305", "4286"]) {
    if (newest) return;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 300, 160);
    pen.fillStyle = "#000";
    pen.font = "120px sans-serif";
    pen.fillText(text, 15, 120, 270);
    const { w, h, d } = greyOfPixels(pen.getImageData(0, 0, 300, 160));
    await tasks.live({ width: w, height: h, data: d }, pauseFor(0));
  }
}
road.then(warmUp).catch(() => {}); // ended by the first drawing

addEventListener("message", async ({ data: { id, task, given } }) => {
  if (task === "live") newest = id;
  try {
    postMessage({ id, result: await tasks[task](given, pauseFor(id)) });
  } catch (error) {
    postMessage(error instanceof Outdated ? { id } : { id, problem: error.message });
  }
});

