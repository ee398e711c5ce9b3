// One quiet line when all is well; else what needs a person, each in a sentence.
import { serverNow } from "./ages.js";
import { abnormalMeters, CLOCK_LIMIT_MS, offset, troubledPoints, WAITING_LIMIT } from "./meters.js";
import { lang, moment, number, say } from "./words.js";

const MOST = 8;

function ofGateway(gateway) {
  const name = { gateway: gateway.gateway };
  const count = (key, amount, limit) => (amount > limit ? [say(key, { ...name, count: number(amount, 0) })] : []);
  if (gateway.state === "never") return [say("notices.unheard", name)];
  return [
    ...(gateway.state === "offline" ? [say("notices.offline", { ...name, time: moment(gateway.time_ms, serverNow()) })] : []),
    ...count("notices.missing", gateway.missing, 0),
    ...count("notices.aside", gateway.set_aside, 0),
    ...count("notices.waiting", gateway.outbox_depth, WAITING_LIMIT),
    ...(Math.abs(gateway.clock_offset_ms ?? 0) > CLOCK_LIMIT_MS ? [say("notices.clock", { ...name, offset: offset(gateway.clock_offset_ms) })] : []),
    ...(gateway.same_config === false ? [say("notices.config", name)] : []),
  ];
}

function ofMeter({ name, state, since }) {
  if (state === "never" || since === null) return say("notices.meter.never", { meter: name });
  return say("notices.meter", { meter: name, state: say(`health.${state}`), time: moment(since, serverNow()) });
}

const ofPoint = ({ name, point, said }) => say("notices.point", { meter: name, point, said });

// The newest alarm in its sentence, and the way to all of them.
function ofAlarms(alarms) {
  const [newest] = alarms.filter((alarm) => !alarm.is_seen).concat(alarms);
  if (!newest) return [];
  const alarm = newest.sentence[lang];
  const text = alarms.length > 1 ? say("notices.alarm.more", { count: number(alarms.length, 0), alarm }) : alarm;
  return [{ text: newest.is_seen ? say("notices.alarm.seen", { alarm: text }) : text, isSeen: newest.is_seen }];
}

function alarmLine({ text, isSeen }) {
  const line = Object.assign(document.createElement("p"), { className: isSeen ? "" : "notice" });
  const href = document.querySelector('.places [data-to="events"]').href;
  line.append(Object.assign(document.createElement("a"), { href, textContent: text, title: say("notices.alarm.label") }));
  return line;
}

let said = "";
export function showNotices(now, lostSince, cutOff) {
  const lost = lostSince === null ? [] : [say("link.lost.notice", { time: moment(lostSince, serverNow()) })];
  const wrong = [...lost, ...now.gateways.flatMap(ofGateway), ...abnormalMeters().map(ofMeter), ...troubledPoints().map(ofPoint)];
  const started = now.meters.length === 0 || now.meters.some((meter) => meter.values.some((value) => value.time_ms !== null));
  const lines = !started && !lost.length ? [say("notices.starting")] : wrong.slice(0, MOST);
  if (wrong.length > MOST && started) lines.push(`+${wrong.length - MOST}`);
  const normal = lines.length === 0;
  const well = now.meters.length ? say("notices.ok", { meters: now.meters.length }) : say("notices.unmetered");
  const alarms = ofAlarms(now.alarms);
  const text = normal && !cutOff ? [well] : lines; // without a broker nobody knows
  const told = JSON.stringify([alarms, text]);
  if (told === said) return; // a live region speaks only when something changed
  said = told;
  const quiet = normal || !started;
  document.getElementById("notices").replaceChildren(...alarms.map(alarmLine), ...text.map((line) => Object.assign(
    document.createElement("p"), { className: quiet ? "" : "notice", textContent: line })));
}
