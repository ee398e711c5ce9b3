// Notes are taken from any chart: the form knows whom the page is about, and the day that is chosen.
import { serverNow } from "./ages.js";
import { openForm } from "./send.js";
import { fieldTime, say } from "./words.js";

const dialog = document.getElementById("note");
let form = null;
export const setNoteForm = (given) => { form = given; };

function openNote(name, day, about) {
  const field = (part) => dialog.querySelector(`[name=${part}]`);
  dialog.querySelector(".chart-name").textContent = name;
  field("about").replaceChildren(...form.abouts.map(({ key, label }) =>
    Object.assign(document.createElement("option"), { value: key, textContent: label })));
  field("about").value = about ?? form.about;
  field("start").value = day ? `${day.slice(0, 10)}T00:00` : fieldTime(serverNow());
  field("end").value = "";
  openForm(dialog, form.post, (data) => ({
    start: data.get("start"), end: data.get("end") || null, about: data.get("about"), text: data.get("text"),
  }));
}

// day: what tells the chosen day as an ISO date, if any; about: whom, where the page does not say.
export function noteButton(name, { day = () => null, about = null, label = say("note.add") } = {}) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "tool note", textContent: label });
  button.setAttribute("aria-label", `${say("note.title")}: ${name}`);
  button.addEventListener("click", () => openNote(name, day(), about));
  return button;
}
