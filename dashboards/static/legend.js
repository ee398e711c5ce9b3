// What the traces of a figure are called, above it: the library's own takes the room of the chart.
import { make } from "./panel.js";

const PATTERNS = {
  "/": (colour) => `repeating-linear-gradient(135deg, transparent 0 3px, ${colour} 3px 4.5px)`,
  ".": (colour) => `radial-gradient(circle, ${colour} 1px, transparent 1.4px) 0 0 / 4px 4px`,
};

export function legend({ data }) {
  const list = make("ul", "legend");
  for (const trace of data) {
    if (!trace.name) continue;
    const item = make("li");
    item.append(sign(trace), trace.name);
    list.append(item);
  }
  return list;
}

function sign({ type, line, marker }) {
  const swatch = make("i", type);
  if (type !== "bar") {
    swatch.style.borderColor = line.color;
    return swatch;
  }
  const { color, opacity, pattern = {} } = marker;
  swatch.style.background = [patterned(pattern), color].filter(Boolean).join(", ");
  swatch.style.borderColor = marker.line.color;
  swatch.style.opacity = opacity ?? 1;
  return swatch;
}

// As most of its bars are: a day that is estimated makes no estimate of the others.
function patterned({ shape, fgcolor }) {
  const shapes = [shape ?? ""].flat();
  const isMost = shapes.filter(Boolean).length * 2 > shapes.length;
  return isMost ? PATTERNS[shapes.find(Boolean)](fgcolor) : "";
}
