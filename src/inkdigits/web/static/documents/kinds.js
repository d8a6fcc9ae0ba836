// Which kind of document a file is, by its first bytes; null for pictures that any browser opens.

// A PDF may begin with bytes of a mail or a printer.
const HEAD_BYTES = 1024;
const TIFF_MARKS = ["II*\0", "MM\0*"];
const BIG_TIFF_MARKS = ["II+\0", "MM\0+"];
const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];
const JPEG_2000_MARKS = ["\0\0\0\x0cjP  ", "\xff\x4f\xff\x51"];

export async function kindOf(file) {
  const head = await headOf(file);
  const begins = (mark) => head.startsWith(mark);
  if (head.includes("%PDF-")) return "pdf";
  if (TIFF_MARKS.some(begins)) return "tiff";
  if (BIG_TIFF_MARKS.some(begins)) throw new Error("this is a BigTIFF file, which browsers cannot open: use the service.");
  if (JPEG_2000_MARKS.some(begins)) return "jpeg2000";
  return isHeic(head) ? "heic" : null;
}

// AVIF is the same container; browsers open it themselves.
function isHeic(head) {
  if (head.slice(4, 8) !== "ftyp") return false;
  const length = head.charCodeAt(2) * 256 + head.charCodeAt(3);
  const brands = [head.slice(8, 12), ...(head.slice(16, length).match(/.{4}/gs) ?? [])];
  return !brands.includes("avif") && brands.some((brand) => HEIC_BRANDS.includes(brand));
}

async function headOf(file) {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return String.fromCharCode(...bytes);
}
