// The networks, run by onnxruntime-web's wasm build that lies beside the page.

import { inShares, logSumExp, softmax, sum } from "./arrays.js";
import { SIZE_PX } from "./closeup.js";
import { stripOf, windowOf } from "./strips.js";
import { isSure, readRow } from "./together.js";

// Pictures in one pass: more gain no speed, and take memory.
const BATCH = 64;

// The networks with their settings, as inkdigits wrote them to model/model.json.
export async function openNetworks(base) {
  const fetched = async (name) => {
    const response = await fetch(new URL(`model/${name}`, base));
    if (!response.ok) throw new Error(`model/${name} is missing.`);
    return response;
  };
  const [ort, settings, digits, marks, glyphs, rows] = await Promise.all([
    import(new URL("engine/ort.wasm.min.mjs", base).href),
    fetched("model.json").then((response) => response.json()),
    fetched("digits.onnx").then((response) => response.arrayBuffer()),
    fetched("marks.onnx").then((response) => response.arrayBuffer()),
    fetched("glyphs.onnx").then((response) => response.arrayBuffer()),
    fetched("rows.onnx").then((response) => response.arrayBuffer()),
  ]);
  ort.env.wasm.wasmPaths = new URL("engine/", base).href;
  const cores = Math.min(4, navigator.hardwareConcurrency || 1);
  ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? cores : 1;
  const opened = (model) => ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const openCloser = async () => opened(await (await fetched("rows_closer.onnx")).arrayBuffer());
  return {
    settings,
    digits: new DigitNetwork(ort, await opened(digits), settings),
    marks: new MarksNetwork(ort, await opened(marks), settings.marks),
    glyphs: new GlyphNetwork(ort, await opened(glyphs), settings.marks),
    rows: new RowNetworks(ort, await opened(rows), openCloser, settings.marks),
  };
}

// Grey pixels → its map (reading/marks/network.py).
export class MarksNetwork {
  constructor(ort, session, settings) {
    Object.assign(this, { ort, session, settings });
  }

  async run({ w, h, d }) {
    const picture = new this.ort.Tensor("float32", d, [1, h, w, 1]);
    const results = await this.session.run({ [this.session.inputNames[0]]: picture });
    const { data, dims } = Object.values(results)[0];
    return { data, rows: dims[2], columns: dims[3] };
  }
}

// Close-ups → for each the share of every class (reading/marks/glyph_network.py).
export class GlyphNetwork {
  constructor(ort, session, settings) {
    Object.assign(this, { ort, session, settings });
  }

  async shares(closeups, pause) {
    const shares = [];
    for (let start = 0; start < closeups.length; start += BATCH) {
      await pause?.();
      shares.push(...(await this.#run(closeups.slice(start, start + BATCH))));
    }
    return shares;
  }

  async #run(closeups) {
    const pixels = new Float32Array(closeups.length * SIZE_PX * SIZE_PX);
    closeups.forEach((closeup, index) => pixels.set(closeup, index * SIZE_PX * SIZE_PX));
    const shown = new this.ort.Tensor("float32", pixels, [closeups.length, SIZE_PX, SIZE_PX, 1]);
    const { data, dims } = Object.values(await this.session.run({ [this.session.inputNames[0]]: shown }))[0];
    const { temperature } = this.settings;
    const scoresOf = (_, index) => data.slice(index * dims[1], (index + 1) * dims[1]);
    return closeups.map(scoresOf).map((scores) => softmax(scores.map((score) => score / temperature)));
  }
}

// A row of marks → what stands in each column of its strip (reading/numbers/row_network.py).
// Only a row in doubt needs the second network, which is then opened.
export class RowNetworks {
  #closer;

  constructor(ort, quick, openCloser, settings) {
    Object.assign(this, { ort, quick, openCloser, settings });
  }

