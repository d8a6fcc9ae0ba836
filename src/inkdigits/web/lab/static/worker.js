// Frames drawings and runs the network in a thread of its own, so that the pen never waits.

import { plane } from "./reader/arrays.js";
import { frame } from "./reader/glyphs.js";
import { saliency } from "./reader/saliency.js";
import { changed, fooling } from "./changes.js";
import { openNetwork } from "./network.js";

let network = null;
let newest = 0;

const tasks = {
  // `files` are the addresses of the network's files, `headers` what they are asked for with.
  open: async ({ files, headers, engine }) => {
    const fetched = async (name) => {
      const response = await fetch(files + name, { headers });
      if (!response.ok) throw new Error(`${name} is missing.`);
      return response;
    };
    network = await openNetwork(fetched, new URL(engine));
    const weights = new Float32Array(await (await fetched("weights.bin")).arrayBuffer());
    return { description: network.description, weights };
  },
  // Grey writing on paper → its glyph, and what each layer gives.
  frame: async ({ grey: { w, h, d }, changes }) => {
    const ink = plane(w, h, d.map((shade) => 255 - shade));
    return tasks.glyph(changed(frame(ink, network.description.framing), changes));
  },
  // The same for a digit that is framed already.
  framed: ({ glyph, changes }) => tasks.glyph(changed(glyph, changes)),
  glyph: async (glyph) => ({ glyph, ...(await network.layers(glyph)) }),
  fooling: ({ glyph, digit }, pause) => fooling(network, glyph, digit, pause),
  saliency: ({ glyph, digit }, pause) => saliency(network, glyph, digit, pause),
};

// Newer drawings go before what was asked about older ones: its answer is undefined.
class Outdated extends Error {}

function pauseFor(id) {
  return async () => {
    await new Promise((resolve) => setTimeout(resolve));
    if (id < newest) throw new Outdated();
  };
}

addEventListener("message", async ({ data: { id, task, given } }) => {
  newest = Math.max(newest, id);
  try {
    postMessage({ id, result: await tasks[task](given, pauseFor(id)) });
  } catch (error) {
    postMessage(error instanceof Outdated ? { id } : { id, problem: error.message });
  }
});
