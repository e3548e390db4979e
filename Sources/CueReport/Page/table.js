// The table of the cues, and what is known of one.

import { $, el, list } from "./elements.js";
import { channel, hasChannels, isPair, name, one, place, rowCount, runs } from "./runs.js";
import { tallyOf } from "./tallies.js";
import { columns, select, state, tabs } from "./view.js";
import { number, span } from "./words.js";

function showTableHead() {
  $("table-head").replaceChildren(el("tr", {}, ...columns.map((column) => {
    const isSorted = state.sort === column.key;
    const head = el("th", {
      scope: "col", class: column.class,
      "aria-sort": isSorted ? (state.isDown ? "descending" : "ascending") : undefined,
    }, el("button", { type: "button", "data-sort": column.key }, column.title));
    return head;
  })));
}

export function showTable() {
  const start = state.page * state.size;
  const rows = state.rows.slice(start, start + state.size);
  $("table-body").replaceChildren(...rows.flatMap((row) => rowsOf(row)));
  $("no-cues").hidden = state.rows.length > 0;
  const end = start + rows.length;
  const some = state.rows.length === rowCount ? "" : ` of ${number(rowCount)}`;
  $("count").textContent = state.rows.length <= state.size
    ? `${number(state.rows.length)}${some} ${state.rows.length === 1 && !some ? "cue" : "cues"}`
    : `${number(start + 1)}–${number(end)} of ${number(state.rows.length)} cues`
      + (some ? `, filtered from ${number(rowCount)}` : "");
  $("previous").disabled = start === 0;
  $("next").disabled = end >= state.rows.length;
  $("previous").parentElement.hidden = state.rows.length <= state.size;
}

function rowsOf(row) {
  const isOpen = state.open.has(row);
  const cells = columns.map((column, index) => {
    if (index === 0) {
      return el("td", {}, el("button", {
        class: "open-cue", type: "button", "aria-expanded": String(isOpen),
        "aria-controls": isOpen ? "detail-" + row : undefined,
      }, el("span", {}, name(row))),
      hasChannels ? el("span", { class: "on" }, channel(row)) : null);
    }
    if (column.cell) return el("td", { class: column.class }, column.cell(row));
    const value = column.value(row);
    return el("td", { class: column.class }, column.text ? column.text(value) : value);
  });
  const line = el("tr", { class: "cue" + (isOpen ? " is-open" : ""), "data-row": row }, ...cells);
  return isOpen ? [line, detail(row)] : [line];
}

function detail(row) {
  const inside = isPair
    ? el("div", { class: "inside two" }, ...runs.map((run, which) => {
      const i = place(row, which);
      return el("div", {}, el("h3", {}, which ? "Second" : "First"),
        ...(i === null ? ["It is not in this run."] : [body(run, i), facts(run, i)]));
    }))
    : el("div", { class: "inside" },
      el("div", {}, el("h3", {}, "What viewers got"), body(one, row)),
      el("div", {}, ...answersOf(one, row), facts(one, row)));
  return el("tr", { class: "detail", id: "detail-" + row },
    el("td", { colspan: columns.length }, inside));
}

function body(run, i) {
  const text = run.payload[i];
  if (text === null) {
    const seconds = run.ad_break[i];
    const what = run.state(i) !== "sent" ? "Nothing was acknowledged."
      : seconds ? `An ad break of ${seconds} s.` : "The log does not say.";
    return el("p", { class: "why" }, what);
  }
  const value = run.parsed(i);
  return el("pre", { tabindex: "0", "aria-label": "Payload of " + run.name[i] },
    value === null ? text : JSON.stringify(value, null, 2));
}

function answersOf(run, i) {
  const tally = run.tally(i);
  return tally ? [el("h3", {}, "What they answered"), tallyOf(tally, true)] : [];
}

function facts(run, i) {
  const due = run.due[i];
  const sent = due === null || run.late[i] === null ? null
    : due - (run.lead[i] ?? 0) + run.late[i];
  const bytes = run.payload[i] === null ? null
    : number(new TextEncoder().encode(run.payload[i]).length) + " bytes";
  return el("dl", { class: "facts" }, ...list([
    ["Why", run.why(i)],
    ["Due", run.wall(due)],
    ["Sent", run.wall(sent)],
    ["Acknowledged", sent === null || run.trip[i] === null ? null : run.wall(sent + run.trip[i])],
    ["Lead", run.lead[i] === null ? null : span(run.lead[i])],
    ["Late", run.late[i] === null ? null : span(run.late[i])],
    ["Round trip", run.trip[i] === null ? null : span(run.trip[i])],
    ["Attempts", run.attempts[i] ? String(run.attempts[i]) : null],
    ["Failed before", run.trouble_(i)],
    ["Said", run.raw.texts[run.message[i]] ?? null],
    ["Repeated", run.repeats[i] ? `${run.repeats[i]} times, for late joiners` : null],
    ["Size", bytes],
    ["Request id", run.request[i]],
    ["Line of the log", number(run.line[i])],
  ]));
}

export function toggle(row, isOpen = !state.open.has(row)) {
  if (isOpen) state.open.add(row); else state.open.delete(row);
  const line = $("table-body").querySelector(`tr.cue[data-row="${row}"]`);
  if (!line) return;
  if (line.nextElementSibling?.classList.contains("detail")) line.nextElementSibling.remove();
  const fresh = rowsOf(row);
  const hadFocus = line.contains(document.activeElement);
  line.replaceWith(...fresh);
  if (hadFocus) fresh[0].querySelector("button").focus();
}

/// Shows a cue in the table, wherever it is.
export function reveal(row) {
  if (!state.rows.includes(row)) {
    Object.assign(state, { text: "", tab: "all" });
    $("search").value = "";
    refresh();
  }
  state.page = Math.floor(state.rows.indexOf(row) / state.size);
  state.open.add(row);
  showTable();
  const button = $("table-body").querySelector(`tr.cue[data-row="${row}"] button`);
  button?.scrollIntoView({ block: "center" });
  button?.focus({ preventScroll: true });
}

export function showTabs() {
  $("endings").replaceChildren(...tabs.flatMap(([key, title, test]) => {
    let count = 0;
    for (let row = 0; row < rowCount; row++) if (test(row)) count++;
    if (!count && key !== "all") return [];
    return [el("button", {
      type: "button", "data-tab": key, "aria-pressed": String(state.tab === key),
    }, title, el("b", {}, number(count)))];
  }));
  // One kind alone needs no choice.
  if ($("endings").children.length < 3) $("endings").hidden = true;
}

function markTab() {
  for (const button of $("endings").children) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === state.tab));
  }
}

export function refresh() {
  select();
  showTableHead();
  showTable();
  markTab();
}
