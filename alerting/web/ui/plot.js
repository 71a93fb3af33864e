// Series over time as an SVG: axes with round numbers, gaps where there is no value, a cursor that reads values.

import {h, svg} from "./dom.js";

const WIDTH = 1000;
const HEIGHT = 350;
const LEFT = 62;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;
const COLOURS = ["#3b7dd8", "#d9772b", "#3a9d5d", "#b84fc0", "#c9403a", "#1f9aa5", "#8a7a2e", "#6f62d2", "#cf5f91", "#6b8e23"];
export const colour = (index) => COLOURS[index % COLOURS.length];

export function short(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const steps = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  for (const [unit, letter] of steps) if (size >= unit) return `${+(value / unit).toPrecision(4)}${letter}`;
  return size !== 0 && size < 1e-3 ? value.toExponential(2) : String(+value.toPrecision(4));
}

function roundStep(span, count) {
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= raw);
}

function valueTicks(low, high) {
  const step = roundStep(high - low, 6);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) ticks.push(tick);
  return ticks;
}

const TIME_STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 604800];

function timeTicks(start, end) {
  const step = TIME_STEPS.find((candidate) => (end - start) / candidate <= 8) || 2592000;
  const shift = new Date(start * 1000).getTimezoneOffset() * 60;
  const ticks = [];
  for (let tick = Math.ceil((start - shift) / step) * step + shift; tick <= end; tick += step) ticks.push(tick);
  return ticks;
}

function timeText(seconds, span) {
  const date = new Date(seconds * 1000);
  if (span > 2 * 86400) return date.toLocaleDateString([], {month: "short", day: "numeric"});
  return date.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", ...(span < 600 && {second: "2-digit"}), hour12: false});
}

/// `series`: [{name, values: [[seconds, "number"], …]}]; `start`, `end`, `step` in seconds. Returns the elements.
export function plot(series, {start, end, step}) {
  const hidden = new Set();
  const drawing = svg("svg", {class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": `${series.length} series over time`});
  const legend = h("div", {class: "legend"});
  const x = (time) => LEFT + (time - start) / (end - start || 1) * (WIDTH - LEFT - RIGHT);
  const points = series.map(({values}) => values.map(([time, value]) => [time, Number(value.replace("Inf", "Infinity"))]));
  const texts = [];

  function range() {
    let low = Infinity;
    let high = -Infinity;
    points.forEach((list, index) => hidden.has(index) || list.forEach(([, value]) => {
      if (Number.isFinite(value)) { low = Math.min(low, value); high = Math.max(high, value); }
    }));
    if (low > high) return [0, 1];
    if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high) * 1.1];
    if (low > 0 && low < high / 2) low = 0;
    return [low, high + (high - low) * 0.05];
  }

  function draw() {
    const [low, high] = range();
    const y = (value) => HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    const parts = [];
    for (const tick of valueTicks(low, high)) {
      parts.push(svg("line", {class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick)}),
        svg("text", {x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end"}, short(tick)));
    }
    for (const tick of timeTicks(start, end)) {
      parts.push(svg("line", {class: "grid", x1: x(tick), x2: x(tick), y1: TOP, y2: HEIGHT - BOTTOM}),
        svg("text", {x: x(tick), y: HEIGHT - 8, "text-anchor": "middle"}, timeText(tick, end - start)));
    }
    points.forEach((list, index) => {
      if (hidden.has(index)) return;
      let path = "";
      let before = -Infinity;
      for (const [time, value] of list) {
        if (!Number.isFinite(value)) { before = -Infinity; continue; }
        path += `${time - before > step * 1.5 ? "M" : "L"}${x(time).toFixed(1)},${y(value).toFixed(1)}`;
        // A lone point is drawn as a short stroke.
        if (time - before > step * 1.5) path += `h0.01`;
        before = time;
      }
      parts.push(svg("path", {class: "line", d: path, stroke: colour(index)}));
    });
    drawing.replaceChildren(...parts);
  }

  function valueAt(list, time) {
    let best = null;
    for (const [at, value] of list) if (Math.abs(at - time) <= step / 2) best = value;
    return best;
  }

  drawing.addEventListener("mousemove", (event) => {
    const box = drawing.getBoundingClientRect();
    const at = start + ((event.clientX - box.left) / box.width * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT) * (end - start);
    if (at < start || at > end) return;
    const time = start + Math.round((at - start) / step) * step;
    drawing.querySelector(".cursor")?.remove();
    drawing.append(svg("line", {class: "cursor", x1: x(time), x2: x(time), y1: TOP, y2: HEIGHT - BOTTOM}));
    texts.forEach((text, index) => {
      const value = valueAt(points[index], time);
      text.textContent = value === null ? "" : short(value);
    });
    drawing.setAttribute("aria-description", new Date(time * 1000).toLocaleString());
  });
  drawing.addEventListener("mouseleave", () => { drawing.querySelector(".cursor")?.remove(); showLast(); });

  const showLast = () => texts.forEach((text, index) => {
    const last = points[index][points[index].length - 1];
    text.textContent = last ? short(last[1]) : "";
  });

  series.forEach(({name}, index) => {
    const swatch = h("span", {class: "swatch"});
    swatch.style.background = colour(index);
    const value = h("span", {class: "value"});
    texts.push(value);
    const button = h("button", {type: "button", "aria-pressed": "true", title: "Click to hide, double-click to see it alone",
      onclick: () => toggle(index), ondblclick: () => only(index)}, swatch, h("span", {}, name), value);
    legend.append(button);
  });
  const mark = () => [...legend.children].forEach((button, index) =>
    button.setAttribute("aria-pressed", String(!hidden.has(index))));
  const toggle = (index) => { hidden.has(index) ? hidden.delete(index) : hidden.add(index); mark(); draw(); };
  const only = (index) => {
    series.forEach((_, other) => other === index ? hidden.delete(other) : hidden.add(other));
    mark();
    draw();
  };
  draw();
  showLast();
  return [drawing, legend];
}
