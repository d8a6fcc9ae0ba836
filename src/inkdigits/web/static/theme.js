// Light, dark, or as the system has it; the choice is kept in this browser.

const NAMES = ["auto", "light", "dark"];

function stored() {
  try {
    return localStorage.getItem("theme") ?? "auto";
  } catch {
    return "auto"; // storage may be forbidden
  }
}

export function themed(button, changed) {
  let name = stored();
  const show = () => {
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    button.textContent = `Theme: ${name}`;
    changed();
  };
  const next = () => {
    name = NAMES[(NAMES.indexOf(name) + 1) % NAMES.length];
    try {
      localStorage.setItem("theme", name);
    } catch { /* then it holds until the page is closed */ }
    show();
  };
  button.addEventListener("click", next);
  show();
  return next;
}
