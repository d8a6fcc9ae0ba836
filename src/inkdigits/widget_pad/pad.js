// The pad in a notebook: ink on a canvas goes to Python as a PNG when the pen is lifted, and what is read comes back.

const PEN_PX = 14;

function render({ model, el }) {
  const canvas = document.createElement("canvas");
  canvas.width = model.get("width");
  canvas.height = model.get("height");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Writing area. Write a digit or a number.");
  const pen = canvas.getContext("2d");
  const text = Object.assign(document.createElement("output"), { className: "inkdigits-text" });
  const said = Object.assign(document.createElement("span"), { className: "inkdigits-said" });
  const clear = Object.assign(document.createElement("button"), { type: "button", textContent: "Clear" });
  const answer = Object.assign(document.createElement("div"), { className: "inkdigits-answer" });
  text.setAttribute("aria-live", "polite");
  answer.append(text, said, clear);
  el.classList.add("inkdigits-pad");
  el.replaceChildren(canvas, answer);

  function empty() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { strokeStyle: "#000", fillStyle: "#000", lineWidth: PEN_PX, lineCap: "round", lineJoin: "round" });
  }

  function show() {
    text.textContent = model.get("text");
    said.textContent = model.get("said");
  }

  // Where the pointer is on the canvas, which the notebook may show smaller.
  function at(event) {
    const frame = canvas.getBoundingClientRect();
    return [((event.clientX - frame.left) * canvas.width) / frame.width, ((event.clientY - frame.top) * canvas.height) / frame.height];
  }

  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    pen.beginPath();
    pen.arc(...last, PEN_PX / 2, 0, 2 * Math.PI);
    pen.fill();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const next = at(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      if (last === null) return;
      last = null;
      canvas.toBlob(async (blob) => send(new DataView(await blob.arrayBuffer())));
    });
  }
  clear.addEventListener("click", () => {
    empty();
    send(new DataView(new ArrayBuffer(0)));
  });

  function send(picture) {
    model.set("picture", picture);
    model.save_changes();
  }

  empty();
  show();
  model.on("change:text", show);
  model.on("change:said", show);
}

export default { render };
