// Reading in this browser, documents included: their pages are drawn first, then read as pictures.

import { read as readPicture } from "../reader/reader.js";
import { opened } from "./opened.js";

export * from "../reader/reader.js";

export const files = "image/*,.pdf,.tif,.tiff,.heic,.heif,.jp2";

// The pages of a picture or document.
export async function read(file) {
  const document = await opened(file);
  if (!document) return readPicture(file);
  const pages = [];
  for (let number = 1; number <= document.count; number += 1) {
    const [found] = await readPicture(await document.page(number));
    pages.push({ ...found, page: number });
  }
  return pages;
}

// A page as a picture, of a file that the browser cannot show itself.
export async function page(file, number) {
  const document = await opened(file);
  return document.page(number);
}
