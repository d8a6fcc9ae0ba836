// Reading in this browser: the page's reader where there is no service. The work is done by worker.js.

import { count, keep, pack } from "../corrections.js";
import { greyOf } from "./pictures.js";

export const where = "read in this browser; nothing is uploaded";
export const files = "image/*";

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const waiting = new Map();
let next = 0;
worker.addEventListener("message", ({ data: { id, result, problem } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (problem === undefined) resolve(result);
  else reject(new Error(problem));
});
worker.addEventListener("error", ({ message }) => {
  const problem = `The reader could not be started (${message ?? "a file is missing"}).`;
  for (const { reject } of waiting.values()) reject(new Error(problem));
  waiting.clear();
});

function ask(task, given) {
  return new Promise((resolve, reject) => {
    next += 1;
    waiting.set(next, { resolve, reject });
    worker.postMessage({ id: next, task, given });
  });
}

function pixelsOf(canvas) {
  const { w, h, d } = greyOf(canvas);
  return { width: w, height: h, data: d };
}

export async function open() {
  navigator.serviceWorker?.register("sw.js").catch(() => {}); // without it the page works, only not offline
  const model = await ask("open");
  const percent = Math.round(100 * model.threshold);
  return { words: `${model.name}, version ${model.version}; accepts ${percent} % confidence or more` };
}

export const live = (canvas) => ask("live", pixelsOf(canvas));
export const lines = (canvas) => ask("lines", pixelsOf(canvas));
export const read = (file) => ask("read", file);
export const predict = (file) => ask("predict", file);
export const explain = (canvas) => ask("explain", pixelsOf(canvas));

export async function correct(canvas, digit) {
  await keep(digit, await canvas.convertToBlob());
  return `Thank you. Saved in this browser (${await count()} so far; download them below).`;
}

// The corrections as a folder per digit, which `inkdigits train --data` takes.
export const links = () => [["Download my corrections", pack]];
