// A service that asks for an API key: the page asks for it once, and a button brings the question back.

const element = (id) => document.getElementById(id);

// `tried` is given the key, and resolves where the service takes it.
export function asksForKey(tried) {
  const [dialog, button, field, said] = ["key-dialog", "key", "key-field", "key-said"].map(element);
  const ask = () => {
    said.textContent = "";
    dialog.showModal();
  };
  button.addEventListener("click", ask);
  addEventListener("key-needed", () => {
    const first = button.hidden;
    button.hidden = false;
    if (first && !dialog.open) ask();
  });
  element("key-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await tried(field.value);
      field.value = "";
      dialog.close();
    } catch (error) {
      said.textContent = error.message;
    }
  });
  element("key-cancel").addEventListener("click", () => dialog.close());
}
