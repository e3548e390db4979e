// Pointing at charts.

import { $, svg } from "./elements.js";
import { channel, hasChannels, isPair, name, place, runs } from "./runs.js";
import { whole } from "./view.js";
import { planned, span, word } from "./words.js";

/// Puts a chart in its place; `look` shows a part of the show, `reveal` a row of the table.
export function finish(chart, top, bottom, { look, reveal }) {
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
