// The table of meters, and what the gateways say of themselves.
import { isStale, renew, watch, serverNow } from "./ages.js";
import { age, moment, number, quantity, say, sayOr, unit } from "./words.js";

const rows = new Map(); // meter -> { row, meter, cells, times }
const owner = new Map(); // value's key -> meter

function cell(name, className) {
  const element = document.createElement(name);
  element.className = className;
  return element;
}

const why = (trouble) => [say(`event.${trouble.kind}`), trouble.text].filter(Boolean).join(": ");
const text = (value) => (value.trouble ? why(value.trouble) : `${number(value.value)} ${unit(value.unit)}`);

export function showMeters(meters) {
  rows.clear();
  owner.clear();
  const body = document.getElementById("meters");
  body.replaceChildren(...meters.map(meterRow));
  showHealth();
}

function meterRow(meter) {
  const row = document.createElement("tr");
  row.classList.toggle("sub", meter.within !== null);
  const head = cell("th", "");
  head.scope = "row";
  head.textContent = meter.name ?? meter.meter;
  const model = cell("small", "");
  model.textContent = [meter.area, meter.model].filter(Boolean).join(" · ");
  head.append(model);
  if (meter.within) head.append(Object.assign(cell("span", "unseen"), { textContent: say("meters.within", { meter: meter.within }) }));
  const measures = cell("td", "measures");
  measures.textContent = meter.measures_name ?? (meter.measures ? sayOr(`resource.${meter.measures}`, meter.measures) : "");
  const cells = { now: cell("td", "figure now"), counter: cell("td", "figure counter"), age: cell("td", "figure age-cell"), health: cell("td", "health") };
  const values = new Map(meter.values.map((value) => [value.key, value]));
  for (const key of values.keys()) owner.set(key, meter.meter);
  row.append(head, measures, cells.now, cells.counter, cells.age, cells.health);
  rows.set(meter.meter, { row, meter, cells, values });
  watch(cells.age, newest(values), meter.stale_after_ms, [cells.now, cells.counter, cells.age]);
  fillValues(rows.get(meter.meter));
  return row;
}

// As old as the oldest of its values: one that stopped must not hide behind another. One that
// was never read, or is in trouble, says so itself.
function newest(values) {
  const read = [...values.values()].filter((value) => value.time_ms !== null);
  const well = read.filter((value) => !value.trouble);
  const times = (well.length ? well : read).map((value) => value.time_ms);
  return times.length ? Math.min(...times) : null;
}

function fillValues({ cells, values }) {
  const all = [...values.values()];
  const spans = all.filter((value) => value.kind === "gauge").map((value, index) => {
    const span = cell("span", index ? "also" : "");
    span.textContent = text(value);
    span.classList.toggle("bad", Boolean(value.trouble));
    return span;
  });
  cells.now.replaceChildren(...spans);
  cells.counter.textContent = all.filter((value) => value.kind === "counter").map(text).join(" ");
}

export function changeValues(changes) {
  const touched = new Set();
  for (const [key, [time, value]] of Object.entries(changes)) {
    const item = rows.get(owner.get(key));
    if (!item) continue;
    Object.assign(item.values.get(key), { time_ms: time, value });
    touched.add(item);
  }
  for (const item of touched) {
    fillValues(item);
    renew(item.cells.age, newest(item.values));
  }
}

// Of all points at once: one that is not named is well.
export function changeTroubles(troubles) {
  for (const item of rows.values()) {
    for (const [key, value] of item.values) value.trouble = troubles[key] ?? null;
    fillValues(item);
    renew(item.cells.age, newest(item.values));
  }
}

export function changeHealth(changes) {
  for (const [name, [health, since, detail]] of Object.entries(changes)) {
    const item = rows.get(name);
    if (item) Object.assign(item.meter, { health, since_ms: since, detail });
  }
  showHealth();
}

// What the gateway says, unless the page can see that nothing came.
function stateOf({ meter, values, cells }) {
  if (meter.health !== "ok" && meter.health !== "stale") return meter.health;
  if (newest(values) === null) return "never";
  return isStale(cells.age) ? "stale" : "ok";
}

export function showHealth() {
  for (const item of rows.values()) {
    const { row, meter, cells, values } = item;
    const state = stateOf(item);
    row.dataset.state = state;
    const since = state === "stale" ? newest(values) : meter.since_ms;
    const said = say(`health.${state}`);
    const long = since === null || state === "never" || state === "ok";
    cells.health.textContent = long ? said : say("health.since", { state: said, time: moment(since, serverNow()) });
    cells.health.title = meter.detail;
  }
}

// The points that give nothing though their meter answers: [{ name, point, said }].
export function troubledPoints() {
  return [...rows.values()].flatMap(({ meter, values }) => [...values].filter(([, value]) => value.trouble).map(
    ([key, value]) => ({ name: meter.name ?? meter.meter, point: key.slice(key.indexOf("/") + 1), said: why(value.trouble) })));
}

// The meters that need a person: [{ meter, state, since }].
export function abnormalMeters() {
  return [...rows.values()].map((item) => {
    const state = stateOf(item);
    const since = state === "stale" ? newest(item.values) : item.meter.since_ms;
    return { name: item.meter.name ?? item.meter.meter, state, since };
  }).filter(({ state }) => state !== "ok");
}

export const CLOCK_LIMIT_MS = 2000;
export const WAITING_LIMIT = 32; // what may wait for `stored` at one time is no backlog

export function offset(ms) {
  if (ms === null) return say("unknown");
  const sign = ms > 0 ? "+" : "";
  return Math.abs(ms) < 1000 ? `${sign}${number(ms, 0)} ms` : `${sign}${number(ms / 1000, 1)} s`;
}

export function showGateways(gateways) {
  document.getElementById("gateways").replaceChildren(...gateways.map(gatewayElement));
}

function gatewayElement(gateway) {
  const element = cell("div", "gateway");
  const head = document.createElement("header");
  const name = document.createElement("strong");
  name.textContent = gateway.gateway;
  const state = cell("span", gateway.state === "online" ? "quiet" : "bad");
  state.textContent = say(`gateways.${gateway.state}`);
  head.append(name, state);
  const list = document.createElement("dl");
  const line = (key, said, bad) => {
    const term = document.createElement("dt");
    term.textContent = say(key);
    const value = cell("dd", bad ? "bad" : "");
    value.textContent = said;
    list.append(term, value);
    return value;
  };
  const heard = line("gateways.heard", "", false);
  if (gateway.time_ms !== null) watch(heard, gateway.time_ms, 150_000, [heard]);
  else heard.textContent = say("age.never");
  line("gateways.depth", gateway.outbox_depth === null ? say("unknown") : number(gateway.outbox_depth, 0), gateway.outbox_depth > WAITING_LIMIT);
  line("gateways.missing", number(gateway.missing, 0), gateway.missing > 0);
  if (gateway.set_aside) line("gateways.aside", number(gateway.set_aside, 0), true);
  line("gateways.clock", offset(gateway.clock_offset_ms), Math.abs(gateway.clock_offset_ms ?? 0) > CLOCK_LIMIT_MS);
  if (gateway.same_config !== null) line("gateways.config", say(`gateways.config.${gateway.same_config ? "same" : "other"}`), !gateway.same_config);
  element.append(head, list);
  return element;
}
