// Draws on the canvas, sends the picture, shows the answer. The newest answer wins, whatever order they come in.

const pad = document.getElementById("pad");
const pen = pad.getContext("2d");
const answer = document.querySelector(".answer");
let asked = 0;

function clear() {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, pad.width, pad.height);
  Object.assign(pen, { lineWidth: 30, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
  asked += 1;
  say("–", "Draw, or choose a picture of one digit.", "");
  document.getElementById("bars").replaceChildren();
}

function place(event) {
  const frame = pad.getBoundingClientRect();
  return [(event.clientX - frame.left) * pad.width / frame.width, (event.clientY - frame.top) * pad.height / frame.height];
}

pad.addEventListener("pointerdown", (event) => {
  pad.setPointerCapture(event.pointerId);
  pen.beginPath();
  pen.moveTo(...place(event));
  pen.lineTo(...place(event));
  pen.stroke();
});
pad.addEventListener("pointermove", (event) => {
  if (!event.buttons) return;
  pen.lineTo(...place(event));
  pen.stroke();
});
pad.addEventListener("pointerup", () => pad.toBlob(ask));

async function ask(picture) {
  const mine = (asked += 1);
  const response = await fetch("v1/predict", { method: "POST", body: picture, headers: { "content-type": picture.type } });
  const result = await response.json();
  if (mine !== asked) return;
  if (!response.ok) return say("–", result.detail, "unsure");
  show(result[0]);
}

function show({ digit, confidence, accepted, probabilities }) {
  const percent = (share) => `${(100 * Math.min(share, 0.999)).toFixed(1)} %`;
  say(String(digit), accepted ? `${percent(confidence)} sure` : `Not sure: perhaps a ${digit} (${percent(confidence)}), perhaps no digit.`,
    accepted ? "certain" : "unsure");
  document.getElementById("bars").replaceChildren(...probabilities.map((share, number) => bar(number, share, percent(share))));
}

function bar(number, share, shown) {
  const row = document.createElement("li");
  const meter = Object.assign(document.createElement("meter"), { value: share, max: 1 });
  meter.setAttribute("aria-label", `${number}: ${shown}`);
  row.append(Object.assign(document.createElement("span"), { textContent: number }), meter,
    Object.assign(document.createElement("span"), { textContent: shown }));
  return row;
}

function say(digit, words, mood) {
  document.getElementById("said").textContent = digit;
  document.getElementById("sure").textContent = words;
  answer.className = `answer ${mood}`;
}

document.getElementById("clear").addEventListener("click", clear);
document.getElementById("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  clear();
  const picture = await createImageBitmap(file);
  const scale = Math.min(pad.width / picture.width, pad.height / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  pen.drawImage(picture, (pad.width - width) / 2, (pad.height - height) / 2, width, height);
  ask(file);
  event.target.value = "";
});
clear();
