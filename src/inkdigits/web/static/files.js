// What is found, as files: text to copy, CSV and JSON to download, in the same form as the command line writes them.

const COLUMNS = ["file", "page", "line", "text", "confidence", "accepted", "left", "top", "right", "bottom"];

export const asText = (readings) => readings.flatMap(({ pages }) => pages.flatMap((page) => page.lines.map((line) => line.text))).join("\n");

export function asCsv(readings) {
  const rows = readings.flatMap(({ image, pages }) => pages.flatMap(({ page, lines }) =>
    lines.map((line, index) => [image, page, index + 1, line.text, line.confidence, line.accepted, ...line.box])));
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

const cell = (value) => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

export const asJson = (readings) => readings.map(({ image, pages }) => `${JSON.stringify({ image, pages })}\n`).join("");

export function download(content, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
