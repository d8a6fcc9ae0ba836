// A network with the outputs of all its layers, as inkdigits wrote it: network.onnx, network.json, weights.bin.

import { argmax } from "./reader/arrays.js";

const PIXELS = 28 * 28;
const PAPER = Math.fround(1 / 255);

// `fetched` gives the response for a file's name; `engine` is the folder of onnxruntime-web.
export async function openNetwork(fetched, engine) {
  const [ort, description, onnx] = await Promise.all([
    import(new URL("ort.wasm.min.mjs", engine).href),
    fetched("network.json").then((response) => response.json()),
    fetched("network.onnx").then((response) => response.arrayBuffer()),
  ]);
  ort.env.wasm.wasmPaths = engine.href;
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(onnx, { executionProviders: ["wasm"] });
  return new Network(ort, session, description);
}

export class Network {
  constructor(ort, session, description) {
    Object.assign(this, { ort, session, description, settings: { saliency: description.saliency } });
  }

  // What every layer gives for one glyph, by the names of the tensors.
  async layers(glyph) {
    const results = await this.#run([glyph]);
    const { layers, input } = this.description;
    const outputs = { [input]: inkOf(glyph) };
    for (const { tensor } of layers.slice(1)) outputs[tensor] = results[tensor].data;
    const shares = results[this.description.answer].data;
    return { outputs, shares, digit: argmax(shares.subarray(0, 10)) };
  }

  // The answer alone, a row for each glyph: what saliency asks for.
  async raw(glyphs) {
    const { answer } = this.description;
    const { data, dims } = (await this.#run(glyphs, [answer]))[answer];
    return glyphs.map((_, index) => data.slice(index * dims[1], (index + 1) * dims[1]));
  }

  #run(glyphs, wanted) {
    const pixels = new Float32Array(glyphs.length * PIXELS);
    glyphs.forEach((glyph, index) => pixels.set(inkOf(glyph), index * PIXELS));
    const pictures = new this.ort.Tensor("float32", pixels, [glyphs.length, ...this.description.shape]);
    const given = { [this.description.input]: pictures };
    return wanted ? this.session.run(given, wanted) : this.session.run(given);
  }
}

const inkOf = ({ d }) => Float32Array.from(d, (shade) => shade * PAPER);
