// The pages of a PDF, drawn by pdf.js.

import { checkSize } from "./limits.js";
import { SETTINGS } from "./settings.js";

const DECODER = new URL("../decoders/pdfjs-dist/", import.meta.url);
const POINTS_PER_INCH = 72;

let loading = null;

async function loaded() {
  loading ??= import(new URL("legacy/build/pdf.min.mjs", DECODER).href);
  const pdfjs = await loading;
  pdfjs.GlobalWorkerOptions.workerSrc = new URL("legacy/build/pdf.worker.min.mjs", DECODER).href;
  return pdfjs;
}

export async function openPdf(file) {
  return openPdfBytes(new Uint8Array(await file.arrayBuffer()), SETTINGS.dots_per_inch / POINTS_PER_INCH);
}

// `scale` is pixels per point.
export async function openPdfBytes(data, scale) {
  const { getDocument } = await loaded();
  const task = getDocument({
    data,
    standardFontDataUrl: new URL("standard_fonts/", DECODER).href,
    wasmUrl: new URL("wasm/", DECODER).href,
    iccUrl: new URL("iccs/", DECODER).href,
    enableXfa: false,
  });
  try {
    const document = await task.promise;
    return {
      count: document.numPages,
      page: async (number) => drawn(await document.getPage(number), scale),
      close: () => task.destroy(),
    };
  } catch (error) {
    task.destroy();
    throw new Error(words(error), { cause: error });
  }
}

async function drawn(page, scale) {
  const viewport = page.getViewport({ scale });
  const [width, height] = [Math.ceil(viewport.width), Math.ceil(viewport.height)];
  checkSize(width, height);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  // As printed: drawn in one go, even while the tab is not in view.
  await page.render({ canvas, viewport, intent: "print" }).promise;
  page.cleanup();
  return blobOf(canvas);
}

function blobOf(canvas) {
  return new Promise((resolve, reject) => {
    const taken = (blob) => (blob ? resolve(blob) : reject(new Error("the browser does not have enough memory for the page: use the service.")));
    canvas.toBlob(taken, "image/png");
  });
}

function words(error) {
  if (error.name === "PasswordException") return "the PDF needs a password: save it without one, or use the command line.";
  return "the PDF cannot be opened: it is damaged or not a PDF.";
}
