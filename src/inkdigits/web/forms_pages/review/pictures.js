// Pictures of fields as the browser can show them: asked for once, the next ones ahead of time.

import { fetched } from "../forms/asking.js";

// Pictures that are kept; older ones are asked for again.
const MOST = 60;

export class Pictures {
  #made = new Map();
  pile = "";

  url(key, wide) {
    const query = new URLSearchParams({ key, wide, pile: this.pile });
    const address = `/v1/review/picture?${query}`;
    if (!this.#made.has(address)) {
      const made = async () => URL.createObjectURL(await (await fetched(address)).blob());
      const making = made();
      // Who waits for it is told; the next one asks again.
      making.catch(() => this.#made.delete(address));
      this.#made.set(address, making);
      this.#forget();
    }
    return this.#made.get(address);
  }

  prepare(keys) {
    for (const key of keys) this.url(key, false).catch(() => {});
  }

  #forget() {
    for (const [address, making] of [...this.#made].slice(0, -MOST)) {
      this.#made.delete(address);
      making.then(URL.revokeObjectURL, () => {});
    }
  }
}
