// A file → its document { count, page(number), close() }, or null for what the browser opens itself.
// A page is a picture in a Blob. What opens a kind of file is loaded when the first one comes.

import { kindOf } from "./kinds.js";
import { SETTINGS } from "./settings.js";

const OPENERS = {
  pdf: async (file) => (await import("./pdf.js")).openPdf(file),
  jpeg2000: async (file) => (await import("./jpeg2000.js")).openJpeg2000(file),
  tiff: async (file) => (await import("./rasters.js")).openRasters(file, "tiff"),
  heic: async (file) => (await import("./rasters.js")).openRasters(file, "heic"),
};

// The newest document stays open: its pages are shown after they were read.
let newest = { file: null, document: null };

export async function opened(file) {
  if (newest.file !== file) {
    newest.document?.close();
    newest = { file: null, document: null };
    newest = { file, document: await documentOf(file) };
  }
  return newest.document;
}

async function documentOf(file) {
  const kind = await kindOf(file);
  if (!kind) return null;
  const document = await OPENERS[kind](file);
  const most = SETTINGS.most_pages;
  if (document.count <= most) return document;
  document.close();
  throw new Error(`the document has ${document.count} pages, the limit is ${most}: use the command line.`);
}
