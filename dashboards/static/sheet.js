// Any page but Now: blocks from the data it came with, asked for anew when something changed.
import { setServerTime, setServerTimePast } from "./ages.js";
import { makeBlock } from "./blocks.js";
import { startFrame } from "./frame.js";
import { setNoteForm } from "./notes.js";
import { whenSent } from "./send.js";
import { lang, setZone } from "./words.js";

const { plant, page } = document.body.dataset;
const asked = new URLSearchParams(location.search);
asked.set("lang", lang);
const address = (ending) => `/api/v1/plants/${encodeURIComponent(plant)}/${page}${ending}?${asked}`;
const file = (name) => address(`/${name}`);
const shown = []; // [{ said, element }] in the order of the blocks

// A block that says what it said stays as it is: with its focus, its selection, its scroll.
function show(sheet) {
  setServerTimePast(sheet.time_ms);
  setZone(sheet.timezone);
  document.getElementById("covers").textContent = sheet.covers;
  setNoteForm(sheet.note);
  showChoices(sheet.choices);
  const place = document.getElementById("blocks");
  sheet.blocks.forEach((block, i) => {
    const said = JSON.stringify([block, sheet.tables[block.table]]);
    if (shown[i]?.said === said) return;
    const element = makeBlock(block, sheet.tables[block.table], file);
    if (shown[i]) shown[i].element.replaceWith(element);
    else place.append(element);
    shown[i] = { said, element };
    element.dispatchEvent(new Event("placed"));
  });
  for (const { element } of shown.splice(sheet.blocks.length)) element.remove();
}

let choices = "";
function showChoices(list) {
  const said = JSON.stringify(list);
  if (said === choices) return;
  choices = said;
  document.getElementById("choices").replaceChildren(...list.map(({ label, options }) => {
    const nav = Object.assign(document.createElement("nav"), { className: "choice", ariaLabel: label });
    nav.append(...options.map(option));
    return nav;
  }));
}

function option({ label, query, current }) {
  const link = Object.assign(document.createElement("a"), { href: `?${kept(query)}`, textContent: label });
  if (current) link.setAttribute("aria-current", "true");
  return link;
}

// What the address says of the wall and the theme stays when something is chosen.
function kept(query) {
  const result = new URLSearchParams(query);
  for (const key of ["wall", "theme", "rotate"]) {
    const value = new URLSearchParams(location.search).get(key);
    if (value !== null) result.set(key, value);
  }
  return result;
}

let tag = "";
async function renew() {
  const answer = await fetch(address("/view"), { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
  if (!answer.ok) return; // what is shown stands; its interval says until when
  tag = answer.headers.get("ETag") ?? "";
  show(await answer.json());
}

const first = JSON.parse(document.getElementById("view").textContent);
setServerTime(first.time_ms);
show(first);
whenSent(() => renew().catch(() => {}));
startFrame({ changed: () => renew().catch(() => {}) }, () => {});
