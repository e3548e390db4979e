// What viewers answered.

import { $, el } from "./elements.js";
import { answers, runs } from "./runs.js";
import { number } from "./words.js";

export function tallyOf(tally, isInside) {
  const total = tally.total;
  const rows = tally.answers.map(({ answer, count, right }) => {
    const fill = el("i", { "aria-hidden": "true" });
    fill.style.width = total ? `${count / total * 100}%` : "0";
    const share = total ? `${(count / total * 100).toFixed(1)} %` : "–";
    return el("li", { class: right ? "right" : undefined }, fill, el("b", {}, answer),
      el("span", {}, `${number(count)} · ${share}`));
  });
  return el("div", { class: "tally" }, isInside ? null : el("h3", {}, tally.question),
    el("p", {}, `${isInside ? "" : tally.cue + " · "}${number(total)} `
      + `${total === 1 ? "answer" : "answers"}`), el("ol", {}, ...rows));
}

export function showAnswers() {
  const ids = new Set(runs.map((run) => run.summary.run?.id));
  const tallies = answers.filter(({ run }) => run === "" || ids.has(run));
  $("answers-section").hidden = tallies.length === 0;
  $("answers").append(...tallies.map((tally) => tallyOf(tally, false)));
}
