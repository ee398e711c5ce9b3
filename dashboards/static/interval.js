// A share with its interval, its target and zero on one line.
import { lang, percent, percentHigh, percentLow, say } from "./words.js";

function make(name, className, text) {
  return Object.assign(document.createElement(name), { className, textContent: text ?? "" });
}

export function drawInterval(place, { value, low, high, target, targetText }) {
  const least = low ?? Math.min(0, value, target) - (high - value); // open towards less
  const ends = [Math.min(least, 0), Math.max(high, target, 0)];
  const pad = 0.06 * (ends[1] - ends[0] || 1);
  const x = (at) => `${(100 * (at - ends[0] + pad)) / (ends[1] - ends[0] + 2 * pad)}%`;
  place.querySelector(".range").style.insetInline = `${x(least)} calc(100% - ${x(high)})`;
  place.querySelector(".middle").style.left = x(value);
  place.querySelector(".zero").style.left = x(0);
  const mark = place.querySelector(".target");
  mark.style.left = x(target);
  mark.dataset.says = targetText;
}

export function interval(block) {
  const head = make("p", "judged");
  const verdict = make("strong", "verdict", block.state_text);
  verdict.dataset.is = block.state;
  head.append(verdict);
  const lines = block.lines.map((line, i) => make("p", i ? "quiet" : "reason", line));
  if (block.value === null) return [head, ...lines];
  const value = make("p", "saving");
  value.append(make("span", "value", percent(block.value)), " ", make("span", "range quiet", block.said));
  const place = make("div", "interval");
  place.setAttribute("role", "img");
  place.lang = lang;
  place.setAttribute("aria-label", say("claim.interval", {
    value: percent(block.value), target: percent(block.target), low: percentLow(block.low), high: percentHigh(block.high),
  }));
  const zero = make("i", "zero");
  zero.dataset.says = "0";
  place.append(zero, make("i", "range"), make("i", "target"), make("i", "middle"));
  drawInterval(place, { ...block, targetText: block.target_text });
  return [head, value, place, ...lines];
}
