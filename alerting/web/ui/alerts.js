// What is firing, in the groups that notifications come in, and what is about to.

import {empty, fault, h, lasting} from "./dom.js";
import {v1, v2} from "./api.js";
import {matcherText, matchersOf, matchersText, parseMatchers} from "./matchers.js";

const SEVERITIES = ["critical", "warning"];

export function silenceLink(labels) {
  return `#/silences/new?filter=${encodeURIComponent(matchersText(matchersOf(labels)))}`;
}

function labelButtons(labels, choose) {
  return h("div", {class: "labels"}, Object.entries(labels).filter(([name]) => name !== "alertname").map(
    ([name, value]) => h("button", {class: "label", type: "button", title: "Show only these",
      onclick: () => choose(name, value)}, `${name}=${JSON.stringify(value)}`)));
}

function stateOf(alert) {
  const {silencedBy = [], inhibitedBy = [], mutedBy = []} = alert.status || {};
  if (silencedBy.length) return ["suppressed", "silenced", `by ${silencedBy.join(", ")}`];
  if (inhibitedBy.length) return ["suppressed", "inhibited", "another alert stands for it"];
  if (mutedBy.length) return ["suppressed", "muted", `by ${mutedBy.join(", ")}`];
  return ["firing", "firing", ""];
}

function alertCard(alert, choose) {
  const [style, state, why] = stateOf(alert);
  const {summary, description, runbook_url: runbook, ...more} = alert.annotations || {};
  const severity = SEVERITIES.find((name) => name === alert.labels.severity) || "";
  return h("article", {class: `card ${severity}`},
    h("div", {class: "top"},
      h("span", {class: "name"}, alert.labels.alertname || "(no name)"),
      h("span", {class: `badge ${style}`, title: why}, state),
      h("span", {class: "soft"}, lasting(alert.startsAt)),
      h("span", {class: "right"},
        alert.generatorURL && /^https?:/.test(alert.generatorURL) ? h("a", {href: alert.generatorURL}, "Graph") : null,
        runbook && /^https?:/.test(runbook) ? h("a", {href: runbook}, "Runbook") : null,
        h("a", {href: silenceLink(alert.labels)}, "Silence"))),
    summary ? h("p", {class: "text"}, summary) : null,
    description && description !== summary ? h("p", {class: "text soft"}, description) : null,
    Object.keys(more).length ? h("details", {}, h("summary", {class: "soft"}, "More"),
      h("table", {}, Object.entries(more).map(([name, value]) => h("tr", {}, h("th", {}, name), h("td", {}, value))))) : null,
    labelButtons(alert.labels, choose));
}

function pendingCard(alert, choose) {
  return h("article", {class: "card pending"},
    h("div", {class: "top"}, h("span", {class: "name"}, alert.labels.alertname),
      h("span", {class: "badge pending"}, "pending"), h("span", {class: "soft"}, lasting(alert.activeAt))),
    alert.annotations.summary ? h("p", {class: "text"}, alert.annotations.summary) : null,
    labelButtons(alert.labels, choose));
}

function matches(labels, matchers) {
  return matchers.every(({name, value, isRegex, isEqual}) => {
    const given = labels[name] || "";
    return isEqual === (isRegex ? new RegExp(`^(?:${value})$`, "s").test(given) : given === value);
  });
}

export function alerts(parameters) {
  let filter = parameters.get("filter") || "";
  let quiet = parameters.get("silenced") === "true";
  const go = (changes) => {
    const next = new URLSearchParams({...(filter && {filter}), ...(quiet && {silenced: "true"}), ...changes});
    for (const [name, value] of [...next]) if (!value) next.delete(name);
    location.hash = `#/alerts${[...next].length ? `?${next}` : ""}`;
  };
  const choose = (name, value) => {
    const wanted = matcherText({name, value});
    const others = filter ? parseMatchers(filter).map(matcherText).filter((text) => text !== wanted) : [];
    go({filter: `{${[...others, wanted].join(", ")}}`});
  };
  const bar = h("form", {class: "bar", onsubmit: (event) => {
    event.preventDefault();
    go({filter: event.target.elements.filter.value.trim()});
  }},
  h("input", {class: "grow code", name: "filter", value: filter, placeholder: "Filter: severity=\"critical\", pool=~\"blue|green\"",
    "aria-label": "Filter by labels", spellcheck: "false"}),
  h("button", {class: "do"}, "Filter"),
  h("label", {}, h("input", {type: "checkbox", checked: quiet, onchange: (event) => go({silenced: event.target.checked ? "true" : ""})}),
    " show silenced and inhibited"),
  h("a", {href: "#/silences/new"}, "New silence"));

  return {title: "Alerts", refresh: true, async elements() {
    let matchers = [];
    try {
      matchers = filter ? parseMatchers(filter) : [];
      matchers.forEach((matcher) => matcher.isRegex && new RegExp(matcher.value));
    } catch (error) {
      return [h("h1", {}, "Alerts"), bar, fault(error)];
    }
    const query = [["silenced", quiet], ["inhibited", quiet], ["muted", quiet], ["active", true],
      ...matchers.map((matcher) => ["filter", matcherText(matcher)])];
    const [groups, own] = await Promise.all([v2("alerts/groups", query), v1("alerts")]);
    const pending = own.data.alerts.filter((alert) => alert.state === "pending" && matches(alert.labels, matchers));
    const told = new Set();
    const firing = groups.flatMap((group) => group.alerts.length === 0 ? [] : [
      h("h2", {}, Object.entries(group.labels).map(([name, value]) => `${name}=${value}`).join(", ") || "All together",
        h("span", {class: "soft"}, ` → ${group.receiver.name}`)),
      ...group.alerts.map((alert) => { told.add(alert.fingerprint); return alertCard(alert, choose); })]);
    return [h("h1", {}, "Alerts ", h("span", {class: "soft"}, `${told.size} firing, ${pending.length} pending`)), bar,
      ...(firing.length || pending.length ? [] : [empty(filter ? "No alert matches." : "Nothing is firing.")]),
      ...firing, ...(pending.length ? [h("h2", {}, "Pending")] : []),
      ...pending.map((alert) => pendingCard(alert, choose))];
  }};
}
