// Runs single stages of the page's reader for test_js_reader.py: cases from stdin, their results to stdout, as JSON.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`).href);
const [{ turned }, { closeupOf }, { answerByBoth }, { inkBox }, { named, surroundings }, { lineConfidence, evidenceOf }, { linesOf }, { boxOfInk, glyphOf, inkOf }, { peaksOf }, pyramid, { rowsOf }, { valueOf }, writing, columns, strips, { readRow }] =
  await Promise.all(["arrays", "closeup", "joint", "whole", "naming", "confidence", "lines", "marks", "peaks", "pyramid", "rows", "values", "writing", "columns", "strips", "together"].map(load));

const { settings, cases } = JSON.parse(readFileSync(0, "utf8"));
const bytesOf = (text) => new Uint8Array(Buffer.from(text, "base64"));
const planeOf = ({ w, h, d }) => ({ w, h, d: bytesOf(d) });
const encoded = ({ w, h, d }) => ({ w, h, d: Buffer.from(d.buffer, d.byteOffset, d.byteLength).toString("base64") });
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);

function marksOf(marks) {
  const best = (classes) => classes.indexOf(Math.max(...classes));
  return marks.map((mark) => ({ ...mark, classes: Float32Array.from(mark.classes), best: best(mark.classes) }));
}

const columnsOf = (logs) => logs.map((column) => Float32Array.from(column));
const levelsOf = (levels) => levels.map(({ scale, marks }) => ({ scale, marks: marksOf(marks) }));
const rowsIn = ({ levels }) => rowsOf(levelsOf(levels), settings);

const stages = {
  levels: ({ width, height }) => pyramid.levelsOf(width, height, settings.pyramid),
  resized: ({ grey, scale }) => encoded(pyramid.resized(planeOf(grey), scale)),
  framed: ({ grey, shade }) => encoded(pyramid.framed(planeOf(grey), settings.pyramid.rim_px, settings.multiple, shade)),
  shade: ({ grey }) => pyramid.edgeShade(planeOf(grey)),
  turned: ({ grey, quarters }) => encoded(turned(planeOf(grey), quarters)),
  peaks: ({ data, rows, columns }) => {
    const found = peaksOf({ data: floatsOf(data), rows, columns }, settings);
    return found.map(({ box, centre, classes }) => ({ box, centre, classes: [...classes] }));
  },
  around: ({ marks }) => surroundings(marksOf(marks), settings),
  named: async ({ grey, marks, near, existence }) => {
    const glyphs = { shares: async () => near.map((shares) => Float32Array.from(shares)) };
    const found = await named(planeOf(grey), marksOf(marks), { glyphs, marks: { settings: { ...settings, existence } } });
    return found.map(({ box, centre, classes }) => ({ box, centre, classes: [...classes] }));
  },
  rows: (given) => rowsIn(given).map(({ marks, score, scale, support, height }) => (
    { boxes: marks.map(({ box }) => box), score, scale, support, height }
  )),
  texts: (given) => rowsIn(given).map((row) => writing.textsOf(row, settings)),
  strip: ({ grey, ...given }) => rowsIn(given).map((row) => {
    const window = strips.windowOf(row, settings);
    return { window, strip: encoded(strips.stripOf(planeOf(grey), window, settings, settings.row_networks[0].high_px)) };
  }),
  columns: ({ logs, texts }) => ({
    likely: columns.likelyTexts(columnsOf(logs), settings),
    shares: texts.map((text) => columns.logShare(columnsOf(logs), text, settings)),
    places: texts.map((text) => columns.places(columnsOf(logs), text, settings)),
  }),
  together: ({ looks: seen, own, ...given }) => rowsIn(given).map((row, index) => {
    const looks = seen[index].map(({ logs, ...place }) => ({ logs: columnsOf(logs), ...place }));
    return readRow({ ...row, looks }, { ...settings, own_digits: own });
  }),
  confidence: ({ weights, signs, ...given }) => rowsIn(given).map((row) => {
    const evidence = evidenceOf(readRow(row, settings), planeOf(given.grey), settings);
    return { evidence, confidence: lineConfidence(evidence, { ...settings, line_weights: weights, line_sign_weights: signs }) };
  }),
  lines: (given) => linesOf(rowsIn(given), planeOf(given.grey), settings, given.scale),
  closeup: ({ grey, box, height }) => ({ w: 32, h: 32, d: encoded({ d: closeupOf(planeOf(grey), box, height, settings.closeup) }).d }),
  glyph: ({ grey, box }) => encoded(glyphOf(planeOf(grey), box, settings)),
  ink: ({ grey, box }) => boxOfInk(inkOf(planeOf(grey), box, settings), settings.framing),
  whole: ({ grey }) => inkBox(planeOf(grey), settings),
  joint: ({ ink, seen, joint }) => answerByBoth(ink, { ...seen, closeup: Float32Array.from(seen.closeup) }, joint),
  value: ({ text }) => valueOf(text, settings),
  form: ({ text }) => writing.isWellFormed(text, settings),
  amount: ({ text }) => writing.amountIn(text, settings),
};

const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
const results = await Promise.all(cases.map(({ stage, ...given }) => stages[stage](given)));
process.stdout.write(JSON.stringify(results, plain));
