// A figure as plain SVG, in the first frame of a page: what plotly.js will draw once it is there.
import { Axis } from "./axis.js";

const DASHES = { dot: "2 3", dash: "7 5", dashdot: "7 4 2 4" };
const OPEN = "-open";

function make(name, attributes, ...parts) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...parts);
  return element;
}

const each = (given, i) => (Array.isArray(given) ? given[i] : given);
const path = (points, style) => make("path", { d: points, fill: "none", ...style });

// Puts a figure of lines and points into a canvas; any other waits for the library.
export function sketch(canvas, figure, scale) {
  const { data, layout } = figure;
  if (!data.every(({ type }) => type === "scatter") || layout.yaxis.automargin) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const { l, r, t, b } = layout.margin;
  const frame = { left: l * scale, right: width - r * scale, top: t * scale, bottom: height - b * scale };
  const x = new Axis("x", figure, [frame.left, frame.right]);
  const y = new Axis("y", figure, [frame.bottom, frame.top]);
  const place = { x, y, frame, scale };
  const clip = `clip-${canvas.id || (canvas.id = `canvas-${++count}`)}`;
  const size = { x: frame.left, y: frame.top, width: Math.max(0, frame.right - frame.left), height: Math.max(0, frame.bottom - frame.top) };
  const shapes = (layout.shapes ?? []).map((shape) => drawShape(place, shape));
  const traces = data.map((trace) => make("g", { "clip-path": `url(#${clip})` }, ...scatter(place, trace)));
  const picture = make("svg", { class: "sketch", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    make("clipPath", { id: clip }, make("rect", size)),
    ...grid(place), ...shapes, ...traces, ...(layout.annotations ?? []).map((sign) => drawSign(place, sign)), ...texts(place));
  erase(canvas);
  canvas.append(picture);
}

let count = 0;
export const erase = (canvas) => canvas.querySelector(".sketch")?.remove();

function grid({ x, y, frame }) {
  const lines = [];
  if (y.layout.showgrid) for (const { value } of y.ticks()) lines.push([`M${frame.left} ${y.at(value)}H${frame.right}`, y.layout.gridcolor]);
  if (x.layout.showgrid) for (const { value } of x.ticks()) lines.push([`M${x.at(value)} ${frame.top}V${frame.bottom}`, x.layout.gridcolor]);
  if (y.layout.zeroline) lines.push([`M${frame.left} ${y.at(0)}H${frame.right}`, y.layout.zerolinecolor]);
  return lines.map(([points, colour]) => path(points, { stroke: colour }));
}

function texts({ x, y, frame, scale }) {
  const style = ({ tickfont }) => ({ fill: tickfont.color, "font-size": tickfont.size * scale });
  const size = x.layout.tickfont.size * scale;
  const below = frame.bottom + size + 2;
  const isRight = y.layout.side === "right";
  const beside = isRight ? frame.right + 4 : frame.left - 4;
  const found = x.ticks().filter(({ value }) => x.at(value) >= frame.left && x.at(value) <= frame.right).map(({ value, text }) =>
    make("text", { x: x.at(value), y: below, "text-anchor": "middle", ...style(x.layout) }, text));
  found.push(...y.ticks().map(({ value, text }) =>
    make("text", { x: beside, y: y.at(value) + size / 3, "text-anchor": isRight ? "start" : "end", ...style(y.layout) }, text)));
  const { title } = x.layout;
  if (title) found.push(make("text", { x: (frame.left + frame.right) / 2, y: below + title.standoff + size, "text-anchor": "middle", fill: title.font.color, "font-size": title.font.size * scale }, title.text));
  return found;
}

function drawShape({ x, y }, shape) {
  const end = (axis, ref, value) => (ref === "paper" ? axis.share(value) : axis.at(value));
  const [x0, x1] = [shape.x0, shape.x1].map((value) => end(x, shape.xref, value));
  const [y0, y1] = [shape.y0, shape.y1].map((value) => end(y, shape.yref, value));
  if (shape.type === "line") return path(`M${x0} ${y0}L${x1} ${y1}`, stroke(shape.line));
  return make("rect", { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0), fill: shape.fillcolor });
}

function drawSign({ x, y, scale }, sign) {
  const at = { x: sign.xref === "paper" ? x.share(sign.x) : x.at(sign.x), y: sign.yref === "paper" ? y.share(sign.y) : y.at(sign.y) };
  return make("text", { ...at, dy: -2, "text-anchor": "middle", fill: sign.font.color, "font-size": sign.font.size * scale }, sign.text);
}

const stroke = (line) => ({ stroke: line.color, "stroke-width": line.width ?? 2, "stroke-dasharray": DASHES[line.dash] });

function scatter(place, trace) {
  const points = trace.x.map((value, i) => (trace.y[i] === null ? null : [place.x.at(value), place.y.at(trace.y[i])]));
  const parts = [];
  if (trace.fill) parts.push(path(shaded(points, trace, place), { fill: trace.fillcolor }));
  if (trace.mode.includes("lines") && trace.line?.width !== 0) parts.push(path(line(points), stroke(trace.line)));
  if (trace.mode.includes("markers")) parts.push(...points.map((point, i) => point && marker(point, trace.marker, i)).filter(Boolean));
  return parts;
}

// A line that breaks where there is nothing.
function line(points) {
  return points.map((point, i) => point && `${points[i - 1] ? "L" : "M"}${point[0]} ${point[1]}`).filter(Boolean).join("");
}

function shaded(points, { fill }, { y }) {
  const known = points.filter(Boolean);
  if (!known.length) return "";
  if (fill === "toself") return `${line(known)}Z`;
  return `M${known[0][0]} ${y.at(0)}${known.map(([x, at]) => `L${x} ${at}`).join("")}L${known.at(-1)[0]} ${y.at(0)}Z`;
}

// Within a square of two by two around its place.
const SYMBOLS = {
  circle: "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1 -1 0Z",
  diamond: "M0 -1.3L1.3 0L0 1.3L-1.3 0Z",
  "triangle-up": "M-1.15 0.67L0 -1.33L1.15 0.67Z",
};

function marker([x, y], style, i) {
  const symbol = each(style.symbol ?? "circle", i);
  const half = each(style.size, i) / 2;
  const colour = each(style.color, i) ?? style.line?.color;
  const isOpen = symbol.endsWith(OPEN);
  return make("path", {
    d: SYMBOLS[symbol.replace(OPEN, "")], transform: `translate(${x} ${y}) scale(${half})`, opacity: each(style.opacity, i),
    fill: isOpen ? "none" : colour, stroke: style.line?.color ?? (isOpen ? colour : undefined),
    "stroke-width": style.line?.width ?? 1, "vector-effect": "non-scaling-stroke",
  });
}
