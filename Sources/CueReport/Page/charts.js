// What all charts have in common.

import { svg } from "./elements.js";
import { range } from "./view.js";
import { LOST, clock } from "./words.js";

export const SHAPES = {
  sent: (x, y) => `M${x} ${y}h.01`,
  missed: (x, y) => `M${x - 4} ${y - 4}l8 8m0-8l-8 8`,
  in_doubt: (x, y) => `M${x} ${y - 5.5}l5.5 5.5-5.5 5.5-5.5-5.5z`,
  skipped: (x, y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0`,
};
SHAPES.failed = SHAPES.missed;
SHAPES.open = SHAPES.skipped;
export const kindOf = (ending) => (ending === "sent" ? "dots sent"
  : LOST.has(ending) ? "cross " + ending : ending);
export const round = (value) => Math.round(value * 10) / 10;

/// The widths that charts share, so that a moment stands at the same place in all of them.
export function frame(node, height, label) {
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

export function timeAxis(chart, top, bottom) {
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
export function marks(chart, points, small) {
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

export function inRange(us, chart) { return us !== null && us >= chart.from && us <= chart.to; }
