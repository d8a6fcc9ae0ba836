// What the lab's server is asked, with its token.

import { headers, token } from "./place.js";

async function asked(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...headers(), ...options.headers } });
  } catch {
    throw new Error("The lab does not answer. Is it still running?");
  }
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(found.detail || `The lab answered ${response.status}.`);
  return found;
}

const post = (path, values = {}) => asked(path, { method: "POST", body: JSON.stringify(values) });

export const about = () => asked("api/lab");
export const runs = () => asked("api/runs");
export const start = (settings) => post("api/runs", settings);
export const stop = (name) => post(`api/runs/${name}/stop`);
export const finetune = (name, wanted) => post(`api/runs/${name}/finetune`, wanted);
export const changes = (name) => asked(`api/runs/${name}/changes`);
export const resume = (name) => post(`api/runs/${name}/resume`);

// Everything a training has said and says; the browser connects again by itself, and goes on where it was.
export function events(name, heard, changed) {
  const source = new EventSource(`api/runs/${name}/events?token=${token()}`);
  source.addEventListener("message", ({ data }) => heard(JSON.parse(data)));
  source.addEventListener("open", () => changed(true));
  source.addEventListener("error", () => changed(false));
  return source;
}
