// A column for each resource: its rate, today against what it is compared with, claims, months.
import { renew, serverNow, watch } from "./ages.js";
import { showBehind } from "./behind.js";
import { draw, extend } from "./charts.js";
import { claimElement } from "./claims.js";
import { noteButton, setNoteForm } from "./notes.js";
import { lang, number, percent, quantity, say, sayOr, time, unit } from "./words.js";

const LATE_MS = 300_000; // a figure of today that ends earlier says so

const shown = new Map(); // resource -> its element
const template = document.getElementById("tile");

export const resourceName = (tile) => tile.name ?? sayOr(`resource.${tile.resource}`, tile.resource);

// All texts first, then the charts that are new: each asks how large its place is.
export function showTiles(now, charts, renewed) {
  setNoteForm({
    post: `/api/v1/plants/${encodeURIComponent(document.body.dataset.plant)}/notes`,
    abouts: [{ key: "", label: say("events.plant") }, ...now.tiles.map((tile) => ({ key: `resource/${tile.resource}`, label: resourceName(tile) }))],
    about: "",
  });
  const place = document.getElementById("tiles");
  const names = now.tiles.map((tile) => tile.resource);
  const isNew = names.join() !== [...shown.keys()].join();
  if (isNew) {
    shown.clear();
    for (const name of names) shown.set(name, template.content.firstElementChild.cloneNode(true));
    place.replaceChildren(...shown.values());
  }
  for (const tile of now.tiles) fill(shown.get(tile.resource), tile);
  const figures = now.tiles.flatMap(({ resource }) => [[".short", "rate"], [".long", "months"]].map(([place, kind]) =>
    [shown.get(resource).querySelector(place), charts[`${kind}-${resource}`]]));
  const changed = figures.filter(([, chart]) => chart && (isNew || renewed.includes(chart.key)));
  for (const [figure, chart] of changed) describe(figure, chart);
  for (const [figure, chart] of changed) draw(figure.querySelector(".canvas"), chart).catch(() => {}); // values stand without it
}

function fill(element, tile) {
  element.style.setProperty("--series", `var(--${tile.colour})`);
  const name = element.querySelector("h2 a");
  name.textContent = resourceName(tile);
  name.href = `${document.querySelector('.places [data-to="performance"]').pathname}?resource=${encodeURIComponent(tile.resource)}`;
  const rate = element.querySelector(".rate");
  for (const part of [".rate", ".short", ".today", "header .age"]) element.querySelector(part).hidden = !tile.is_metered;
  rate.querySelector(".value").textContent = number(tile.rate.value);
  rate.querySelector(".unit").textContent = unit(tile.rate.unit);
  watch(element.querySelector("header .age"), tile.rate.time_ms, tile.rate.stale_after_ms, [element], "age");
  element.rate = { ...tile.rate };
  rateNote(element);
  fillToday(element.querySelector(".today"), tile.today);
  const claims = element.querySelector(".claims");
  claims.replaceChildren(...claimParts(tile));
  const title = say("chart.months.title", { unit: unit(tile.history.unit ?? tile.today.unit) });
  element.querySelector(".long h3").textContent = title;
}

// What the number above does not say of itself.
function rateNote(element) {
  const note = element.querySelector(".rate .basis");
  const { time_ms: time, estimated, lacking } = element.rate;
  const said = [
    ...(estimated ? [say("rate.estimated")] : []),
    ...(lacking.length && time !== null ? [say("rate.lacking", { meters: lacking.join(", ") })] : []),
  ];
  note.hidden = !said.length;
  note.textContent = said.join("; ");
}

function claimParts(tile) {
  if (tile.claims.length) return tile.claims.map((claim) => claimElement(claim, tile.plan));
  const none = document.createElement("p");
  none.className = "quiet";
  none.textContent = say("claim.none");
  return [none];
}

function fillToday(element, today) {
  const part = (name) => element.querySelector(name);
  const product = today.product ?? say("today.product.default");
  part("h3 a").textContent = today.output_unit
    ? say("today.title", { unit: today.output_unit, product }) : say("today.title.bare");
  part(".specific .value").textContent = number(today.specific);
  part(".specific .unit").textContent = unit(today.specific_unit ?? today.unit);
  fillDelta(part(".delta"), today);
  fillBullet(part(".bullet"), today);
  part(".against").textContent = against(today);
  part(".amounts").textContent = amounts(today, product);
}

function fillDelta(element, today) {
  const over = today.reference === "expected" ? today.over_percent : null;
  element.hidden = over === null;
  if (over === null) return;
  const is = Math.abs(over) < 0.05 ? "same" : over < 0 ? "less" : "more";
  element.dataset.is = is;
  element.classList.toggle("abnormal", today.is_abnormal);
  element.textContent = say(`today.${is}`, { percent: percent(Math.abs(over)) });
}

function fillBullet(element, today) {
  const { specific, reference_specific: reference } = today;
  element.hidden = specific === null || reference === null;
  if (element.hidden) return;
  const scale = 100 / (1.25 * Math.max(specific, reference));
  element.querySelector(".fill").style.width = `${specific * scale}%`;
  const mark = element.querySelector(".mark");
  mark.style.left = `${reference * scale}%`;
  mark.dataset.is = today.reference;
  const label = { value: number(specific), unit: unit(today.specific_unit), reference: number(reference) };
  element.setAttribute("aria-label", say(`today.bullet.${today.reference}`, label));
}

function against(today) {
  const value = { value: number(today.reference_specific), unit: unit(today.specific_unit) };
  return today.reference ? say(`today.${today.reference}`, value) : "";
}

function amounts(today, product) {
  if (today.amount === null) return say("today.no_amount");
  const parts = [quantity(today.amount, today.unit)];
  if (today.output > 0) parts[0] = say("today.amounts", { amount: parts[0], output: quantity(today.output, today.output_unit) });
  else if (today.output === 0) parts.push(say("today.no_output", { product }));
  if (today.estimated) parts.push(say("today.estimated"));
  if (serverNow() - today.span.end_ms > LATE_MS) parts.push(say("today.until", { time: time(today.span.end_ms) }));
  return parts.join(", ");
}

function describe(figure, chart) {
  figure.querySelector(".sentence").textContent = chart.sentence;
  figure.querySelector(".behind").onclick = () => showBehind(chart, chart.table, { svg: `/api/v1/plants/${encodeURIComponent(document.body.dataset.plant)}/now/${chart.key}.svg?lang=${lang}` });
  figure.querySelector(".behind").setAttribute("aria-label", `${say("table")}: ${chart.name}`);
  const about = `resource/${chart.key.slice(chart.key.indexOf("-") + 1)}`;
  if (!figure.querySelector(".note")) figure.querySelector("figcaption").append(noteButton(chart.name, { about }));
}

export function showRates(rates) {
  for (const [resource, reading] of Object.entries(rates)) {
    const element = shown.get(resource);
    if (!element || !reading) continue;
    element.querySelector(".rate .value").textContent = number(reading[1]);
    renew(element.querySelector("header .age"), reading[0]);
  }
}

export function showEstimated(resources) {
  for (const [resource, element] of shown) {
    element.rate.estimated = resources.includes(resource);
    rateNote(element);
  }
}

export function showSteps(steps) {
  for (const [resource, [x, y]] of Object.entries(steps)) extend(`rate-${resource}`, x, y);
}
