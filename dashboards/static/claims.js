// A claimed saving: its verdict or how it stands, the interval, and one sentence why.
import { day, lang, number, percent, percentHigh, percentLow, say, unit } from "./words.js";

const template = document.getElementById("claim");

export function claimElement(claim, plan) {
  const element = template.content.firstElementChild.cloneNode(true);
  const part = (name) => element.querySelector(name);
  part("h3").textContent = say("claim.title", { percent: percent(claim.target_percent) });
  const verdict = part(".verdict");
  verdict.dataset.is = claim.verdict ?? "so-far";
  verdict.textContent = say(`claim.${claim.verdict ?? "so_far"}`);
  part(".reason").textContent = claim.reason[lang];
  const period = { since: day(claim.since), until: day(claim.until) };
  const lock = say(`claim.plan.${plan.state}`, { locked: plan.locked_on && day(plan.locked_on) });
  part(".period").textContent = `${say("claim.period", period)} · ${lock}`;
  if (claim.saving_percent === null) {
    part(".saving").remove();
    part(".interval").remove();
    return element;
  }
  const ends = { low: percentLow(claim.saving_low_percent), high: percentHigh(claim.saving_high_percent) };
  part(".saving .value").textContent = percent(claim.saving_percent);
  part(".saving .range").textContent = say("claim.range", { ...ends, confidence: `${number(100 * claim.confidence, 0)} %` });
  part(".saving").title = say("claim.amount", {
    saving: number(claim.saving), unit: unit(claim.unit), low: number(claim.saving_low), high: number(claim.saving_high),
  });
  drawInterval(part(".interval"), claim);
  const spoken = { value: percent(claim.saving_percent), target: percent(claim.target_percent), ...ends };
  part(".interval").setAttribute("aria-label", say("claim.interval", spoken));
  return element;
}

function drawInterval(place, claim) {
  const { saving_percent: value, saving_high_percent: high, target_percent: target } = claim;
  const low = claim.saving_low_percent ?? Math.min(0, value, target) - (high - value);
  const ends = [Math.min(low, 0), Math.max(high, target, 0)];
  const pad = 0.06 * (ends[1] - ends[0] || 1);
  const x = (at) => `${(100 * (at - ends[0] + pad)) / (ends[1] - ends[0] + 2 * pad)}%`;
  place.querySelector(".range").style.insetInline = `${x(low)} calc(100% - ${x(high)})`;
  place.querySelector(".middle").style.left = x(value);
  place.querySelector(".zero").style.left = x(0);
  const mark = place.querySelector(".target");
  mark.style.left = x(target);
  mark.dataset.says = say("claim.target", { percent: percent(target) });
}
