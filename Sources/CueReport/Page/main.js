// The report page: what a log says of its run, or two logs of theirs.

import { $ } from "./elements.js";
import { showHead, showRuns } from "./head.js";
import { showFacts, showHappenings, showLines } from "./notes.js";
import { showLate, showSpread, showTrips } from "./points.js";
import { refresh, reveal, showTable, showTabs, toggle } from "./table.js";
import { showAnswers } from "./tallies.js";
import { showLegend, showTimeline } from "./timeline.js";
import { PAGE, PRINTED, columns, range, state, whole } from "./view.js";

const actions = { look, reveal };

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

function showCharts() {
  if (!whole) {
    $("show-section").hidden = true;
    $("late-section").hidden = true;
    $("trips-section").hidden = true;
  } else {
    showTimeline(actions);
    showLate(actions);
    showTrips(actions);
  }
  showSpread();
  for (const button of $("zoom").children) {
    const how = button.dataset.zoom;
    button.disabled = ["all", "out"].includes(how) ? !state.range
      : how === "in" ? !whole || range()[1] - range()[0] < 2e5
        : !state.range || (how === "back" ? state.range[0] <= whole[0] : state.range[1] >= whole[1]);
  }
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
