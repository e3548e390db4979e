// The show from its beginning to its end: each cue as planned and as sent.

import { SHAPES, frame, inRange, kindOf, marks, round, timeAxis } from "./charts.js";
import { $, el, svg } from "./elements.js";
import { finish } from "./pointing.js";
import { at, channel, isPair, name, one, other, place, rowCount, runs } from "./runs.js";
import { ENDINGS, clock, word } from "./words.js";

export function showTimeline(actions) {
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
  finish(chart, top, bottom, actions);
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

export function showLegend() {
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
