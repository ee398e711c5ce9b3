// What every page has around it: the link to the collector, the clock, the theme, the wall.
import { serverNow, setServerTime, showAges } from "./ages.js";
import { Stream } from "./stream.js";
import { startTheme } from "./theme.js";
import { startWall } from "./wall.js";
import { lang, moment, say, seconds } from "./words.js";

const { plant, page, position } = document.body.dataset;
let lostSince = null;
export const lost = () => lostSince;
let brokerLost = null;
export const isCutOff = () => brokerLost !== null;

// The collector is there, but what gateways send does not reach it.
function showBroker(since) {
  brokerLost = since;
  const place = document.getElementById("broker");
  place.hidden = since === null;
  place.textContent = since === null ? "" : say("broker.lost", { time: moment(since, serverNow()) });
}

// A session that has ended looks like a lost link; who has none is shown the way to log in.
async function lookForSession() {
  const answer = await fetch("/api/v1/plants", { cache: "no-store" }).catch(() => null);
  if (answer?.status === 401) location.reload();
}

function showLink(state) {
  if (state === "lost") lookForSession();
  if (state === "lost") lostSince ??= serverNow();
  else lostSince = null;
  document.documentElement.dataset.link = state;
  const link = document.getElementById("link");
  link.dataset.state = state;
  const text = say(`link.${state}`, { time: lostSince && moment(lostSince, serverNow()) });
  const place = link.querySelector("span");
  if (place.textContent !== text) place.textContent = text;
}

// handlers: by event, what to do with its data; tick: what to do every second.
export function startFrame(handlers, tick) {
  startTheme(document.getElementById("theme"));
  startWall(() => document.documentElement.dataset.link === "live");
  const beat = () => {
    showAges();
    document.getElementById("clock").textContent = seconds(serverNow());
    tick();
  };
  beat();
  setInterval(beat, 1000);
  // After the first frame: where things lie is asked for while nothing changes.
  const here = document.querySelector(".places [aria-current=page]");
  setTimeout(() => here.scrollIntoView({ block: "nearest", inline: "center" }));
  const address = `/api/v1/events?plant=${encodeURIComponent(plant)}&page=${page}&lang=${lang}`;
  new Stream(address, position, { ...handlers, broker: showBroker, ping: setServerTime, link: showLink });
}
