// Glyphs → calibrated scores (reading/classifier.py), by onnxruntime-web's wasm build that lies beside the page.

const [DIGITS, BATCH, SUREST, REMEMBERED] = [10, 256, Math.fround(0.9999), 512];

export class Classifier {
  #known = new Map();

  static async open(base) {
    const [ort, settings, model] = await Promise.all([
      import(new URL("engine/ort.wasm.min.mjs", base).href),
      fetch(new URL("model/model.json", base)).then((response) => response.json()),
      fetch(new URL("model/digits.onnx", base)).then((response) => response.arrayBuffer()),
    ]);
    ort.env.wasm.wasmPaths = new URL("engine/", base).href;
    ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
    const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    const classifier = new Classifier(ort, session, settings);
    await classifier.scores([{ d: new Uint8Array(28 * 28) }]);
    return classifier;
  }

  constructor(ort, session, settings) {
    Object.assign(this, { ort, session, settings });
  }

  // For each glyph ten probabilities, that the likeliest is right, its share of all, and that it is no digit. What was asked lately is remembered.
  async scores(glyphs) {
    const keys = glyphs.map(({ d }) => String.fromCharCode(...d));
    const rows = new Map(keys.map((key) => [key, this.#known.get(key)]));
    const fresh = [...rows.keys()].filter((key) => !rows.get(key));
    const pictures = fresh.map((key) => glyphs[keys.indexOf(key)]);
    for (let start = 0; start < fresh.length; start += BATCH) {
      (await this.#raw(pictures.slice(start, start + BATCH))).forEach((row, index) => rows.set(fresh[start + index], row));
    }
    const out = { probabilities: [], confidence: [], share: [], refusal: [] };
    this.#add(out, keys.map((key) => rows.get(key)));
    this.#remember(fresh, rows);
    return out;
  }

  #remember(fresh, rows) {
    for (const key of fresh) this.#known.set(key, rows.get(key));
    for (const key of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(key);
    }
  }

  async #raw(glyphs) {
    const pixels = new Float32Array(glyphs.length * 28 * 28);
    glyphs.forEach(({ d }, index) => { for (let at = 0; at < 784; at += 1) pixels[784 * index + at] = d[at] * Math.fround(1 / 255); });
    const { input, shape } = this.settings;
    const results = await this.session.run({ [input]: new this.ort.Tensor("float32", pixels, [glyphs.length, ...shape]) });
    const { data, dims } = Object.values(results)[0];
    const rows = glyphs.map((_, index) => data.slice(index * dims[1], (index + 1) * dims[1]));
    const shares = rows.every((row) => row.every((value) => value >= 0) && Math.abs(row.reduce((total, value) => total + value, 0) - 1) < 0.02);
    return (shares ? rows : rows.map(softmax)).map((row) => tempered(row, this.settings.temperature));
  }

  #add({ probabilities, confidence, share, refusal }, rows) {
    for (const row of rows) {
      const digits = row.slice(0, DIGITS);
      const total = Math.max(digits.reduce((sum, value) => sum + value, 0), 1e-12);
      const most = Math.max(...digits);
      probabilities.push(digits.map((value) => value / total));
      confidence.push(Math.min(probabilityRight(most, this.settings.sureness), SUREST));
      share.push(Math.min(most, SUREST));
      refusal.push(this.settings.refuses ? row[DIGITS] : 1 - Math.min(most, SUREST));
    }
  }
}

// How likely the likeliest digit is right, by its share of all classes.
function probabilityRight(share, sureness) {
  if (!sureness) return share;
  const [start, more, less] = sureness;
  const bounded = Math.min(Math.max(share, 1e-6), 1 - 1e-6);
  return 1 / (1 + Math.exp(-(start + more * Math.log(bounded) - less * Math.log(1 - bounded))));
}

function softmax(row) {
  const most = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

function tempered(row, temperature) {
  if (temperature === 1) return row;
  const powered = row.map((value) => Math.max(value, 1e-12) ** (1 / temperature));
  const total = powered.reduce((sum, value) => sum + value, 0);
  return powered.map((value) => value / total);
}
