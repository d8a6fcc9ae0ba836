// A HEIC picture, decoded by libheif, which sets it upright. A worker.

import libheif from "../decoders/libheif-js/libheif-wasm/libheif-bundle.mjs";
import { answering, canvasOf } from "./answering.js";
import { checkSize } from "./limits.js";

const decoding = libheif();
let picture = null;

answering({
  // A file may hold several pictures; the first is the one that phones show.
  open: async (given) => {
    const { HeifDecoder } = await decoding;
    picture = new HeifDecoder().decode(new Uint8Array(given))[0];
    if (!picture) throw new Error("the HEIC picture cannot be opened: it is damaged.");
    return 1;
  },
  page: async () => {
    const [width, height] = [picture.get_width(), picture.get_height()];
    checkSize(width, height);
    return canvasOf(await filled(new ImageData(width, height))).convertToBlob();
  },
});

function filled(blank) {
  return new Promise((resolve, reject) => {
    const refused = () => reject(new Error("the HEIC picture cannot be decoded: it is damaged."));
    picture.display(blank, (image) => (image ? resolve(image) : refused()));
  });
}
