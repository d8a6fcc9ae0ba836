// Keeps the whole page in the browser, so that it works offline. `inkdigits export --format web` writes FILES and VERSION above.

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES.map((path) => new Request(path, { cache: "reload" })))));
});

addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("inkdigits-") && name !== VERSION;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((kept) => kept ?? fetched(event.request)));
});

// What opens documents is kept once it was needed.
async function fetched(request) {
  const response = await fetch(request);
  const isDecoder = request.url.startsWith(new URL("decoders/", location.href).href);
  if (isDecoder && response.ok) await (await caches.open(VERSION)).put(request, response.clone());
  return response;
}
