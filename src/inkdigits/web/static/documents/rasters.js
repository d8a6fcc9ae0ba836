// TIFF and HEIC files: a thread of its own decodes the pages of each.

const WORKERS = { tiff: "tiff.js", heic: "heic.js" };

export async function openRasters(file, kind) {
  const worker = new Worker(new URL(WORKERS[kind], import.meta.url), { type: "module" });
  const ask = asker(worker);
  try {
    const count = await ask("open", await file.arrayBuffer());
    return { count, page: (number) => ask("page", number), close: () => worker.terminate() };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

// Asks one thing after the other.
function asker(worker) {
  let last = Promise.resolve();
  return (task, given) => {
    const answered = last.then(() => answerOf(worker, task, given));
    last = answered.catch(() => {});
    return answered;
  };
}

function answerOf(worker, task, given) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { result, problem } }) => (problem === undefined ? resolve(result) : reject(new Error(problem)));
    worker.onerror = ({ message }) => reject(new Error(`the decoder could not be started (${message ?? "a file is missing"}).`));
    worker.postMessage({ task, given }, given instanceof ArrayBuffer ? [given] : []);
  });
}
