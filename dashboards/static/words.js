// Texts, numbers, times and ages as a reader of the page's language writes them.
// The rules for numbers are those of dashboards/formats.py.
export const lang = document.documentElement.lang;
const table = JSON.parse(document.getElementById("words").textContent);
const MISSING = "–";
const LONGEST = 1e15;
const SIGNS = [["m3", "m³"], ["m2", "m²"], ["degC", "°C"], ["CO2", "CO₂"], ["uS", "µS"]];

export function say(key, parameters = {}) {
  return (table[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => parameters[name] ?? "");
}

export function sayOr(key, otherwise) {
  return table[key] ?? otherwise;
}

const formats = new Map();
function format(places) {
  if (!formats.has(places)) {
    const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
    formats.set(places, new Intl.NumberFormat(lang === "vi" ? "vi-VN" : "en-US", digits));
  }
  return formats.get(places);
}

function decimals(value) {
  const size = Math.abs(value);
  return size >= 99.95 || size === 0 ? 0 : size >= 9.995 ? 1 : 2;
}

export function number(value, places) {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  if (Math.abs(value) >= LONGEST) return withPower(value);
  const text = format(places ?? decimals(value)).format(value);
  return (/[1-9]/.test(text) ? text : text.replace("-", "")).replace("-", "−");
}

// A number as it was written, not rounded.
export const exact = (value) => number(value, Math.min(10, (String(value).split(".")[1] ?? "").length));

// A number too long for any place on a page: 1.00 × 10³⁰⁸.
function withPower(value) {
  const [digits, power] = value.toExponential(2).split("e");
  const raised = [...String(Number(power))].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]).join("");
  return `${format(2).format(Number(digits))} × 10${raised}`.replace("-", "−");
}

export const percent = (value) => (value === null ? MISSING : `${number(value, 1)} %`);
// The ends of an interval are rounded outwards, as the sentences of the verdict do.
export const percentLow = (value) => percent(value === null ? null : Math.floor(10 * value) / 10);
export const percentHigh = (value) => percent(value === null ? null : Math.ceil(10 * value) / 10);
export const quantity = (value, of) => (value === null ? MISSING : `${number(value)} ${unit(of)}`);

export function unit(text) {
  return SIGNS.reduce((said, [plain, typeset]) => said.replaceAll(plain, typeset), text ?? "");
}

const locale = lang === "vi" ? "vi-VN" : "en-GB";
// As the server writes it: three letters, and Vietnamese days with a stroke where the year is left out.
const short = (text) => text.replace("Sept", "Sep").replace(/^(\d\d)-(\d\d)$/, "$1/$2");
const DAY = lang === "vi" ? { day: "2-digit", month: "2-digit" } : { day: "numeric", month: "short" };
const CLOCKS = {
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  day: { ...DAY, year: "numeric" },
  short: DAY,
  year: { year: "numeric" },
  weekday: { weekday: lang === "vi" ? "long" : "short", ...DAY, year: "numeric" },
};
let zone = "UTC";
const clocks = new Map(); // each takes milliseconds to make: when it is first needed
export function setZone(name) {
  if (name !== zone) clocks.clear();
  zone = name;
}

function clock(kind, ms) {
  if (!clocks.has(kind)) clocks.set(kind, new Intl.DateTimeFormat(locale, { timeZone: zone, ...CLOCKS[kind] }));
  return clocks.get(kind).format(ms);
}

// As a field of date and time wants it, by the plant's clock.
export const fieldTime = (ms) => new Intl.DateTimeFormat("sv-SE", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
}).format(ms).replace(" ", "T");
export const time = (ms) => clock("time", ms);
export const seconds = (ms) => clock("seconds", ms);
export const weekday = (ms) => short(clock("weekday", ms));

// A date without a time of day: it has no zone.
let days = null;
export function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  days ??= new Intl.DateTimeFormat(locale, { ...CLOCKS.day, timeZone: "UTC" });
  return short(days.format(Date.UTC(year, month - 1, date, 12)));
}

// A time of today alone, else with its day, and with its year where that was another.
export function moment(ms, now) {
  return clock("day", ms) === clock("day", now) ? time(ms) : dated(ms, now);
}

export function dated(ms, now) {
  const kind = clock("year", ms) === clock("year", now) ? "short" : "day";
  return `${short(clock(kind, ms))} ${time(ms)}`;
}

export function age(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return say("age.s", { n: s });
  if (s < 6000) return say("age.min", { n: Math.round(s / 60) });
  if (s < 172800) return say("age.h", { n: Math.round(s / 3600) });
  return say("age.d", { n: Math.round(s / 86400) });
}
