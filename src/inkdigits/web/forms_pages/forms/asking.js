// Asks the service this page came from. The page that reads keeps the API key under the same name.

const KEY = "inkdigits-api-key";

export function useKey(key) {
  sessionStorage.setItem(KEY, key);
}

// 32 hexadecimal digits: what is sent again with the same ones counts once.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function fetched(path, options = {}) {
  const key = sessionStorage.getItem(KEY);
  const headers = key ? { ...options.headers, "x-api-key": key } : options.headers;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    const gone = new Error("The service does not answer. Is it still running?");
    throw Object.assign(gone, { status: 0 });
  }
  if (!response.ok) throw await problem(response);
  return response;
}

export async function asked(path, options) {
  return (await fetched(path, options)).json();
}

export function sent(path, content) {
  const headers = { "content-type": "application/json" };
  return asked(path, { method: "POST", headers, body: JSON.stringify(content) });
}

async function problem(response) {
  if (response.status === 401) dispatchEvent(new Event("key-needed"));
  const { detail } = await response.json().catch(() => ({}));
  const said = detail || `The service answered ${response.status}.`;
  return Object.assign(new Error(said), { status: response.status });
}
