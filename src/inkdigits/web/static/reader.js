// Reading by the service this page came from. A page written by `inkdigits export --format web` has reader/reader.js in this place.

export const where = "read by the service on this host";
export const files = "image/*,.pdf,.tif,.tiff,.heic,.heif,.jp2";

// The API key, where the service asks for one; kept until the tab is closed.
const KEY = "inkdigits-api-key";

export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

export async function open() {
  const model = await asked("v1/model");
  return { review: model.review, words: `${model.model}, version ${model.version}; accepts ${Math.round(100 * model.min_confidence)} % confidence or more` };
}

export async function predict(file) {
  const [prediction] = await asked("v1/predict", post(file));
  return prediction;
}

// A drawing: as one digit, and as a number.
export async function live(canvas) {
  const body = await canvas.convertToBlob();
  const [predictions, readings] = await Promise.all([asked("v1/predict", post(body)), asked("v1/read", post(body))]);
  return { prediction: predictions[0], lines: readings[0].pages.flatMap((page) => page.lines) };
}

// The pages of a picture or document.
export async function read(file) {
  const [reading] = await asked("v1/read", post(file));
  return reading.pages;
}

// A page as a picture, of a file that the browser cannot show itself.
export async function page(file, number) {
  const response = await answered(`v1/page?number=${number}`, post(file));
  return response.blob();
}

// What the net sees of a digit and where its ink counts; null where the service does not tell.
export async function explain(canvas) {
  try {
    return await asked("v1/explain", post(await canvas.convertToBlob()));
  } catch (error) {
    if (error.status === 404 || error.status === 405) return null;
    throw error;
  }
}

// `digit` is 0 to 9, or null for what is none. Resolves once it is stored.
export async function correct(canvas, digit) {
  const form = new FormData();
  form.append("file", await canvas.convertToBlob(), "drawing.png");
  form.append("digit", digit ?? "none");
  try {
    await asked("v1/corrections", { method: "POST", body: form });
  } catch (error) {
    if (error.status === 404 || error.status === 405) throw new Error("this service does not store corrections.", { cause: error });
    throw error;
  }
  return "Thank you. Saved by the service.";
}

export const links = () => [["API docs", "docs"], ["Download for offline use", packed]];

// The page as a folder that reads with no service at all.
async function packed() {
  const response = await fetch("offline.zip");
  if (!response.ok) throw await problem(response);
  return { name: "inkdigits.zip", content: await response.blob() };
}

function post(body) {
  return { method: "POST", body, headers: { "content-type": body.type || "application/octet-stream" } };
}

async function asked(path, options) {
  return (await answered(path, options)).json();
}

async function answered(path, options = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = key ? { ...options.headers, "x-api-key": key } : options.headers;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new Error("The service does not answer. Is it still running?");
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response) {
  if (response.status === 401) dispatchEvent(new Event("key-needed"));
  const { detail } = await response.json().catch(() => ({}));
  return Object.assign(new Error(detail || `The service answered ${response.status}.`), { status: response.status });
}
