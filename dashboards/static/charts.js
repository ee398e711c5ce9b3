// Draws the charts that the server described; the page is whole without them.
import { erase, sketch } from "./sketch.js";

const TRACE_POINTS = 240;
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };
let library = null;

// Compiling it takes longer than all else: the page is painted before.
function load() {
  library ??= painted().then(() => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${document.body.dataset.static}/plotly.min.js`;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      library = null;
      script.remove();
      reject(new Error("plotly.min.js did not load"));
    };
    document.head.append(script);
  }));
  return library;
}

const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

// The style sheet's colours in place of var(--name).
function themed(part, style) {
  if (typeof part === "string") {
    const name = /^var\((--[\w-]+)\)$/.exec(part);
    return name ? style.getPropertyValue(name[1]).trim() : part;
  }
  if (Array.isArray(part)) return part.map((item) => themed(item, style));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, themed(item, style)]));
}

function enlarge(axis, scale) {
  axis.tickfont.size *= scale;
  if (axis.title) axis.title.font.size *= scale;
}

const drawn = new Map(); // key -> { canvas, chart }
const rooted = () => getComputedStyle(document.documentElement);
const scaled = () => parseFloat(rooted().fontSize) / 14;

// At once as a sketch where that can be had, then by the library: when it has come, one at a time.
export async function draw(canvas, chart) {
  drawn.set(chart.key, { canvas, chart });
  canvas.setAttribute("aria-label", `${chart.name}. ${chart.sentence}`);
  if (!canvas.data) sketch(canvas, chart.figure, scaled());
  const plotly = await load();
  await myTurn();
  const latest = drawn.get(chart.key);
  if (latest.chart !== chart) return; // a newer one came while the library loaded
  const { data, layout } = themed(chart.figure, rooted());
  const scale = scaled();
  for (const [name, axis] of Object.entries(layout)) if (/^[xy]axis/.test(name)) enlarge(axis, scale);
  for (const sign of layout.annotations ?? []) sign.font.size *= scale;
  for (const side of ["l", "r", "t", "b"]) layout.margin[side] *= scale;
  await plotly.react(canvas, data, { ...layout, showlegend: false, autosize: true }, CONFIG);
  erase(canvas);
}

// Between two charts the page may show what came and answer who touches it.
let last = Promise.resolve();
function myTurn() {
  last = last.then(() => new Promise((resolve) => setTimeout(resolve)));
  return last;
}

// One more step at the end of a line, one fewer at its beginning.
export async function extend(key, x, y) {
  const known = drawn.get(key);
  if (!known) return;
  const { canvas, chart } = known;
  const [line, shade] = chart.figure.data; // what a change of theme draws again
  if (line.x.length && line.x[line.x.length - 1] >= x) return;
  for (const [part, end] of [[line, y], [shade, y ?? 0]]) {
    part.x.push(x);
    part.y.push(end);
    if (part.x.length > TRACE_POINTS) {
      part.x.shift();
      part.y.shift();
    }
  }
  const range = [line.x[0], x];
  const { xaxis, yaxis } = chart.figure.layout;
  xaxis.range = range;
  if (y !== null) yaxis.showticklabels = yaxis.showgrid = true; // hidden while there was no value
  if (!canvas.data) {
    sketch(canvas, chart.figure, scaled());
    return;
  }
  await window.Plotly.extendTraces(canvas, { x: [[x], [x]], y: [[y], [y ?? 0]] }, [0, 1], TRACE_POINTS);
  const { showticklabels = true, showgrid } = yaxis;
  await window.Plotly.relayout(canvas, { "xaxis.range": range, "yaxis.showticklabels": showticklabels, "yaxis.showgrid": showgrid });
}

// A wide window's charts are drawn as wide as the sheet of base.css has room for, or it would cut them.
const SHEET = 1440;
const AROUND = 56; // of a chart and its share of the width: margins, paddings, gaps
function resize(width) {
  if (innerWidth <= SHEET) return;
  for (const { canvas } of drawn.values()) if (canvas.data) window.Plotly.relayout(canvas, width(canvas));
}
const printed = (width) => Math.floor(((width + AROUND) * SHEET) / innerWidth - AROUND);
addEventListener("beforeprint", () => resize((canvas) => ({ autosize: false, width: printed(canvas.clientWidth) })));
addEventListener("afterprint", () => resize(() => ({ autosize: true, width: null })));

export function redraw() {
  for (const { canvas, chart } of drawn.values()) draw(canvas, chart);
}
