// The verdict, its figures, and two runs side by side.

import { $, el } from "./elements.js";
import { both, isPair, one, other, runs } from "./runs.js";
import { number, span } from "./words.js";

const GRADES = {
  review: { good: "It worked", careful: "Not as planned", bad: "Look at this" },
  pair: { good: "Alike", careful: "They differ", bad: "The second was worse" },
};

export function showHead() {
  const run = one.summary.run;
  const verdict = isPair ? both.verdict : one.summary.verdict;
  const title = run?.title ?? run?.sheet.path ?? "A run without its beginning";
  $("title").textContent = isPair ? "Two runs of " + title : title;
  $("grade").textContent = one.summary.state === "running" && !isPair ? "Going on"
    : GRADES[isPair ? "pair" : "review"][verdict.grade];
  $("grade").classList.add(verdict.grade);
  $("sentence").textContent = verdict.text;
  const modes = { rehearsal: "rehearsal", dry_run: "dry run", run: "run" };
  const names = runs.map((run) => {
    const mode = modes[run.summary.run?.mode] ?? "run";
    const day = run.summary.first_time?.slice(0, 16).replace("T", " ") ?? "";
    return `${mode} ${run.summary.run?.id ?? ""} · ${day} UTC`;
  });
  $("which").textContent = names.join("  and  ");
  if (isPair) $("figures").remove(); else showFigures(one.summary);
  const advice = isPair ? [] : one.summary.advice;
  $("advice-section").hidden = advice.length === 0;
  $("advice").append(...advice.map((item) => el("li", {},
    // What stands between backticks is typed.
    ...item.text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part)))));
}

function showFigures(summary) {
  const { counts, late_us: late, round_trip_us: trip, attempts } = summary;
  const figure = (name, value, more, grade) =>
    el("div", {}, el("dt", {}, name), el("dd", { class: grade },
      value, more ? el("small", {}, more) : null));
  const bad = (count) => (count ? "bad" : undefined);
  const figures = [
    figure("Sent", number(counts.sent), "of " + number(counts.cues - counts.skipped)),
    figure("Missed or failed", number(counts.missed + counts.failed), "",
      bad(counts.missed + counts.failed)),
  ];
  if (counts.in_doubt) figures.push(figure("In doubt", number(counts.in_doubt), "", "bad"));
  if (counts.open) figures.push(figure("Open", number(counts.open), "", "careful"));
  if (counts.skipped) figures.push(figure("Skipped", number(counts.skipped)));
  if (attempts.failed) figures.push(figure("Failed attempts", number(attempts.failed)));
  if (late) {
    figures.push(figure("Late, median", span(late.p50)), figure("Late, p99", span(late.p99)),
      figure("Latest", span(late.max)));
  }
  if (trip) figures.push(figure("Median trip", span(trip.p50)));
  $("figures").append(...figures);
}

export function showRuns() {
  if (!isPair) return;
  $("runs-section").hidden = false;
  const head = (run, name, letter) => el("th", { scope: "col" },
    el("span", { class: "swatch " + letter }), name);
  const rows = [
    ["Log", (s) => s.log.split("/").pop()],
    ["Run", (s) => (s.run ? `${s.run.id}, ${s.run.mode.replace("_", " ")}` : "–")],
    ["Began", (s) => s.first_time?.slice(0, 19).replace("T", " ") ?? "–"],
    ["Sent", (s) => number(s.counts.sent)],
    ["Missed or failed", (s) => number(s.counts.missed + s.counts.failed)],
    ["In doubt", (s) => number(s.counts.in_doubt)],
    ["Skipped", (s) => number(s.counts.skipped)],
    ["Failed attempts", (s) => number(s.attempts.failed)],
    ["Late, median", (s) => span(s.late_us?.p50)],
    ["Late, p90", (s) => span(s.late_us?.p90)],
    ["Late, p99", (s) => span(s.late_us?.p99)],
    ["Latest", (s) => span(s.late_us?.max)],
    ["Round trip, median", (s) => span(s.round_trip_us?.p50)],
    ["Round trip, p99", (s) => span(s.round_trip_us?.p99)],
  ];
  $("runs").append(
    el("thead", {}, el("tr", {}, el("th", {}), head(one, "First", "a"),
      head(other, "Second", "b"))),
    el("tbody", {}, ...rows.map(([name, value]) => el("tr", {},
      el("th", { scope: "row" }, name), ...runs.map((r) => el("td", {}, value(r.summary)))))));
}