  // What the columns of a row show, at each look that it needs.
  async looks(grey, row) {
    const looks = [];
    const { strips, row_networks: [quick, closer] } = this.settings;
    for (const [index, look] of [strips.looks[0], ...strips.looks].entries()) {
      const isQuick = index === 0;
      const session = isQuick ? this.quick : (this.#closer ??= await this.openCloser());
      const window = windowOf(row, this.settings, look);
      looks.push(await this.#columns(grey, window, session, isQuick ? quick : closer));
      if (isSure(readRow({ ...row, looks }, this.settings), this.settings)) break;
    }
    return looks;
  }

  async #columns(grey, window, session, { high_px: high, temperature }) {
    const { w, h, d } = stripOf(grey, window, this.settings, high);
    const strip = new this.ort.Tensor("float32", d, [1, h, w, 1]);
    const { data, dims } = Object.values(await session.run({ [session.inputNames[0]]: strip }))[0];
    const [count, width] = [dims[1], dims.at(-1)];
    const scoresOf = (at) => Array.from({ length: count }, (_, mark) => data[mark * width + at] / temperature);
    const logs = Array.from({ length: width }, (_, at) => scoresOf(at)).map(logSoftmax);
    return { logs, window, step: window.width / width };
  }
}

function logSoftmax(scores) {
  const all = logSumExp(scores);
  return Float32Array.from(scores, (score) => score - all);
}

// Glyphs → calibrated scores (reading/classifier.py).
const SUREST = Math.fround(0.9999);
const DIGITS = 10;
const PIXELS = 28 * 28;

export class DigitNetwork {
  constructor(ort, session, settings) {
    Object.assign(this, { ort, session, settings });
  }

  // Ten probabilities, how likely the likeliest is right, its share of all classes, and that of no digit.
  async scores(glyph) {
    const { temperature, sureness, refuses } = this.settings;
    const row = tempered((await this.raw([glyph]))[0], temperature);
    const digits = row.slice(0, DIGITS);
    const total = Math.max(sum(digits), 1e-12);
    const most = Math.max(...digits);
    const share = Math.min(most, SUREST);
    return {
      probabilities: Array.from(digits, (value) => value / total),
      confidence: Math.min(probabilityRight(most, sureness), SUREST),
      share,
      refusal: refuses ? row[DIGITS] : 1 - share,
    };
  }

  // The ten digits' shares of each glyph.
  async shares(glyphs, pause) {
    const rows = await this.raw(glyphs, pause);
    return rows.map((row) => inShares(tempered(row, this.settings.temperature).slice(0, DIGITS)));
  }

  // The network's own probabilities, a row for each glyph.
  async raw(glyphs, pause) {
    const rows = [];
    for (let start = 0; start < glyphs.length; start += BATCH) {
      await pause?.();
      rows.push(...(await this.#run(glyphs.slice(start, start + BATCH))));
    }
    return rows;
  }

  async #run(glyphs) {
    const pixels = new Float32Array(glyphs.length * PIXELS);
    glyphs.forEach(({ d }, index) => {
      for (let at = 0; at < PIXELS; at += 1) pixels[PIXELS * index + at] = d[at] * Math.fround(1 / 255);
    });
    const { input, shape } = this.settings;
    const pictures = new this.ort.Tensor("float32", pixels, [glyphs.length, ...shape]);
    const { data, dims } = Object.values(await this.session.run({ [input]: pictures }))[0];
    const rows = glyphs.map((_, index) => data.slice(index * dims[1], (index + 1) * dims[1]));
    return rows.every(isShares) ? rows : rows.map(softmax);
  }
}

// A network from elsewhere may end in plain scores.
const isShares = (row) => row.every((value) => value >= 0) && Math.abs(sum(row) - 1) < 0.02;

function probabilityRight(share, sureness) {
  if (!sureness) return share;
  const [start, more, less] = sureness;
  const bounded = Math.min(Math.max(share, 1e-6), 1 - 1e-6);
  return 1 / (1 + Math.exp(-(start + more * Math.log(bounded) - less * Math.log(1 - bounded))));
}

function tempered(row, temperature) {
  if (temperature === 1) return row;
  return inShares(row.map((value) => Math.max(value, 1e-12) ** (1 / temperature)));
}
