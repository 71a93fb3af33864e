// An expression, as a table of now and as a graph.

import {empty, fault, h} from "./dom.js";
import {v1} from "./api.js";
import {plot} from "./plot.js";

const RANGES = {"5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "3h": 10800, "6h": 21600, "12h": 43200, "1d": 86400,
  "1w": 604800};
const POINTS = 250;
const MOST_SERIES = 100;

export function seriesName(labels) {
  const {__name__: name = "", ...rest} = labels;
  const list = Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(", ");
  return list ? `${name}{${list}}` : name || "{}";
}

function table(data) {
  if (data.resultType === "scalar" || data.resultType === "string") return h("p", {class: "code"}, data.result[1]);
  if (!data.result.length) return empty("No series match.");
  return h("div", {class: "wide"}, h("table", {}, h("tr", {}, h("th", {}, "Series"), h("th", {}, "Value")),
    data.result.map((series) => h("tr", {}, h("td", {class: "code"}, seriesName(series.metric)),
      h("td", {class: "number"}, series.value ? series.value[1]
        : (series.values || []).map(([time, value]) => h("div", {}, `${value} @${time}`)))))));
}

async function draw(expression, tab, range) {
  if (tab === "table") {
    const {data, warnings} = await v1("query", {query: expression});
    return [...warnings.map((text) => h("p", {class: "soft"}, text)), table(data)];
  }
  const span = RANGES[range];
  const step = Math.max(1, Math.ceil(span / POINTS));
  const end = Math.floor(Date.now() / 1000 / step) * step;
  const start = end - Math.floor(span / step) * step;
  const {data, warnings} = await v1("query_range", {query: expression, start, end, step});
  const series = data.result.map(({metric, values}) => ({name: seriesName(metric), values}));
  const notes = warnings.map((text) => h("p", {class: "soft"}, text));
  if (!series.length) return [...notes, empty("No series match in this time.")];
  if (series.length > MOST_SERIES) notes.push(h("p", {class: "soft"}, `The first ${MOST_SERIES} of ${series.length} series.`));
  return [...notes, ...plot(series.slice(0, MOST_SERIES), {start, end, step})];
}

export function graph(parameters) {
  const expression = parameters.get("expr") || parameters.get("g0.expr") || "";
  const range = parameters.get("range") in RANGES ? parameters.get("range") : "30m";
  const tab = parameters.get("tab") === "table" ? "table" : "graph";
  const go = (changes) => {
    location.hash = `#/graph?${new URLSearchParams({expr: expression, range, tab, ...changes})}`;
  };
  const names = h("datalist", {id: "metrics"});
  const input = h("textarea", {class: "grow", rows: String(Math.min(8, Math.max(2, expression.split("\n").length))),
    spellcheck: "false", "aria-label": "PromQL expression", placeholder: "rate(nginx_access_requests_total[1m])",
    onkeydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); go({expr: input.value}); }
    }});
  input.value = expression;
  const pick = h("input", {list: "metrics", placeholder: "Insert a metric", "aria-label": "Insert a metric",
    onchange: () => { input.setRangeText(pick.value, input.selectionStart, input.selectionEnd, "end"); pick.value = ""; input.focus(); }});
  const form = h("form", {onsubmit: (event) => { event.preventDefault(); go({expr: input.value}); }},
    h("div", {class: "bar"}, input),
    h("div", {class: "bar"}, h("button", {class: "do"}, "Ask"), pick, names,
      h("label", {}, "Over ", h("select", {onchange: (event) => go({range: event.target.value, expr: input.value})},
        Object.keys(RANGES).map((name) => h("option", {value: name, selected: name === range}, name)))),
      ["graph", "table"].map((name) => h("label", {}, h("input", {type: "radio", name: "tab", checked: name === tab,
        onchange: () => go({tab: name, expr: input.value})}), ` ${name}`))));
  return {title: "Graph", async elements() {
    v1("label/__name__/values").then(({data}) => names.replaceChildren(...data.map((value) => h("option", {value}))), () => {});
    const result = expression ? await draw(expression, tab, range).catch((error) => [fault(error)])
      : [empty("Ask for an expression; Enter runs it, Shift+Enter begins a new line.")];
    return [h("h1", {}, "Graph"), form, ...result];
  }};
}
