// Tables: cells are written as a reader of the page's language writes them.
import { watch, serverNow } from "./ages.js";
import { dated, day, exact, number, say } from "./words.js";

const RIGHT = new Set(["number", "percent", "count", "share", "exact", "p", "age"]);
const LONG = 32; // a text that is longer may break into lines
const write = {
  text: (cell) => cell,
  number: (cell) => number(cell),
  percent: (cell) => number(cell, 1),
  exact: (cell) => exact(cell),
  count: (cell) => number(cell, 0),
  share: (cell) => number(cell, 4),
  p: (cell) => (cell < 0.0001 ? `< ${number(0.0001, 4)}` : number(cell, 4)),
  day: (cell) => day(cell),
  moment: (cell) => dated(cell, serverNow()),
};

export function written(cell, kind) {
  if (cell === null) return say("missing");
  return typeof cell === "string" && kind !== "day" ? cell : write[kind](cell);
}

function heading(column) {
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.classList.toggle("figure", RIGHT.has(column.kind));
  cell.textContent = column.label;
  if (column.unit) cell.append(" ", Object.assign(document.createElement("small"), { textContent: column.unit }));
  return cell;
}

function bodyCell(value, column, { mark, first }) {
  const cell = document.createElement(first ? "th" : "td");
  if (first) cell.scope = "row";
  cell.classList.toggle("figure", RIGHT.has(column.kind));
  cell.classList.toggle("words", column.kind === "text" && value?.length > LONG);
  if (mark) cell.dataset.mark = mark;
  if (column.kind === "age" && typeof value === "number") watch(cell, value, Infinity, []);
  else cell.textContent = written(value, column.kind);
  return cell;
}

function emptyRow(width) {
  const cell = Object.assign(document.createElement("td"), { colSpan: width, className: "quiet", textContent: say("table.empty") });
  const row = document.createElement("tr");
  row.append(cell);
  return row;
}

export function fillTable(element, table) {
  const head = document.createElement("tr");
  head.append(...table.columns.map(heading));
  const body = table.rows.map((cells, y) => {
    const row = document.createElement("tr");
    row.append(...cells.map((value, x) =>
      bodyCell(value, table.columns[x], { mark: table.marks[`${y}:${x}`], first: x === 0 })));
    return row;
  });
  if (!body.length) body.push(emptyRow(table.columns.length));
  (element.tHead ?? element.createTHead()).replaceChildren(head);
  (element.tBodies[0] ?? element.createTBody()).replaceChildren(...body);
}
