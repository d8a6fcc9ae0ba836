// What the network does with digits it was not trained on, as inkdigits wrote it: examples.json, examples.bin.

const PIXELS = 28 * 28;

// Gives null where the network has none.
export async function openExamples(files, headers) {
  const described = await fetch(new URL("examples.json", files), { headers });
  if (!described.ok) return null;
  const description = await described.json();
  const numbers = await (await fetch(new URL("examples.bin", files), { headers })).arrayBuffer();
  const count = description.labels.length;
  const hidden = new Float32Array(numbers, 0, count * description.units);
  const pictures = new Uint8Array(numbers, hidden.byteLength);
  const pictureOf = (index) => pictures.subarray(index * PIXELS, (index + 1) * PIXELS);
  // The pictures of the mistakes follow those of the map.
  const mistakes = description.mistakes.map((mistake, index) => ({ ...mistake, picture: pictureOf(count + index) }));
  return { ...description, mistakes, count, hidden, pictureOf };
}

// A 28×28 canvas with one digit in the colours of the page.
export function thumbnail(picture, { table }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 28, height: 28, className: "maps" });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(28, 28);
  const pixels = new Uint32Array(image.data.buffer);
  const middle = (table.length - 1) / 2;
  picture.forEach((shade, at) => { pixels[at] = table[middle + shade]; });
  pen.putImageData(image, 0, 0);
  return canvas;
}
