// A form that posts its fields as JSON, and says what became of them.
import { make, panel } from "./panel.js";
import { changed, send } from "./send.js";
import { say } from "./words.js";

const TYPES = { day: "date", number: "number", text: "text" };
let fields = 0;

function control(field) {
  const input = make(field.kind === "select" ? "select" : "input");
  if (field.kind === "select") {
    input.append(...field.options.map(({ value, label }) => Object.assign(make("option", "", label), { value })));
  } else {
    input.type = TYPES[field.kind];
    if (field.kind === "number") input.step = "any";
    if (field.kind === "text") input.maxLength = 2000;
    input.value = field.value;
  }
  input.name = field.name;
  input.required = field.required;
  input.id = `field-${++fields}`;
  return input;
}

// One choice may say what the other fields then hold: a unit, for example.
function fill(element, field, input) {
  input.addEventListener("change", () => {
    const chosen = field.options.find(({ value }) => value === input.value);
    for (const [name, value] of Object.entries(chosen?.fills ?? {})) element.elements[name].value = value;
  });
}

function values(element, block) {
  const posted = {};
  for (const { name, kind } of block.fields) {
    const { value } = element.elements[name];
    posted[name] = kind === "number" ? Number(value) : value;
  }
  return posted;
}

function clear(element, block) {
  for (const { name, kind } of block.fields) if (kind === "number" || name === "reason") element.elements[name].value = "";
}

export function form(block) {
  const held = panel(block.title);
  if (document.body.dataset.role === "viewer") {
    held.append(make("p", "quiet", block.closed));
    return held;
  }
  const element = make("form", "typed");
  for (const field of block.fields) {
    const input = control(field);
    if (field.kind === "select") fill(element, field, input);
    const label = make("label", "", field.label);
    label.htmlFor = input.id;
    element.append(label, input);
    if (field.note) element.append(make("p", "quiet", field.note));
  }
  const button = make("button", "do", block.submit);
  const said = make("p", "said");
  said.setAttribute("role", "status");
  element.append(button, said);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const { answer, reason } = await send(block.post, values(element, block));
    said.textContent = reason === null ? block.done[answer.outcome] : say("note.failed", { reason });
    said.dataset.is = reason === null ? "good" : "bad";
    if (reason === null) {
      clear(element, block);
      changed();
    }
    button.disabled = false;
  });
  held.append(element);
  return held;
}
