"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const PAGE = 100;
  const PRINTED = 1000;

  // ---- Elements: text is always text, whatever a log or a payload says ----

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === undefined || value === null || value === false) continue;
      node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }
  const el = (name, attributes, ...children) =>
    fill(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  const list = (pairs) => pairs.filter(([, value]) => value !== null && value !== undefined
    && value !== "").flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);

  // ---- Words ----

  const number = (value) => value.toLocaleString("en-US");
  const few = (value, digits) => Number(value.toFixed(digits)).toString();

  // As the terminal has it: tenths of a millisecond, and seconds from one on.
  function span(us) {
    if (us === null || us === undefined) return "–";
    if (us < 0) return "−" + span(-us);
    if (us < 999950) return (us / 1000).toFixed(1) + " ms";
    if (us < 60e6) return few(us / 1e6, 3) + " s";
    const seconds = Math.round(us / 1e6);
    const parts = [[3600, "h"], [60, "m"], [1, "s"]];
    let rest = seconds;
    return parts.map(([size, unit]) => {
      const count = Math.floor(rest / size);
      rest %= size;
      return count ? count + unit : "";
    }).join("");
  }
  const signed = (us) => (us === null ? "–" : us > 0 ? "+" + span(us) : span(us));
  const two = (value) => String(value).padStart(2, "0");

  function clock(us, digits = 0) {
    if (us === null || us === undefined) return "–";
    if (us < 0) return "−" + clock(-us, digits);
    const unit = 10 ** (6 - digits);
    const whole = Math.floor(us / unit) * unit;
    const seconds = Math.floor(whole / 1e6);
    const text = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
      .map(two).join(":");
    return digits ? text + "." + String(Math.round((whole % 1e6) / unit)).padStart(digits, "0")
      : text;
  }
  // A fraction only where there is one.
  const planned = (us) => (us === null ? "–" : clock(us, us % 1e6 < 1e5 ? 0 : 1));

  const ENDINGS = ["sent", "missed", "failed", "in_doubt", "skipped"];
  const LOST = new Set(["missed", "failed", "in_doubt"]);
  const WORDS = { in_doubt: "in doubt" };
  const word = (ending) => WORDS[ending] ?? ending;

  // ---- Runs ----

  class Run {
    constructor(raw) {
      Object.assign(this, raw.cues);
      this.raw = raw;
      this.summary = raw.summary;
      this.channels = raw.channels;
      this.count = this.name.length;
      this.speed = raw.summary.run?.speed ?? 1;
      const first = raw.summary.first_time;
      this.base = first ? Date.parse(first.slice(0, 19) + "Z") * 1000 + Number(first.slice(20, 26))
        : 0;
      this.payloads = new Map();
    }
    state(i) { return this.ending[i] < 0 ? "open" : ENDINGS[this.ending[i]]; }
    /// When it left, on the show's clock.
    sentAt(i) {
      if (this.at[i] === null || this.late[i] === null) return null;
      return this.at[i] + (this.late[i] - (this.lead[i] ?? 0)) * this.speed;
    }
    why(i) {
      if (this.reason[i] === null) return "";
      return this.state(i) === "failed" ? `IVS refused it: ${this.raw.texts[this.reason[i]]}`
        : this.raw.words[this.reason[i]];
    }
    trouble_(i) { return this.raw.texts[this.trouble[i]] ?? ""; }
    wall(us) {
      if (us === null) return null;
      return new Date(Math.floor((this.base + us) / 1000)).toISOString().slice(0, 23)
        .replace("T", " ") + " UTC";
    }
    parsed(i) {
      if (!this.payloads.has(i)) {
        let value = null;
        try { value = JSON.parse(this.payload[i]); } catch { /* It is shown as it is. */ }
        this.payloads.set(i, value);
      }
      return this.payloads.get(i);
    }
    tally(i) {
      return data.answers?.find((tally) => tally.cue === this.name[i]
        && (tally.run === "" || tally.run === this.summary.run?.id)) ?? null;
    }
  }

  const runs = data.runs.map((raw) => new Run(raw));
  const [one, other] = runs;
  const isPair = runs.length === 2;
  const both = isPair ? data.comparison : null;
  const rowCount = isPair ? both.pairs.length : one.count;
  // A row's place in each of the runs; null where it is not there.
  const place = (row, which) => (isPair ? both.pairs[row][which] : row);
  const at = (row, which) => {
    const i = place(row, which);
    return i === null ? null : runs[which].at[i];
  };
  const rowAt = (row) => at(row, 0) ?? (isPair ? at(row, 1) : null);

  // ---- The head ----

  const GRADES = {
    review: { good: "It worked", careful: "Not as planned", bad: "Look at this" },
    pair: { good: "Alike", careful: "They differ", bad: "The second was worse" },
  };

  function showHead() {
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

  function showRuns() {
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

  // ---- What is shown: sort, filter, part of the show ----

  const state = {
    sort: "place", isDown: false, text: "", tab: "all", range: null, page: 0, size: PAGE,
    open: new Set(),
  };
  let shown = [];

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
  const whole = wholeRange();
  const range = () => state.range ?? whole;

  const tabs = isPair
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
  const hasChannels = runs.some((run) => run.channels.length > 1);
  const name = (row) => {
    const which = place(row, 0) === null ? 1 : 0;
    return runs[which].name[place(row, which)];
  };
  const channel = (row) => {
    const which = place(row, 0) === null ? 1 : 0;
    const run = runs[which];
    return run.channels[run.channel[place(row, which)]];
  };

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
  const columns = isPair
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

  function select() {
    const test = tabs.find(([key]) => key === state.tab)[2];
    const text = state.text.trim().toLowerCase();
    shown = [];
    for (let row = 0; row < rowCount; row++) {
      if (state.range) {
        const us = rowAt(row);
        if (us === null || us < state.range[0] || us > state.range[1]) continue;
      }
      if (test(row) && (!text || matches(row, text))) shown.push(row);
    }
    const column = columns.find(({ key }) => key === state.sort);
    const value = column?.value ?? rowAt;
    const keys = new Map(shown.map((row) => [row, value(row)]));
    shown.sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      // What has no value stands at the end, whichever way it is sorted.
      if (x === null || y === null) return (x === null) - (y === null) || a - b;
      const order = x < y ? -1 : x > y ? 1 : 0;
      return (state.isDown ? -order : order) || a - b;
    });
    const last = Math.max(0, Math.ceil(shown.length / state.size) - 1);
    state.page = Math.min(state.page, last);
  }

  // ---- The table ----

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

  function showTable() {
    const start = state.page * state.size;
    const rows = shown.slice(start, start + state.size);
    $("table-body").replaceChildren(...rows.flatMap((row) => rowsOf(row)));
    $("no-cues").hidden = shown.length > 0;
    const end = start + rows.length;
    const some = shown.length === rowCount ? "" : ` of ${number(rowCount)}`;
    $("count").textContent = shown.length <= state.size
      ? `${number(shown.length)}${some} ${shown.length === 1 && !some ? "cue" : "cues"}`
      : `${number(start + 1)}–${number(end)} of ${number(shown.length)} cues`
        + (some ? `, filtered from ${number(rowCount)}` : "");
    $("previous").disabled = start === 0;
    $("next").disabled = end >= shown.length;
    $("previous").parentElement.hidden = shown.length <= state.size;
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

  function toggle(row, isOpen = !state.open.has(row)) {
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
  function reveal(row) {
    if (!shown.includes(row)) {
      Object.assign(state, { text: "", tab: "all" });
      $("search").value = "";
      refresh();
    }
    state.page = Math.floor(shown.indexOf(row) / state.size);
    state.open.add(row);
    showTable();
    const button = $("table-body").querySelector(`tr.cue[data-row="${row}"] button`);
    button?.scrollIntoView({ block: "center" });
    button?.focus({ preventScroll: true });
  }

  function showTabs() {
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

  // ---- Charts ----

  const SHAPES = {
    sent: (x, y) => `M${x} ${y}h.01`,
    missed: (x, y) => `M${x - 4} ${y - 4}l8 8m0-8l-8 8`,
    in_doubt: (x, y) => `M${x} ${y - 5.5}l5.5 5.5-5.5 5.5-5.5-5.5z`,
    skipped: (x, y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0`,
  };
  SHAPES.failed = SHAPES.missed;
  SHAPES.open = SHAPES.skipped;
  const kindOf = (ending) => (ending === "sent" ? "dots sent"
    : LOST.has(ending) ? "cross " + ending : ending);
  const round = (value) => Math.round(value * 10) / 10;

  /// The widths that charts share, so that a moment stands at the same place in all of them.
  function frame(node, height, label) {
    const width = Math.max(280, node.clientWidth);
    const left = width < 560 ? 66 : 76;
    const right = 18;
    const [from, to] = range();
    const root = svg("svg", {
      viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label,
    });
    const x = (us) => left + (us - from) / (to - from) * (width - left - right);
    const us = (x) => from + (x - left) / (width - left - right) * (to - from);
    return { node, root, width, height, left, right, x, us, from, to, points: [] };
  }

  function timeAxis(chart, top, bottom) {
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
      14400, 43200, 86400];
    const room = chart.width < 560 ? 70 : 92;
    const perPixel = (chart.to - chart.from) / (chart.width - chart.left - chart.right);
    const step = (steps.find((s) => s * 1e6 / perPixel >= room) ?? 604800) * 1e6;
    const digits = step < 1e6 ? 1 : 0;
    for (let us = Math.ceil(chart.from / step) * step; us <= chart.to; us += step) {
      const x = round(chart.x(us));
      chart.root.append(
        svg("path", { class: us === 0 ? "zero" : "grid", d: `M${x} ${top}V${bottom}` }),
        svg("text", { x, y: bottom + 17, "text-anchor": "middle" }, clock(us, digits)));
    }
    chart.root.append(svg("path", {
      class: "axis", d: `M${chart.left} ${bottom}H${chart.width - chart.right}`,
    }));
  }

  /// One path for each kind of mark; what would stand on another of its kind is left out.
  function marks(chart, points, small) {
    const paths = new Map();
    const taken = new Set();
    for (const { x, y, kind, shape } of points) {
      const key = `${kind} ${Math.round(x)} ${Math.round(y / (small ? 2 : 1))}`;
      if (taken.has(key)) continue;
      taken.add(key);
      paths.set(kind, (paths.get(kind) ?? "") + SHAPES[shape](round(x), round(y)));
    }
    const thin = small && points.length > 2000 ? " small" : "";
    // What went wrong lies on top.
    const kinds = [...paths.keys()].sort((a, b) => a.startsWith("cross") - b.startsWith("cross"));
    for (const kind of kinds) {
      chart.root.append(svg("path", { class: kind + thin, d: paths.get(kind) }));
    }
  }

  function inRange(us, chart) { return us !== null && us >= chart.from && us <= chart.to; }

  function showTimeline() {
    const node = $("timeline");
    const names = [...new Set(runs.flatMap((run) => run.channels))];
    const several = names.length > 1;
    const hasFlags = one.summary.happenings.some(isFlag);
    const top = hasFlags ? 34 : 12;
    const lane = several ? 104 : 90;
    const bottom = top + names.length * lane;
    const label = isPair
      ? "Timeline of both runs: each cue as due in the first, and below as due in the second"
      : "Timeline of the show: each cue as planned, and below as sent";
    const chart = frame(node, bottom + 28, label);
    bands(chart, names, top, lane, bottom);
    timeAxis(chart, top, bottom);
    const clip = `M${chart.left} 0H${chart.width}V${bottom}H${chart.left}Z`;
    const middle = svg("g", { "clip-path": "url(#inside)" });
    chart.root.append(svg("clipPath", { id: "inside" }, svg("path", { d: clip })), middle);
    const inner = { ...chart, root: middle };
    names.forEach((channelName, index) => {
      const y = top + index * lane + (several ? 38 : 24);
      if (several) {
        chart.root.append(svg("text", { class: "lane", x: 12, y: y - 18 }, channelName));
      }
      const rows = isPair ? ["first", "second"] : ["planned", "sent"];
      rows.forEach((text, row) => chart.root.append(
        svg("text", { x: chart.left - 9, y: y + 4 + row * 28, "text-anchor": "end" }, text)));
      laneMarks(inner, chart.root, channelName, y);
    });
    if (hasFlags) flags(chart, bottom);
    finish(chart, top, bottom);
  }

  function laneMarks(chart, root, channelName, y) {
    const points = [];
    let ticks = "";
    let delays = "";
    let windows = "";
    const seen = new Set();
    const labels = [];
    for (let row = 0; row < rowCount; row++) {
      if (channel(row) !== channelName) continue;
      const before = at(row, 0);
      const i = isPair ? place(row, 1) : row;
      const run = isPair ? other : one;
      const after = i === null ? null : isPair ? run.at[i] : run.sentAt(i) ?? run.at[i];
      if (!inRange(before, chart) && !inRange(after, chart)) continue;
      const x = before === null ? null : round(chart.x(before));
      const x2 = after === null ? null : round(chart.x(after));
      if (x !== null) {
        if (isPair) {
          points.push({ x, y, row, kind: "dots a", shape: "sent" });
        } else if (!seen.has(Math.round(x))) {
          ticks += `M${x} ${y - 7}v14`;
        }
        if (inRange(before, chart)) labels.push([x2 ?? x, name(row)]);
      }
      if (x2 !== null) {
        const ending = isPair ? "sent" : one.state(i);
        points.push({
          x: x2, y: y + 28, row, shape: ending, kind: isPair ? "dots b" : kindOf(ending),
        });
        if (x !== null && (!seen.has(Math.round(x)) || x2 - x > 1)) {
          delays += `M${x} ${y + 7}L${x2} ${y + 23}`;
        }
        if (!isPair && rowCount <= 2000 && ending === "sent") {
          const seconds = one.parsed(i)?.seconds;
          if (seconds > 0 && seconds < 86400) {
            const end = round(chart.x(after + seconds * 1e6));
            windows += `M${x2} ${y + 24}H${end}v8H${x2}z`;
          }
        }
      }
      if (x !== null) seen.add(Math.round(x));
    }
    chart.root.append(
      svg("path", { class: "window", d: windows }), svg("path", { class: "delay", d: delays }),
      svg("path", { class: "planned", d: ticks }));
    marks(chart, points);
    chart.points.push(...points);
    let end = -Infinity;
    for (const [x, text] of labels.sort((a, b) => a[0] - b[0])) {
      const cut = text.length > 22 ? text.slice(0, 21) + "…" : text;
      const half = cut.length * 3.7;
      const middle = Math.min(Math.max(x, chart.left + half), chart.width - half - 4);
      if (middle - half < end + 10) continue;
      // Beside the clipped marks, so that no name is cut.
      root.append(
        svg("text", { class: "name", x: middle, y: y + 51, "text-anchor": "middle" }, cut));
      end = middle + half;
    }
  }

  /// When the stream was off the air, the show was held, or the machine stood still.
  function bands(chart, names, top, lane, bottom) {
    for (const run of runs.slice(0, 1)) {
      for (const band of run.raw.bands) {
        const from = Math.max(band.from, chart.from);
        const to = Math.min(band.to, chart.to);
        if (to < from) continue;
        const index = band.channel === null ? -1 : names.indexOf(run.channels[band.channel]);
        const width = Math.max(1.5, chart.x(to) - chart.x(from));
        chart.root.append(svg("rect", {
          class: "band", x: round(chart.x(from)), width: round(width),
          y: index < 0 ? top : top + index * lane, height: index < 0 ? bottom - top : lane,
        }, svg("title", {}, band.text)));
      }
    }
  }

  const isFlag = (h) => h.at_us !== null && !["stream_session", "stream_aligned"].includes(h.event);

  function flags(chart, bottom) {
    const found = one.summary.happenings.filter((h) => isFlag(h) && inRange(h.at_us, chart));
    found.forEach((happening, index) => {
      const x = round(chart.x(happening.at_us));
      const next = found[index + 1];
      const room = (next ? chart.x(next.at_us) - 8 : chart.width - 6) - x - 12;
      const text = happening.event === "operator" ? happening.text.split(":")[0]
        : { stream_changed: happening.text.includes("off the air") ? "off air" : "on air",
          suspended: "asleep", clock_stepped: "clock", sheet_reloaded: "edit",
          run_resumed: "resumed", hook_failed: "hook" }[happening.event] ?? happening.event;
      const cut = text.length > 18 ? text.slice(0, 17) + "…" : text;
      const mark = svg("g", {}, svg("title", {}, `${clock(happening.at_us, 1)}  ${happening.text}`),
        svg("path", { class: "flag", d: `M${x} 12V${bottom}` }),
        svg("path", { class: "flag-head", d: `M${x} 12l8 4-8 4z` }));
      if (cut.length * 6.6 < room) mark.append(svg("text", { x: x + 12, y: 20 }, cut));
      chart.root.append(mark);
    });
  }

  function power(value) {
    if (value >= 1e6) return few(value / 1e6, 1) + " s";
    return few(value / 1000, 1) + " ms";
  }

  /// Points over time on a logarithmic scale of microseconds.
  function showPoints(id, label, series, lost, levels) {
    const node = $(id);
    const values = series.flatMap(({ rows }) => rows.map(([, , value]) => value));
    if (!values.length || !whole) {
      node.closest("section").hidden = true;
      return;
    }
    let low = Infinity;
    let high = 0;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    low = Math.max(low, 100) / 1.4;
    high = Math.max(high * 1.4, low * 8);
    const top = lost.length ? 34 : 14;
    const bottom = top + 176;
    const chart = frame(node, bottom + 28, label);
    const y = (value) => bottom - Math.log(Math.max(value, low) / low) / Math.log(high / low)
      * (bottom - top);
    const decades = Math.log10(high / low);
    const factors = decades > 2.2 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
    timeAxis(chart, top, bottom);
    for (let decade = 1; decade <= 1e10; decade *= 10) {
      for (const factor of factors) {
        const value = decade * factor;
        if (value < low || value > high) continue;
        chart.root.append(
          svg("path", { class: "grid", d: `M${chart.left} ${round(y(value))}H${chart.width - chart.right}` }),
          svg("text", { x: chart.left - 9, y: round(y(value)) + 4, "text-anchor": "end" }, power(value)));
      }
    }
    const points = [];
    series.forEach(({ rows, kind }) => {
      for (const [row, us, value] of rows) {
        if (inRange(us, chart)) points.push({ x: chart.x(us), y: y(value), row, kind, shape: "sent" });
      }
    });
    for (const [row, us, ending] of lost) {
      if (inRange(us, chart)) {
        points.push({ x: chart.x(us), y: 18, row, kind: kindOf(ending), shape: ending });
      }
    }
    if (lost.length) {
      chart.root.append(svg("text", { x: chart.left - 9, y: 22, "text-anchor": "end" }, "lost"));
    }
    marks(chart, points, true);
    chart.points.push(...points);
    for (const [title, value] of levels) {
      const height = round(y(value));
      chart.root.append(
        svg("path", { class: "level", d: `M${chart.left} ${height}H${chart.width - chart.right}` }));
    }
    finish(chart, 0, bottom);
  }

  function showLate() {
    const series = runs.map((run, which) => ({
      kind: isPair ? "dots " + "ab"[which] : "dots sent",
      rows: rowsWith(which, (i) => run.late[i]),
    }));
    const lost = isPair ? [] : rowsWith(0, (i) => (LOST.has(one.state(i)) ? one.state(i) : null));
    const late = one.summary.late_us;
    showPoints("late", "How late each cue left, over the show", series, lost,
      isPair || !late ? [] : [["p50", late.p50], ["p99", late.p99]]);
    $("late-aside").textContent = isPair || !late ? ""
      : `after its moment; dashed: half of all below ${span(late.p50)}, 99 of 100 below ${span(late.p99)}`;
  }

  function showTrips() {
    const series = runs.map((run, which) => ({
      kind: isPair ? "dots " + "ab"[which] : "dots sent",
      rows: rowsWith(which, (i) => run.trip[i]),
    }));
    const trip = one.summary.round_trip_us;
    showPoints("trips", "The round trip of each cue, over the show", series, [],
      isPair || !trip ? [] : [["p50", trip.p50], ["p99", trip.p99]]);
    $("trips-aside").textContent = isPair || !trip ? ""
      : `from the request's flush to its answer; dashed: median ${span(trip.p50)}, p99 ${span(trip.p99)}`;
  }

  function rowsWith(which, value) {
    const rows = [];
    for (let row = 0; row < rowCount; row++) {
      const i = place(row, which);
      if (i === null || runs[which].at[i] === null) continue;
      const found = value(i);
      if (found !== null) rows.push([row, runs[which].at[i], found]);
    }
    return rows;
  }

  function showSpread() {
    const all = runs.map((run) => run.summary.late_us?.histogram);
    const node = $("spread");
    if (!all[0]) {
      node.closest("section").hidden = true;
      return;
    }
    const used = all.filter(Boolean);
    const has = (bin) => used.some((bins) => bins[bin].count > 0);
    let first = 0;
    let last = all[0].length - 1;
    while (!has(first)) first++;
    while (!has(last)) last--;
    const most = Math.max(...used.flatMap((bins) => bins.map(({ count }) => count)));
    const width = Math.max(260, node.clientWidth);
    const row = Math.max(isPair ? 34 : 22, Math.min(34, 216 / (last - first + 1)));
    const height = (last - first + 1) * row + 16;
    const root = svg("svg", {
      viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": "How many cues were how late",
    });
    const bounds = all[0].map(({ below }) => below);
    for (let bin = first; bin <= last; bin++) {
      const y = 8 + (bin - first) * row;
      const [low, lowUnit] = power(bounds[bin - 1] ?? 0).split(" ");
      const [high, highUnit] = power(bounds[bin] ?? 0).split(" ");
      const text = bin === 0 ? `< ${high} ${highUnit}` : bounds[bin] === null ? `≥ ${low} ${lowUnit}`
        : lowUnit === highUnit ? `${low}–${high} ${highUnit}` : `${low} ${lowUnit}–${high} ${highUnit}`;
      root.append(svg("text", { x: 80, y: y + row / 2 + 4, "text-anchor": "end" }, text));
      const bars = used.length;
      used.forEach((bins, which) => {
        const count = bins[bin].count;
        const length = count ? Math.max(2, count / most * (width - 90 - 62)) : 0;
        const thick = (row - 6) / bars;
        const top = y + 3 + which * thick;
        root.append(
          svg("rect", { class: which ? "bar b" : "bar", x: 90, y: round(top), rx: 2,
            width: round(length), height: round(thick - (bars > 1 ? 1 : 0)) }),
          count || bars === 1
            ? svg("text", { x: round(90 + length + 7), y: round(top + thick / 2 + 4) }, number(count))
            : null);
      });
    }
    node.replaceChildren(root);
  }

  // ---- Pointing at charts ----

  function finish(chart, top, bottom) {
    const { root, node } = chart;
    const near = svg("circle", { class: "near", r: 8, visibility: "hidden" });
    const selection = svg("rect", { class: "selection", y: top, height: bottom - top, width: 0 });
    const hit = svg("rect", {
      class: "hit", x: chart.left, y: 0, width: chart.width - chart.left - chart.right,
      height: bottom,
    });
    root.append(selection, near, hit);
    node.replaceChildren(root);
    const scale = () => chart.width / root.getBoundingClientRect().width;
    const position = (event) => {
      const box = root.getBoundingClientRect();
      return [(event.clientX - box.left) * scale(), (event.clientY - box.top) * scale()];
    };
    const nearest = (x, y) => {
      let best = null;
      let distance = 22 * 22;
      for (const point of chart.points) {
        const d = (point.x - x) ** 2 + (point.y - y) ** 2;
        if (d < distance) [best, distance] = [point, d];
      }
      return best;
    };
    let from = null;
    hit.addEventListener("pointermove", (event) => {
      const [x, y] = position(event);
      if (from !== null && Math.abs(x - from) > 6) {
        selection.setAttribute("x", Math.min(x, from));
        selection.setAttribute("width", Math.abs(x - from));
        hideTip();
        return;
      }
      const point = nearest(x, y);
      near.setAttribute("visibility", point ? "visible" : "hidden");
      hit.style.cursor = point ? "pointer" : "";
      if (!point) return hideTip();
      near.setAttribute("cx", point.x);
      near.setAttribute("cy", point.y);
      showTip(tipOf(point.row), event);
    });
    hit.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      from = position(event)[0];
      hit.setPointerCapture(event.pointerId);
    });
    hit.addEventListener("pointerup", (event) => {
      const [x, y] = position(event);
      const start = from;
      from = null;
      selection.setAttribute("width", 0);
      if (start !== null && Math.abs(x - start) > 6) {
        const ends = [chart.us(Math.min(x, start)), chart.us(Math.max(x, start))];
        return look([Math.max(ends[0], whole[0]), Math.min(ends[1], whole[1])]);
      }
      const point = nearest(x, y);
      if (point) reveal(point.row);
    });
    hit.addEventListener("pointercancel", () => { from = null; });
    hit.addEventListener("pointerleave", () => {
      near.setAttribute("visibility", "hidden");
      hideTip();
    });
  }

  function tipOf(row) {
    const lines = [name(row) + (hasChannels ? " on " + channel(row) : "")];
    runs.forEach((run, which) => {
      const i = place(row, which);
      if (i === null) return;
      const title = isPair ? (which ? "second: " : "first: ") : "";
      const ending = run.state(i);
      lines.push(`${title}planned ${planned(run.at[i])}`);
      lines.push(`${title}${word(ending)}${ending === "sent" ? `, ${span(run.late[i])} late` : ""}`
        + (run.why(i) ? `: ${run.why(i)}` : ""));
    });
    return lines.join("\n");
  }

  function showTip(text, event) {
    const tip = $("tip");
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const y = event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12
      : event.clientY + 18;
    tip.style.transform = `translate(${Math.max(8, x)}px, ${y}px)`;
  }
  function hideTip() { $("tip").hidden = true; }

  function look(part) {
    // Closer than a tenth of a second there is nothing to see.
    if (part && part[1] - part[0] < 1e5) return;
    const isWhole = !part || (part[0] <= whole[0] && part[1] >= whole[1]);
    state.range = isWhole ? null : part;
    state.page = 0;
    refresh();
    showCharts();
  }

  function zoom(how) {
    const [from, to] = range();
    const length = to - from;
    const within = ([a, b]) => {
      const size = Math.min(b - a, whole[1] - whole[0]);
      const start = Math.max(whole[0], Math.min(a, whole[1] - size));
      return [start, start + size];
    };
    const parts = {
      in: [from + length / 4, to - length / 4], out: [from - length / 2, to + length / 2],
      back: [from - length / 2, to - length / 2], on: [from + length / 2, to + length / 2],
    };
    look(how === "all" ? null : within(parts[how]));
  }

  function showLegend() {
    const sign = (kind, shape) => svg("svg", { viewBox: "0 0 16 14", "aria-hidden": "true" },
      svg("path", { class: kind, d: shape }));
    const entry = (kind, shape, text) => el("li", {}, sign(kind, shape), text);
    const states = new Set();
    if (!isPair) for (let i = 0; i < one.count; i++) states.add(one.state(i));
    const entries = isPair
      ? [entry("dots a", SHAPES.sent(8, 7), "first"), entry("dots b", SHAPES.sent(8, 7), "second")]
      : [entry("planned", "M8 0v14", "planned"),
        ...[...ENDINGS, "open"].filter((ending) => states.has(ending)).map((ending) =>
          entry(kindOf(ending), SHAPES[ending](8, 7), word(ending)))];
    const words = new Set(runs[0].raw.bands.map(({ kind }) => kind));
    const names = { off_air: "off the air", hold: "held", asleep: "stood still" };
    if (words.size) {
      const text = [...words].map((kind) => names[kind]).join(", ");
      entries.push(entry("band", "M0 0H16V14H0z", isPair ? `${text} (first)` : text));
    }
    $("legend").replaceChildren(...entries);
  }

  function showCharts() {
    if (!whole) {
      $("show-section").hidden = true;
      $("late-section").hidden = true;
      $("trips-section").hidden = true;
    } else {
      showTimeline();
      showLate();
      showTrips();
    }
    showSpread();
    for (const button of $("zoom").children) {
      const how = button.dataset.zoom;
      button.disabled = ["all", "out"].includes(how) ? !state.range
        : how === "in" ? !whole || range()[1] - range()[0] < 2e5
          : !state.range || (how === "back" ? state.range[0] <= whole[0] : state.range[1] >= whole[1]);
    }
  }

  // ---- The rest ----

  function tallyOf(tally, isInside) {
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

  function showAnswers() {
    const ids = new Set(runs.map((run) => run.summary.run?.id));
    const tallies = (data.answers ?? []).filter(({ run }) => run === "" || ids.has(run));
    $("answers-section").hidden = tallies.length === 0;
    $("answers").append(...tallies.map((tally) => tallyOf(tally, false)));
  }

  const KINDS = {
    stream_aligned: "zero", stream_session: "stream", stream_changed: "stream",
    clock_stepped: "clock", suspended: "asleep", operator: "operator", sheet_reloaded: "reload",
    run_resumed: "resumed", hook_failed: "hook",
  };

  function showHappenings() {
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

  function showLines() {
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

  function showFacts() {
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

  // ---- All together ----

  function refresh() {
    select();
    showTableHead();
    showTable();
    markTab();
  }

  $("table-head").addEventListener("click", (event) => {
    const key = event.target.closest("button")?.dataset.sort;
    if (!key) return;
    const isNumber = columns.find((column) => column.key === key).class?.includes("number");
    if (state.sort === key) state.isDown = !state.isDown;
    else Object.assign(state, { sort: key, isDown: Boolean(isNumber) && key !== "at" && key !== "first" });
    state.page = 0;
    refresh();
    $("table-head").querySelector(`[data-sort="${key}"]`).focus();
  });
  $("table-body").addEventListener("click", (event) => {
    const line = event.target.closest("tr.cue");
    // Whoever marks text in a row does not mean to open it.
    if (line && (event.target.closest("button") || getSelection().isCollapsed)) {
      toggle(Number(line.dataset.row));
    }
  });
  $("endings").addEventListener("click", (event) => {
    const tab = event.target.closest("button")?.dataset.tab;
    if (!tab) return;
    Object.assign(state, { tab, page: 0 });
    refresh();
  });
  $("search").addEventListener("input", (event) => {
    Object.assign(state, { text: event.target.value, page: 0 });
    refresh();
  });
  $("previous").addEventListener("click", () => { state.page--; showTable(); });
  $("next").addEventListener("click", () => { state.page++; showTable(); });
  $("zoom").addEventListener("click", (event) => {
    const how = event.target.closest("button")?.dataset.zoom;
    if (how) zoom(how);
  });
  addEventListener("beforeprint", () => {
    Object.assign(state, { size: PRINTED, page: 0 });
    showTable();
  });
  addEventListener("afterprint", () => {
    Object.assign(state, { size: PAGE, page: 0 });
    showTable();
  });

  $("main").hidden = false;
  showHead();
  showRuns();
  showLegend();
  showTabs();
  refresh();
  showAnswers();
  showHappenings();
  showLines();
  showFacts();
  showCharts();
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    showCharts();
  });
})();
