// What is shown: sort, filter, page, and part of the show.

import { el } from "./elements.js";
import {
  at, both, channel, hasChannels, isPair, name, one, place, rowAt, rowCount, runs,
} from "./runs.js";
import { clock, planned, signed, span, word } from "./words.js";

export const PAGE = 100;
export const PRINTED = 1000;

export const state = {
  sort: "place", isDown: false, text: "", tab: "all", range: null, page: 0, size: PAGE,
  open: new Set(), rows: [],
};

function wholeRange() {
  let from = Infinity;
  let to = -Infinity;
  runs.forEach((run) => {
    for (let i = 0; i < run.count; i++) {
      if (run.at[i] === null) continue;
      if (run.at[i] < from) from = run.at[i];
      const end = run.sentAt(i) ?? run.at[i];
      if (end > to) to = end;
      if (run.at[i] > to) to = run.at[i];
    }
  });
  if (from > to) return null;
  from = Math.min(from, 0);
  const rest = Math.max((to - from) * 0.02, 5e5);
  return [from - rest, to + rest];
}
export const whole = wholeRange();
export const range = () => state.range ?? whole;

export const tabs = isPair
  ? [
    ["all", "All", () => true],
    ["first", "Only first", (row) => place(row, 1) === null],
    ["second", "Only second", (row) => place(row, 0) === null],
    ["moved", "Moved", (row) => both.is_moved[row]],
    ["changed", "Another content", (row) => both.changed[row]],
    ["ended", "Ended otherwise", (row) => both.ended_otherwise[row]],
  ]
  : [
    ["all", "All", () => true],
    ...["missed", "failed", "in_doubt", "open", "skipped", "sent"].map((ending) =>
      [ending, word(ending)[0].toUpperCase() + word(ending).slice(1),
        (row) => one.state(row) === ending]),
  ];

function matches(row, text) {
  return runs.some((run, which) => {
    const i = place(row, which);
    if (i === null) return false;
    return run.name[i].toLowerCase().includes(text)
      || run.channels[run.channel[i]].toLowerCase().includes(text)
      || run.why(i).toLowerCase().includes(text)
      || run.trouble_(i).toLowerCase().includes(text)
      || (run.payload[i] ?? "").toLowerCase().includes(text);
  });
}

// Where endings are sorted, what went wrong comes first.
const ORDER = ["missed", "failed", "in_doubt", "open", "skipped", "sent"];
const of = (which, value) => (row) => {
  const i = place(row, which);
  return i === null ? null : value(runs[which], i);
};
const seconds = (which) => of(which, (run, i) => run.late[i]);

function endingCell(run, i) {
  if (i === null) return el("span", { class: "why" }, "not in it");
  const ending = run.state(i);
  return el("span", {}, el("span", { class: "ending " + ending }, word(ending)),
    run.why(i) ? el("span", { class: "why" }, " " + run.why(i)) : null,
    ending === "sent" && run.attempts[i] > 1
      ? el("span", { class: "why" }, ` with attempt ${run.attempts[i]}`) : null);
}

const cueColumn = { key: "cue", title: "Cue", value: name };
const channelColumns = hasChannels
  ? [{ key: "channel", title: "Channel", value: channel, class: "optional" }] : [];
export const columns = isPair
  ? [
    cueColumn, ...channelColumns,
    { key: "first", title: "First", value: (row) => at(row, 0), text: planned, class: "number" },
    { key: "moved", title: "Moved", value: (row) => both.moved[row], class: "number optional",
      text: (us) => (us === null ? "–" : Math.abs(us) < 1000 ? "" : signed(us)) },
    { key: "late1", title: "Late, first", value: seconds(0), text: span, class: "number" },
    { key: "late2", title: "Late, second", value: seconds(1), text: span, class: "number" },
    { key: "later", title: "Difference", value: (row) => both.later[row], text: signed,
      class: "number optional" },
    { key: "ending", title: "Ended", class: "wide",
      value: (row) => runs.map((run, which) => (place(row, which) === null ? 9
        : ORDER.indexOf(run.state(place(row, which))))).join(" "),
      cell: (row) => {
        const cells = runs.map((run, which) => endingCell(run, place(row, which)));
        return both.ended_otherwise[row] === false ? cells[0]
          : el("span", {}, cells[0], " → ", cells[1]);
      } },
  ]
  : [
    cueColumn, ...channelColumns,
    { key: "at", title: "Planned", value: (i) => one.at[i], text: planned, class: "number" },
    { key: "sent", title: "Sent", value: (i) => one.sentAt(i), text: (us) => clock(us, 3),
      class: "number optional" },
    { key: "late", title: "Late", value: (i) => one.late[i], text: span, class: "number" },
    { key: "trip", title: "Round trip", value: (i) => one.trip[i], text: span,
      class: "number optional" },
    { key: "attempts", title: "Attempts", value: (i) => one.attempts[i], text: String,
      class: "number optional" },
    { key: "ending", title: "Ending", value: (i) => ORDER.indexOf(one.state(i)),
      cell: (i) => endingCell(one, i), class: "wide" },
  ];

export function select() {
  const test = tabs.find(([key]) => key === state.tab)[2];
  const text = state.text.trim().toLowerCase();
  state.rows = [];
  for (let row = 0; row < rowCount; row++) {
    if (state.range) {
      const us = rowAt(row);
      if (us === null || us < state.range[0] || us > state.range[1]) continue;
    }
    if (test(row) && (!text || matches(row, text))) state.rows.push(row);
  }
  const column = columns.find(({ key }) => key === state.sort);
  const value = column?.value ?? rowAt;
  const keys = new Map(state.rows.map((row) => [row, value(row)]));
  state.rows.sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    // What has no value stands at the end, whichever way it is sorted.
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    const order = x < y ? -1 : x > y ? 1 : 0;
    return (state.isDown ? -order : order) || a - b;
  });
  const last = Math.max(0, Math.ceil(state.rows.length / state.size) - 1);
  state.page = Math.min(state.page, last);
}
