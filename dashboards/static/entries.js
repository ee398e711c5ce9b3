// What happened, in sentences, each with what a person may do about it.
import { noteButton } from "./notes.js";
import { openForm } from "./send.js";
import { say } from "./words.js";

function make(name, className, text) {
  return Object.assign(document.createElement(name), { className, textContent: text ?? "" });
}

function act({ label, post, ask, needs_text: needsText }, title) {
  const button = Object.assign(make("button", "tool", label), { type: "button" });
  button.setAttribute("aria-label", `${label}: ${title}`);
  button.addEventListener("click", () => {
    const dialog = document.getElementById("ask");
    dialog.querySelector("h2").textContent = title;
    dialog.querySelector(".asked").textContent = ask;
    dialog.querySelector("textarea").required = needsText;
    dialog.querySelector("[type=submit]").textContent = label;
    openForm(dialog, post, (data) => ({ text: data.get("text") }));
  });
  return button;
}

export function entries(element, block) {
  const list = make("ul", "");
  list.append(...block.entries.map(({ title, lines, state, href, action }) => {
    const item = make("li", "entry");
    item.dataset.is = state;
    const words = make("div", "");
    const what = make("p", "what", href ? "" : title);
    if (href) what.append(Object.assign(make("a", "", title), { href }));
    words.append(what, ...lines.map((line) => make("p", "quiet", line)));
    item.append(words);
    if (action) item.append(act(action, title));
    return item;
  }));
  element.append(block.entries.length ? list : make("p", "quiet", block.empty));
  if (block.adds_notes) element.append(noteButton(block.title, { label: say("note.title") }));
  return element;
}
