// A JPEG 2000 picture, drawn by the decoder that pdf.js has: it becomes the one picture of a PDF.

import { checkSize } from "./limits.js";
import { openPdfBytes } from "./pdf.js";

// The marker that begins the code stream, and the one of sizes that follows it at once.
const START_AND_SIZES = [0xff, 0x4f, 0xff, 0x51];

export async function openJpeg2000(file) {
  const data = new Uint8Array(await file.arrayBuffer());
  const { width, height } = sizeOf(data);
  checkSize(width, height);
  return openPdfBytes(pdfWith(data, width, height), 1);
}

// The code stream says where its picture ends and where it begins.
function sizeOf(data) {
  const start = data.findIndex((_, at) => START_AND_SIZES.every((byte, place) => data[at + place] === byte));
  if (start < 0 || start + 24 > data.length) throw new Error("the JPEG 2000 picture is damaged.");
  const view = new DataView(data.buffer, data.byteOffset + start + START_AND_SIZES.length);
  const [right, bottom, left, top] = [4, 8, 12, 16].map((at) => view.getUint32(at));
  return { width: right - left, height: bottom - top };
}

function pdfWith(picture, width, height) {
  const content = `${width} 0 0 ${height} 0 0 cm /P Do`;
  const dictionary = `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /Filter /JPXDecode /Length ${picture.length} >>`;
  const objects = [
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
    [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents 4 0 R /Resources << /XObject << /P 5 0 R >> >> >>`],
    [`<< /Length ${content.length} >>\nstream\n${content}\nendstream`],
    [`${dictionary}\nstream\n`, picture, "\nendstream"],
  ];
  return fileOf(objects);
}

function fileOf(objects) {
  const parts = [encoded("%PDF-1.7\n")];
  const places = [];
  let length = parts[0].length;
  const add = (part) => {
    parts.push(part);
    length += part.length;
  };
  objects.forEach((pieces, index) => {
    places.push(length);
    const whole = [`${index + 1} 0 obj\n`, ...pieces, "\nendobj\n"];
    for (const piece of whole) add(typeof piece === "string" ? encoded(piece) : piece);
  });
  const start = length;
  const rows = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`);
  const count = objects.length + 1;
  add(encoded(`xref\n0 ${count}\n0000000000 65535 f \n${rows.join("")}`));
  add(encoded(`trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`));
  const file = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

const encoded = (text) => new TextEncoder().encode(text);
