// A picture file → an upright page of grey (reading/input/pictures.py). The browser decodes, once, here.

import { plane, round } from "./arrays.js";
import { byArea } from "./resize.js";

const MOST_PIXELS = 80_000_000;

// A JPEG much larger than `enough` pixels is brought down by 2, 4 or 8, as Pillow does while it decodes.
export async function openPage(file, enough) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    const isKnown = /\.(pdf|tiff?|heic)$/i.test(file.name ?? "");
    const problem = isKnown ? "this browser cannot open this kind of file" : "this is not a picture that the browser can open";
    throw new Error(`${problem}: give a PNG, JPEG, GIF, BMP or WebP file, or use the service.`);
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) {
    throw new Error(`the picture has ${width}×${height} pixels, the limit is 80,000,000: scale it down.`);
  }
  const grey = greyOf(bitmap);
  const factor = file.type === "image/jpeg" ? draft(width, height, enough) : 1;
  const page = byArea(grey, Math.ceil(width / factor), Math.ceil(height / factor));
  return { grey: page, width, height, scale: Math.max(width, height) / Math.max(page.w, page.h) };
}

function draft(width, height, enough) {
  if (Math.max(width, height) <= 2 * enough) return 1;
  const most = Math.min(Math.floor(width / enough), Math.floor(height / enough));
  return [8, 4, 2].find((factor) => most >= factor) ?? 1;
}

export function greyOf(source) {
  const canvas = source instanceof OffscreenCanvas ? source : new OffscreenCanvas(source.width, source.height);
  const pen = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  if (canvas !== source) pen.drawImage(source, 0, 0);
  return greyOfPixels(pen.getImageData(0, 0, canvas.width, canvas.height));
}

export function greyOfPixels({ data, width, height }) {
  const out = plane(width, height);
  let opaque = true;
  for (let at = 0, from = 0; at < out.d.length; at += 1, from += 4) {
    out.d[at] = (19595 * data[from] + 38470 * data[from + 1] + 7471 * data[from + 2] + 32768) >> 16;
    if (data[from + 3] !== 255) opaque = false;
  }
  return opaque ? out : onContrastingGround(out, data);
}

// Alpha laid on white or black: whichever the visible part, if it is only strokes, stands out from.
function onContrastingGround(grey, data) {
  let [visible, shade] = [0, 0];
  for (let at = 0; at < grey.d.length; at += 1) {
    visible += data[4 * at + 3] / 255;
    shade += grey.d[at] * (data[4 * at + 3] / 255);
  }
  if (!visible) return plane(grey.w, grey.h, new Uint8Array(grey.d.length).fill(255));
  const ground = (shade / visible >= 128) === (visible / grey.d.length > 0.5) ? 255 : 0;
  for (let at = 0; at < grey.d.length; at += 1) {
    const alpha = data[4 * at + 3] / 255;
    grey.d[at] = round(grey.d[at] * alpha + ground * (1 - alpha));
  }
  return grey;
}
