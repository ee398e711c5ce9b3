// The Now page: filled from the data it came with, then kept true by the stream.
import { serverNow, setServerTime, showAges } from "./ages.js";
import { changeHealth, changeValues, showGateways, showHealth, showMeters } from "./meters.js";
import { showNotices } from "./notices.js";
import { Stream } from "./stream.js";
import { startTheme } from "./theme.js";
import { showRates, showSteps, showTiles } from "./tiles.js";
import { lang, moment, say, seconds, setZone, time, weekday } from "./words.js";

const { plant, position } = document.body.dataset;
let now = null;
let lostSince = null;

function showPage(view) {
  now = view.now;
  setServerTime(now.time_ms);
  setZone(now.plant.timezone);
  showTiles(now, view.charts);
  showMeters(now.meters);
  showGateways(now.gateways);
  tick();
}

function showNews(news) {
  setServerTime(news.time_ms);
  if (news.values) changeValues(news.values);
  if (news.rates) showRates(news.rates);
  if (news.steps) showSteps(news.steps);
  if (news.health) changeHealth(news.health);
  if (news.gateways) showGateways((now.gateways = news.gateways));
}

function showLink(state) {
  if (state === "lost") lostSince ??= serverNow();
  else lostSince = null;
  document.documentElement.dataset.link = state;
  const link = document.getElementById("link");
  link.dataset.state = state;
  const text = say(`link.${state}`, { time: lostSince && moment(lostSince, serverNow()) });
  const place = link.querySelector("span");
  if (place.textContent !== text) place.textContent = text;
}

function tick() {
  showAges();
  showHealth();
  showNotices(now, lostSince);
  document.getElementById("clock").textContent = seconds(serverNow());
  const { start_ms: start } = now.today;
  document.getElementById("covers").textContent = say("covers", {
    day: weekday(start), start: time(start), end: time(serverNow()), zone: now.plant.timezone,
  });
}

startTheme(document.getElementById("theme"));
showPage(JSON.parse(document.getElementById("view").textContent));
setInterval(tick, 1000);
const address = `/api/v1/events?plant=${encodeURIComponent(plant)}&lang=${lang}`;
new Stream(address, position, { page: showPage, live: showNews, ping: setServerTime, link: showLink });
