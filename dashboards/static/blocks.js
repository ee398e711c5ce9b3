// The kinds of blocks that a page is made of.
import { isOffered, showBehind } from "./behind.js";
import { draw } from "./charts.js";
import { form } from "./form.js";
import { fillTable } from "./grid.js";
import { interval } from "./interval.js";
import { legend } from "./legend.js";
import { entries } from "./entries.js";
import { chosen, joinGroup, makePicker } from "./linked.js";
import { noteButton } from "./notes.js";
import { make, panel } from "./panel.js";
import { say } from "./words.js";

const kinds = { facts, plot, grid, picker, text, notice, interval: stake, links, form, entries: (block) => entries(panel(block.title), block) };

// file: the name of a table's or chart's file -> where it can be downloaded.
export function makeBlock(block, table, file) {
  const element = kinds[block.kind](block, table, file);
  element.classList.add("block", block.kind === "interval" ? "stake" : block.kind, block.width);
  if (block.colour) element.style.setProperty("--series", `var(--${block.colour})`);
  return element;
}

function facts(block) {
  const element = panel(block.title);
  const list = make("dl");
  for (const { label, value, note, state, href } of block.facts) {
    const item = make("div", "fact");
    item.dataset.is = state;
    const said = make("dd", "value", href ? undefined : value);
    if (href) said.append(Object.assign(make("a", "", value), { href }));
    item.append(make("dt", "", label), said);
    if (note) item.append(make("dd", "quiet", note));
    list.append(item);
  }
  element.append(list);
  return element;
}

function plot(block, table, file) {
  const { chart } = block;
  const element = panel(block.title);
  const figure = make("figure");
  const canvas = make("div", `canvas ${block.height}`);
  canvas.setAttribute("role", "img");
  const caption = make("figcaption");
  const behind = make("button", "tool behind", say("table"));
  const files = { csv: file(`${block.table}.csv`), xlsx: file(`${block.table}.xlsx`), svg: file(`${chart.key}.svg`) };
  behind.type = "button";
  behind.setAttribute("aria-label", `${say("table")}: ${chart.name}`);
  behind.addEventListener("click", () => showBehind(chart, table, files));
  const day = () => chosen(block.group);
  caption.append(make("span", "sentence", chart.sentence), behind, noteButton(chart.name, { day }));
  if (chart.figure.layout.showlegend) figure.append(legend(chart.figure));
  figure.append(canvas, caption);
  element.append(figure);
  element.addEventListener("placed", () => {
    draw(canvas, chart).then(() => block.group && joinGroup(block.group, canvas)).catch(() => {});
  }, { once: true });
  return element;
}

function grid(block, table, file) {
  const element = panel(block.title);
  const scroll = make("div", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group"); // the section around it is the landmark of that name
  scroll.setAttribute("aria-label", block.title);
  const held = make("table");
  fillTable(held, table);
  scroll.append(held);
  const foot = make("p", "foot quiet", block.note);
  const links = make("span", "files");
  links.append(...["csv", "xlsx"].filter(isOffered).map((kind) => fileLink(kind, file(`${block.table}.${kind}`), block.title)));
  foot.append(links);
  element.append(scroll, foot);
  return element;
}

function fileLink(kind, href, title) {
  const link = Object.assign(make("a", "tool", say(kind)), { href, download: "" });
  link.setAttribute("aria-label", `${say(kind)}: ${title}`);
  return link;
}

function picker(block, table) {
  const element = panel(block.title);
  element.append(...makePicker(block, table));
  return element;
}

function text(block) {
  const element = panel(block.title);
  if (block.lines.length === 1) element.append(make("p", "", block.lines[0]));
  else {
    const list = make("ul");
    list.append(...block.lines.map((line) => make("li", "", line)));
    element.append(list);
  }
  return element;
}

function notice(block) {
  const element = make("p", "said", block.text);
  element.dataset.is = block.state;
  return element;
}

function stake(block) {
  const element = panel(block.title);
  element.append(...interval(block));
  return element;
}

function links(block) {
  const element = panel(block.title);
  const list = make("ul");
  list.append(...block.links.map(({ label, href, note }) => {
    const item = make("li");
    item.append(href ? Object.assign(make("a", "", label), { href }) : make("span", "quiet", label));
    if (note) item.append(" ", make("span", "quiet", note));
    return item;
  }));
  element.append(list);
  return element;
}
