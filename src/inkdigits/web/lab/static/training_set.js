// The digits that a fine-tuning is to learn, kept until the tab is closed.

const PIXELS = 28 * 28;

export const encoded = (picture) => btoa(String.fromCharCode(...picture));
export const decoded = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

// Says "changed" after each change.
export class TrainingSet extends EventTarget {
  #key;

  // `run` is the run that is to learn them.
  constructor(run, most) {
    super();
    this.#key = `inkdigits-lab-set-${run}`;
    this.most = most;
    this.digits = kept(this.#key);
  }

  has(picture) {
    return this.#placeOf(encoded(picture)) >= 0;
  }

  get isFull() {
    return this.digits.length >= this.most;
  }

  // A picture that is there already gets the new label.
  add(label, picture) {
    const text = encoded(picture);
    const place = this.#placeOf(text);
    if (place >= 0) this.digits[place].label = label;
    else if (!this.isFull) this.digits.push({ label, picture: text });
    this.#changed();
  }

  remove(picture) {
    const place = this.#placeOf(encoded(picture));
    if (place >= 0) this.digits.splice(place, 1);
    this.#changed();
  }

  clear() {
    this.digits = [];
    this.#changed();
  }

  #placeOf(text) {
    return this.digits.findIndex(({ picture }) => picture === text);
  }

  #changed() {
    sessionStorage.setItem(this.#key, JSON.stringify(this.digits));
    this.dispatchEvent(new Event("changed"));
  }
}

function kept(key) {
  try {
    const found = JSON.parse(sessionStorage.getItem(key) ?? "[]");
    return found.filter(({ label, picture }) => Number.isInteger(label) && decoded(picture).length === PIXELS);
  } catch {
    return []; // what another version of the page kept
  }
}
