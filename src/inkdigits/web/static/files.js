// What is found, as files: text to copy, CSV and JSON to download, in the same form as the command line writes them.

const COLUMNS = ["file", "page", "line", "text", "number", "value", "confidence", "accepted", "left", "top", "right", "bottom"];

export const asText = (readings) => readings.flatMap(({ pages }) => pages.flatMap((page) => page.lines.map((line) => line.text))).join("\n");

export function asCsv(readings) {
  const rows = readings.flatMap(({ image, pages }) => pages.flatMap(({ page, lines }) =>
    lines.map((line, index) => [image, page, index + 1, line.text, line.number, line.value, line.confidence, line.accepted, ...line.box])));
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

// What a spreadsheet would take for a formula begins with an apostrophe; a number stays one.
const PLAIN_NUMBER = /^[+-]?[0-9]+([.,][0-9]+)*( ?%)?$/;

function cell(value) {
  const text = String(value ?? "");
  const safe = /^[=+\-@]./.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const asJson = (readings) => `${JSON.stringify(readings.map(({ image, pages }) => ({ image, pages })), exact, 2)}\n`;

// Integers too large for JavaScript's own numbers, where the browser can write them.
const exact = (_, value) => (typeof value === "bigint" ? (JSON.rawJSON?.(String(value)) ?? String(value)) : value);

export function download(content, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
