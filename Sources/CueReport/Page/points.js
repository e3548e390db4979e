// How late cues were, and how long their round trips took.

import { frame, inRange, kindOf, marks, round, timeAxis } from "./charts.js";
import { $, svg } from "./elements.js";
import { finish } from "./pointing.js";
import { isPair, one, place, rowCount, runs } from "./runs.js";
import { whole } from "./view.js";
import { LOST, few, number, span } from "./words.js";

function power(value) {
  if (value >= 1e6) return few(value / 1e6, 1) + " s";
  return few(value / 1000, 1) + " ms";
}

/// Points over time on a logarithmic scale of microseconds.
function showPoints(id, label, series, lost, levels, actions) {
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
  finish(chart, 0, bottom, actions);
}

export function showLate(actions) {
  const series = runs.map((run, which) => ({
    kind: isPair ? "dots " + "ab"[which] : "dots sent",
    rows: rowsWith(which, (i) => run.late[i]),
  }));
  const lost = isPair ? [] : rowsWith(0, (i) => (LOST.has(one.state(i)) ? one.state(i) : null));
  const late = one.summary.late_us;
  showPoints("late", "How late each cue left, over the show", series, lost,
    isPair || !late ? [] : [["p50", late.p50], ["p99", late.p99]], actions);
  $("late-aside").textContent = isPair || !late ? ""
    : `after its moment; dashed: half of all below ${span(late.p50)}, 99 of 100 below ${span(late.p99)}`;
}

export function showTrips(actions) {
  const series = runs.map((run, which) => ({
    kind: isPair ? "dots " + "ab"[which] : "dots sent",
    rows: rowsWith(which, (i) => run.trip[i]),
  }));
  const trip = one.summary.round_trip_us;
  showPoints("trips", "The round trip of each cue, over the show", series, [],
    isPair || !trip ? [] : [["p50", trip.p50], ["p99", trip.p99]], actions);
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

export function showSpread() {
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
