// Forms in dialogs that send what was written, and say why when it was not taken.
import { say } from "./words.js";

let told = () => {};
export const whenSent = (then) => { told = then; };
export const changed = () => told();

// What the server answered, or the reason why it did not take what was sent.
export async function send(address, body) {
  let answer;
  try {
    answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    return { reason: say("note.unreachable") };
  }
  const said = await answer.json().catch(() => ({ detail: String(answer.status) }));
  if (answer.ok) return { answer: said, reason: null };
  const { detail } = said;
  return { reason: typeof detail === "string" ? detail : detail.map(({ msg }) => msg).join("; ") };
}

// content: what to post of the form's fields. Its promise ends with the dialog.
export function openForm(dialog, address, content) {
  const form = dialog.querySelector("form");
  const failed = dialog.querySelector(".failed");
  failed.hidden = true;
  dialog.querySelector("[data-close]").onclick = () => dialog.close();
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    const { reason } = await send(address, content(new FormData(form)));
    button.disabled = false;
    failed.hidden = reason === null;
    failed.textContent = reason === null ? "" : say("note.failed", { reason });
    if (reason !== null) return;
    form.reset();
    dialog.close();
    changed();
  };
  dialog.showModal();
}
