// The Now page: filled from the data it came with, then kept true by the stream.
import { serverNow, setServerTime, setServerTimePast } from "./ages.js";
import { isCutOff, lost, startFrame } from "./frame.js";
import { changeHealth, changeTroubles, changeValues, showGateways, showHealth, showMeters } from "./meters.js";
import { showNotices } from "./notices.js";
import { showEstimated, showRates, showSteps, showTiles } from "./tiles.js";
import { say, setZone, time, weekday } from "./words.js";

let now = null;
let charts = {};

// A page event leaves out the charts that are as they were.
function showPage(view) {
  now = view.now;
  charts = { ...charts, ...view.charts };
  setServerTimePast(now.time_ms);
  setZone(now.plant.timezone);
  showMeters(now.meters);
  showGateways(now.gateways);
  document.querySelector(".below").hidden = !now.meters.length && !now.gateways.length;
  showTiles(now, charts, Object.keys(view.charts));
}

function showNews(news) {
  setServerTime(news.time_ms);
  if (news.values) changeValues(news.values);
  if (news.troubles) changeTroubles(news.troubles);
  if (news.estimated) showEstimated(news.estimated);
  if (news.rates) showRates(news.rates);
  if (news.steps) showSteps(news.steps);
  if (news.health) changeHealth(news.health);
  if (news.gateways) showGateways((now.gateways = news.gateways));
  if (news.alarms) now.alarms = news.alarms;
}

function tick() {
  showHealth();
  showNotices(now, lost(), isCutOff());
  const { start_ms: start } = now.today;
  document.getElementById("covers").textContent = say("covers", {
    day: weekday(start), start: time(start), end: time(serverNow()), zone: now.plant.timezone,
  });
}

const first = JSON.parse(document.getElementById("view").textContent);
setServerTime(first.now.time_ms);
showPage(first);
startFrame({ page: showPage, live: showNews }, tick);
