// The server's clock, and what grows old on the page: past its limit a value greys and says
// since when.
import { age, moment, say } from "./words.js";

let ahead = 0; // this computer's clock minus the server's
export function setServerTime(ms) {
  ahead = Date.now() - ms;
}
export const serverNow = () => Date.now() - ahead;
// A page that was computed a minute ago says only that the clock is past that.
export function setServerTimePast(ms) {
  if (ms > serverNow()) setServerTime(ms);
}

const watched = new Map(); // element that says the age -> { time, limit, around, key }

// `around` are the elements that grey; `key` is the text that holds the age.
export function watch(element, time, limit, around, key = "age.bare") {
  watched.set(element, { time, limit, around, key });
  show(element);
}

export function renew(element, time) {
  const item = watched.get(element);
  if (item) item.time = time;
  show(element);
}

export function isStale(element) {
  const item = watched.get(element);
  return !item || item.time === null || serverNow() - item.time > item.limit;
}

function show(element) {
  const { time, around, key } = watched.get(element);
  const stale = isStale(element);
  const text = time === null ? say("age.never")
    : stale ? say("age.since", { time: moment(time, serverNow()) })
    : say(key, { age: age(serverNow() - time) });
  if (element.textContent !== text) element.textContent = text;
  for (const each of around) each.classList.toggle("stale", stale);
}

export function showAges() {
  for (const element of watched.keys()) {
    if (element.isConnected) show(element);
    else watched.delete(element);
  }
}
