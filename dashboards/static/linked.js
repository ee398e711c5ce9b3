// Charts of one group show the same points: what is pointed at in one is marked in all, and a
// slider does the same from the keyboard.
import { written } from "./grid.js";

const groups = new Map(); // name -> { canvases, chosen, pickers }

function group(name) {
  if (!groups.has(name)) groups.set(name, { canvases: new Set(), pickers: new Set(), chosen: null });
  return groups.get(name);
}

export function joinGroup(name, canvas) {
  const { canvases, chosen } = group(name);
  for (const old of canvases) if (!old.isConnected) canvases.delete(old);
  if (!canvases.has(canvas)) {
    canvases.add(canvas);
    canvas.on("plotly_hover", ({ points: [point] }) => {
      const id = point.data.ids?.[point.pointNumber];
      if (id) choose(name, id);
    });
  }
  if (chosen) mark(canvas, chosen);
}

export const chosen = (name) => groups.get(name)?.chosen ?? null;

export function choose(name, id) {
  const found = group(name);
  if (found.chosen === id) return;
  found.chosen = id;
  for (const canvas of found.canvases) mark(canvas, id);
  for (const show of found.pickers) show(id);
}

// The last trace of a linked chart is its mark.
function mark(canvas, id) {
  const traces = canvas.data;
  const place = traces.length - 1;
  for (const trace of traces.slice(0, place)) {
    const at = trace.ids?.indexOf(id) ?? -1;
    if (at >= 0 && trace.y[at] !== null) {
      window.Plotly.restyle(canvas, { x: [[trace.x[at]]], y: [[trace.y[at]]] }, [place]);
      return;
    }
  }
  window.Plotly.restyle(canvas, { x: [[]], y: [[]] }, [place]);
}

// A slider over the rows of a table, and the chosen row in words.
export function makePicker(block, table) {
  const ids = table.rows.map((row) => row[0]);
  const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: ids.length - 1, step: 1 });
  slider.setAttribute("aria-label", block.title);
  const list = document.createElement("dl");
  list.className = "row";
  const show = (id) => {
    const at = ids.indexOf(id);
    if (at < 0) return;
    slider.value = at;
    const parts = table.columns.map((column, i) => [column, written(table.rows[at][i], column.kind)]);
    slider.setAttribute("aria-valuetext", parts.map(([column, said]) => `${column.label} ${said} ${column.unit}`).join(", "));
    list.replaceChildren(...parts.map(([column, said]) => item(column, said)));
  };
  const found = group(block.group);
  found.pickers.clear();
  found.pickers.add(show);
  slider.addEventListener("input", () => choose(block.group, ids[slider.value]));
  show(found.chosen && ids.includes(found.chosen) ? found.chosen : ids.at(-1));
  return [slider, list];
}

function item(column, said) {
  const element = document.createElement("div");
  const term = Object.assign(document.createElement("dt"), { textContent: column.label });
  const value = Object.assign(document.createElement("dd"), { textContent: said });
  if (column.unit) value.append(" ", Object.assign(document.createElement("small"), { textContent: column.unit }));
  element.append(term, value);
  return element;
}
