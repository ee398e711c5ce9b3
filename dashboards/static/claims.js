// A claimed saving: its verdict or how it stands, the interval, and one sentence why.
import { drawInterval } from "./interval.js";
import { day, lang, number, percent, percentHigh, percentLow, say, unit } from "./words.js";

const template = document.getElementById("claim");

export function claimElement(claim, plan) {
  const element = template.content.firstElementChild.cloneNode(true);
  const part = (name) => element.querySelector(name);
  part("h3 a").href = `/plants/${encodeURIComponent(document.body.dataset.plant)}/claims?claim=${encodeURIComponent(claim.claim)}`;
  part("h3 a").textContent = say("claim.title", { percent: percent(claim.target_percent) });
  const verdict = part(".verdict");
  verdict.dataset.is = claim.verdict ?? "so-far";
  verdict.textContent = say(`claim.${claim.verdict ?? "so_far"}`);
  part(".reason").textContent = claim.reason[lang];
  const period = { since: day(claim.since), until: day(claim.until) };
  const lock = say(`claim.plan.${plan.state}`, { locked: plan.locked_on && day(plan.locked_on) });
  const adjusted = claim.adjustment
    ? [say("claim.adjusted", { amount: number(claim.adjustment), unit: unit(claim.unit) })]
    : [];
  part(".period").textContent = [say("claim.period", period), lock, ...adjusted].join(" · ");
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
  const { saving_percent: value, saving_low_percent: low, saving_high_percent: high, target_percent: target } = claim;
  drawInterval(part(".interval"), { value, low, high, target, targetText: say("claim.target", { percent: percent(target) }) });
  const spoken = { value: percent(claim.saving_percent), target: percent(claim.target_percent), ...ends };
  part(".interval").setAttribute("aria-label", say("claim.interval", spoken));
  return element;
}
