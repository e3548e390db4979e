// What happened besides, lines that could not be used, and the run's own facts.

import { $, el, list } from "./elements.js";
import { isPair, one, runs } from "./runs.js";
import { clock, number, span } from "./words.js";

const KINDS = {
  stream_aligned: "zero", stream_session: "stream", stream_changed: "stream",
  clock_stepped: "clock", suspended: "asleep", operator: "operator", sheet_reloaded: "reload",
  run_resumed: "resumed", hook_failed: "hook",
};

export function showHappenings() {
  if (isPair) return;
  const found = one.summary.happenings;
  $("happenings-section").hidden = found.length === 0;
  $("happenings").append(...found.slice(0, 1000).map((h) => el("li", {},
    el("time", { datetime: h.time }, h.at_us === null ? "–" : clock(h.at_us, 1)),
    el("span", {}, KINDS[h.event] ?? h.event), el("p", {}, h.text))));
  if (found.length > 1000) {
    $("happenings").append(el("li", {}, `and ${number(found.length - 1000)} more`));
  }
}

export function showLines() {
  const items = runs.flatMap((run, which) => {
    const { flaws, flawed, unknown } = run.summary.lines;
    const log = isPair ? `${which ? "second" : "first"}, ` : "";
    const more = flawed > flaws.length ? [["", `and ${number(flawed - flaws.length)} more`]] : [];
    return [...flaws.map(({ line, reason }) => [`${log}line ${number(line)}`, reason]), ...more,
      ...unknown.map(({ event, count, line }) => [`${log}line ${number(line)}`,
        `the event ${event} is not known to this version; ${number(count)} in all`])];
  });
  $("lines-section").hidden = items.length === 0;
  $("flaws").append(...items.map(([where, what]) => el("li", {}, el("b", {}, where), what)));
}

export function showFacts() {
  if (isPair) {
    $("run-section").hidden = true;
    return;
  }
  const { run, zero, finish, log, lines, first_time, last_time } = one.summary;
  const day = (time) => time?.slice(0, 19).replace("T", " ") + " UTC";
  const sources = {
    stream: "the stream's start", now: "the moment the run was ready",
    manual: "the operator's GO", instant: "the start given",
  };
  $("facts").append(...list([
    ["Log", `${log}, ${number(lines.read)} lines`],
    ["From", first_time ? `${day(first_time)} to ${day(last_time)}` : null],
    ["Zero", zero ? `${zero.time}, ${sources[zero.source] ?? zero.source}`
      + (zero.uncertainty_us ? ` (±${span(zero.uncertainty_us)})` : "") : null],
    ["End", finish ? `${finish.reason.replaceAll("_", " ")}, exit status ${finish.exit}`
      : "none in the log"],
    ["Run", run ? `${run.id}, ${run.mode.replace("_", " ")}` : null],
    ["Sheet", run?.sheet.path], ["SHA-256", run?.sheet.sha256],
    ["Channels", run?.channels.map(({ name, arn }) => `${name}: ${arn}`).join("\n")],
    ["Options", run && Object.entries(run.options).map(([k, v]) => `${k} ${v}`).join(", ")],
    ["Seed", run?.seed], ["Timer", run?.timer], ["Version", run?.version],
  ]));
}
