// What a page may have (reading/input/limits.py), checked before it is drawn.

const MOST_PIXELS = 80_000_000;

export function checkSize(width, height) {
  if (!(width > 0 && height > 0)) throw new Error(`the page has no pixels (${width}×${height}).`);
  if (width * height <= MOST_PIXELS) return;
  throw new Error(`the page has ${width}×${height} pixels, the limit is ${MOST_PIXELS.toLocaleString("en")}: scale it down.`);
}
