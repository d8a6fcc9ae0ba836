// What a page may have (reading/input/limits.py), checked before it is drawn.

import { SETTINGS } from "./settings.js";

export function checkSize(width, height) {
  const { most_pixels: pixels, most_side: side, most_aspect: aspect } = SETTINGS;
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  const page = `the page has ${width}×${height} pixels`;
  if (!(shorter > 0)) throw new Error(`the page has no pixels (${width}×${height}).`);
  if (width * height > pixels) throw new Error(`${page}, the limit is ${pixels.toLocaleString("en")}: scale it down.`);
  if (longer > side) throw new Error(`${page}, the limit for a side is ${side.toLocaleString("en")}: cut it into parts.`);
  if (longer > aspect * shorter) throw new Error(`${page}, more than ${aspect} times as long as wide: cut it into parts.`);
}
