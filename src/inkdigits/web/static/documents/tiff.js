// The pages of a TIFF, decoded by UTIF, which takes pako to inflate. A worker.

import "../decoders/pako/dist/pako_inflate.min.js";
import "../decoders/utif2/UTIF.js";
import { answering, canvasOf } from "./answering.js";
import { checkSize } from "./limits.js";

const { UTIF } = self;
// By the standard of TIFF.
const TAGS = { width: 256, height: 257, compression: 259, orientation: 274, samples: 277, planes: 284 };
// None, CCITT (three kinds), LZW, JPEG (old and new), deflate (two numbers), PackBits.
const COMPRESSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 32946, 32773];
const SEPARATE_PLANES = 2;
const OTHER_KIND = "this kind of TIFF cannot be opened in the browser: use the service.";
// How a stored picture is set upright for each orientation: (x, y) → (ax + cy, bx + dy).
const UPRIGHT = {
  1: [1, 0, 0, 1], 2: [-1, 0, 0, 1], 3: [-1, 0, 0, -1], 4: [1, 0, 0, -1],
  5: [0, 1, 1, 0], 6: [0, 1, -1, 0], 7: [0, -1, -1, 0], 8: [0, -1, 1, 0],
};

let data = null;
let directories = [];
let isGrey = false;

const valueOf = (directory, tag, otherwise) => directory[`t${TAGS[tag]}`]?.[0] ?? otherwise;

// UTIF asks for three colours of grey JPEG strips too, and has room for one.
const { getData } = UTIF.JpegDecoder.prototype;
UTIF.JpegDecoder.prototype.getData = function (options) {
  return getData.call(this, { ...options, forceRGB: !isGrey });
};

answering({
  open: (given) => {
    data = given;
    directories = UTIF.decode(data).filter((directory) => valueOf(directory, "width") && valueOf(directory, "height"));
    if (!directories.length) throw new Error("the TIFF has no page that can be read: it is damaged.");
    return directories.length;
  },
  page: (number) => {
    const directory = directories[number - 1];
    return upright(pictureOf(directory), valueOf(directory, "orientation", 1));
  },
});

function pictureOf(directory) {
  const [width, height] = [valueOf(directory, "width"), valueOf(directory, "height")];
  checkSize(width, height);
  const samples = valueOf(directory, "samples", 1);
  const isSeparate = samples > 1 && valueOf(directory, "planes", 1) === SEPARATE_PLANES;
  if (isSeparate || !COMPRESSIONS.includes(valueOf(directory, "compression", 1))) throw new Error(OTHER_KIND);
  isGrey = samples === 1;
  try {
    UTIF.decodeImage(data, directory);
    return new ImageData(new Uint8ClampedArray(UTIF.toRGBA8(directory).buffer), width, height);
  } catch (error) {
    throw new Error(OTHER_KIND, { cause: error });
  } finally {
    delete directory.data; // as large as the page
  }
}

function upright(picture, orientation) {
  const stored = canvasOf(picture);
  const [a, b, c, d] = UPRIGHT[orientation] ?? UPRIGHT[1];
  if (a === 1 && d === 1) return stored.convertToBlob();
  const { width, height } = picture;
  const canvas = a ? new OffscreenCanvas(width, height) : new OffscreenCanvas(height, width);
  const pen = canvas.getContext("2d");
  pen.setTransform(a, b, c, d, a + c < 0 ? canvas.width : 0, b + d < 0 ? canvas.height : 0);
  pen.drawImage(stored, 0, 0);
  return canvas.convertToBlob();
}
