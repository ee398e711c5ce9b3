// One axis of a figure as plotly.js would have it: where values lie, and the ticks with their texts.
const DAY_MS = 86_400_000;
const MONTH_MS = 30.4375 * DAY_MS;
const PAD = 0.055; // what plotly.js leaves free beyond a line

const moment = (text) => Date.parse(`${text.replace(" ", "T")}${text.length > 10 ? "Z" : ""}`);

// The step of 2, 5, 10 (or others) times a base that comes next.
function roundUp(rough, base, steps) {
  return base * (steps.find((step) => step * base >= rough) ?? steps.at(-1));
}

export class Axis {
  // side: "x" or "y"; ends: pixels of its least and greatest value
  constructor(side, { data, layout }, ends) {
    this.layout = layout[`${side}axis`];
    this.kind = this.layout.type ?? "linear";
    const given = data.flatMap((trace) => trace[side] ?? []);
    this.names = this.kind === "category" ? [...new Set([...(this.layout.categoryarray ?? []), ...given])] : [];
    this.format = writer(this.layout, layout.separators);
    const range = this.layout.range?.map((value) => this.value(value)) ?? this.#found(side, data);
    if (this.layout.autorange === "reversed") range.reverse();
    [this.low, this.high] = range;
    [this.start, this.end] = ends;
  }

  // A value of the figure as a number.
  value(given) {
    if (this.kind === "date" && typeof given === "string") return moment(given);
    if (this.kind === "category" && typeof given === "string") return this.names.indexOf(given);
    return given;
  }

  at(given) {
    const share = (this.value(given) - this.low) / (this.high - this.low || 1);
    return this.start + share * (this.end - this.start);
  }

  share(part) {
    return this.start + part * (this.end - this.start);
  }

  // Some air around points, and above and below lines; none where they begin and end, or at zero.
  #found(side, data) {
    if (this.kind === "category") return [-0.5, this.names.length - 0.5];
    const parts = data.map((trace) => ({
      known: trace[side].filter((value) => value !== null).map((value) => this.value(value)),
      air: side === "y" || trace.mode.includes("markers") ? PAD : 0,
    })).filter(({ known }) => known.length);
    const isToZero = this.layout.rangemode === "tozero";
    if (isToZero) parts.push({ known: [0], air: 0 });
    if (!parts.length) return [0, 1];
    const all = parts.flatMap(({ known }) => known);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const width = most - least || Math.abs(most) || 1;
    const low = Math.min(...parts.map(({ known, air }) => Math.min(...known) - air * width));
    const high = Math.max(...parts.map(({ known, air }) => Math.max(...known) + air * width));
    return [isToZero && least === 0 ? 0 : low, isToZero && most === 0 && least < 0 ? 0 : high];
  }

  // [{ value, text }]
  ticks() {
    const { tickvals, ticktext, showticklabels = true } = this.layout;
    if (!showticklabels) return [];
    if (tickvals) return tickvals.map((value, i) => ({ value, text: ticktext[i] }));
    if (this.kind === "category") return this.names.map((name) => ({ value: name, text: name }));
    const places = this.kind === "date" ? this.#dates() : this.#numbers();
    return places.map((value) => ({ value, text: this.format(value) }));
  }

  #numbers() {
    const rough = Math.abs(this.high - this.low) / (this.layout.nticks ?? 6);
    const step = roundUp(rough, 10 ** Math.floor(Math.log10(rough)), [2, 5, 10]);
    return this.#every(step);
  }

  #dates() {
    const rough = (this.high - this.low) / (this.layout.nticks ?? 6);
    if (this.layout.dtick) return this.#every(this.layout.dtick);
    if (2 * rough < MONTH_MS) return this.#every(roundUp(rough, DAY_MS, [1, 2, 3, 7, 14]));
    const step = roundUp(rough / MONTH_MS, 1, [1, 2, 3, 6, 12]);
    const first = new Date(this.low);
    const places = [];
    for (let month = Math.ceil(first.getUTCMonth() / step) * step; ; month += step) {
      const place = Date.UTC(first.getUTCFullYear(), month);
      if (place > this.high) return places;
      if (place >= this.low) places.push(place);
    }
  }

  #every(step) {
    const [low, high] = [Math.min(this.low, this.high), Math.max(this.low, this.high)];
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    return Array.from({ length: Math.max(0, Math.min(count, 100)) }, (_, i) => (first + i) * step);
  }
}

// How a tick is written: a date after the figure's %H:%M, a number in full.
function writer({ type, tickformat }, separators = ".,") {
  if (type === "date") return (at) => written(new Date(at), tickformat);
  const format = new Intl.NumberFormat(separators[0] === "," ? "vi-VN" : "en-US", { maximumSignificantDigits: 6 });
  return (value) => format.format(value).replace("-", "−");
}

function written(date, pattern) {
  const two = (value) => String(value).padStart(2, "0");
  const parts = {
    "%H": two(date.getUTCHours()),
    "%M": two(date.getUTCMinutes()),
    "%-d": date.getUTCDate(),
    "%-m": date.getUTCMonth() + 1,
    "%y": two(date.getUTCFullYear() % 100),
    "%b": date.toLocaleString("en-GB", { month: "short", timeZone: "UTC" }).slice(0, 3),
  };
  return pattern.replace(/%-?\w/g, (part) => parts[part] ?? part);
}
