// SPDX-License-Identifier: Apache-2.0
// One indicator over time: the value as a line, its bounds as a band, the limit dashed. SVG, so that type and colours are the page's.
const NS = "http://www.w3.org/2000/svg";
const W = 360, H = 132, LEFT = 46, RIGHT = 8, TOP = 10, BOTTOM = 20;

function node(name, attributes, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

export function number(value) {
  if (value === null || !Number.isFinite(value)) return "—";
  if (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

// The range of values, the limit with them unless it would flatten everything else.
function range(points, limit) {
  const all = points.flatMap((each) => [each.value, each.lower, each.upper]).filter((each) => Number.isFinite(each));
  let low = Math.min(...all), high = Math.max(...all);
  const span = high - low || Math.abs(high) || 1;
  if (limit !== null && limit > low - 4 * span && limit < high + 4 * span) {
    low = Math.min(low, limit); high = Math.max(high, limit);
  }
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  return [low >= 0 && low - pad < 0 ? 0 : low - pad, high + pad];
}

function ticks(low, high) {
  const rough = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(at);
  return found;
}

const clock = (t, seconds) => new Date(t * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}), hour12: false });

// points: [{t, value, lower, upper}] in order of time; null where there is none.
export function chart(host, points, limit, label) {
  host.replaceChildren();
  if (points.length < 2) return;
  const [low, high] = range(points, limit);
  const from = points[0].t, until = points[points.length - 1].t || from + 1;
  const x = (t) => LEFT + (W - LEFT - RIGHT) * (until === from ? 1 : (t - from) / (until - from));
  const y = (v) => TOP + (H - TOP - BOTTOM) * (1 - (v - low) / (high - low));
  const svg = node("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label });
  for (const at of ticks(low, high)) {
    svg.append(node("line", { x1: LEFT, x2: W - RIGHT, y1: y(at), y2: y(at), class: "grid" }));
    svg.append(node("text", { x: LEFT - 5, y: y(at) + 3.5, class: "tick end" }, number(at)));
  }
  const short = until - from < 300;
  svg.append(node("text", { x: LEFT, y: H - 5, class: "tick" }, clock(from, short)));
  svg.append(node("text", { x: W - RIGHT, y: H - 5, class: "tick end" }, clock(until, short)));
  const bounded = points.filter((each) => each.lower !== null && each.upper !== null);
  if (bounded.length > 1) {
    const upper = bounded.map((each) => `${x(each.t)},${y(each.upper)}`);
    const lower = bounded.map((each) => `${x(each.t)},${y(each.lower)}`).reverse();
    svg.append(node("polygon", { points: [...upper, ...lower].join(" "), class: "band" }));
  }
  for (const side of ["lower", "upper"]) {
    const line = points.filter((each) => each[side] !== null);
    if (line.length > 1) svg.append(node("polyline", { points: line.map((each) => `${x(each.t)},${y(each[side])}`).join(" "), class: "bound" }));
  }
  if (limit !== null && limit >= low && limit <= high) {
    svg.append(node("line", { x1: LEFT, x2: W - RIGHT, y1: y(limit), y2: y(limit), class: "limit" }));
  }
  const line = points.filter((each) => each.value !== null);
  svg.append(node("polyline", { points: line.map((each) => `${x(each.t)},${y(each.value)}`).join(" "), class: "value" }));
  const last = line[line.length - 1];
  if (last) svg.append(node("circle", { cx: x(last.t), cy: y(last.value), r: 3, class: "now" }));
  host.append(svg);
}
