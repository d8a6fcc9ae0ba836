// Corrections kept in this browser, and a ZIP of them with a folder per digit.

function store(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("inkdigits", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("corrections", { autoIncrement: true });
    opening.onerror = () => reject(new Error("this browser does not allow storage on this page"));
    opening.onsuccess = () => resolve(opening.result.transaction("corrections", mode).objectStore("corrections"));
  });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error("this browser has no storage space left"));
  });
}

export async function keep(digit, picture) {
  const content = new Uint8Array(await picture.arrayBuffer());
  await done((await store("readwrite")).add({ digit, content }));
}

export const count = async () => done((await store("readonly")).count());

export async function pack() {
  const kept = await done((await store("readonly")).getAll());
  return kept.length ? { name: "corrections.zip", content: zip(kept.map(({ digit, content }, index) => [`corrections/${digit ?? "none"}/${index + 1}.png`, content])) } : null;
}

const CRC = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

const crcOf = (bytes) => (bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

// Files stored as they are: PNG pictures are packed already.
function zip(files) {
  const [parts, entries] = [[], []];
  let offset = 0;
  for (const [path, content] of files) {
    const name = new TextEncoder().encode(path);
    const common = [20, 0x0800, 0, 0, 33].flatMap((value) => [value & 255, value >> 8]).concat(words(crcOf(content), content.length, content.length), halves(name.length, 0));
    const local = Uint8Array.from([...words(0x04034b50), ...common]);
    parts.push(local, name, content);
    entries.push(Uint8Array.from([...words(0x02014b50), ...halves(20), ...common, ...halves(0, 0, 0), ...words(0, offset)]), name);
    offset += local.length + name.length + content.length;
  }
  const size = entries.reduce((total, part) => total + part.length, 0);
  const end = Uint8Array.from([...words(0x06054b50), ...halves(0, 0, files.length, files.length), ...words(size, offset), ...halves(0)]);
  return new Blob([...parts, ...entries, end], { type: "application/zip" });
}

const halves = (...values) => values.flatMap((value) => [value & 255, (value >> 8) & 255]);
const words = (...values) => values.flatMap((value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255]);
