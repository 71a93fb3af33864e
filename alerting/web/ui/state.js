// What the engine is doing: rules, targets, and the engine itself.

import {empty, h, seconds, when} from "./dom.js";
import {v1} from "./api.js";

const graphLink = (expression) => `#/graph?expr=${encodeURIComponent(expression)}`;
const labelsText = (labels) => Object.entries(labels || {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ");

function ruleRow(rule) {
  const bad = rule.health === "err";
  const state = rule.type === "alerting" ? rule.state : "recording";
  return h("tr", {}, h("td", {}, h("strong", {}, rule.name), h("div", {class: "soft"}, labelsText(rule.labels))),
    h("td", {}, h("span", {class: `badge ${state}`}, state)),
    h("td", {}, h("a", {class: "code", href: graphLink(rule.query)}, rule.query),
      rule.duration ? h("div", {class: "soft"}, `for ${seconds(rule.duration)}`) : null,
      bad ? h("div", {class: "fault"}, rule.lastError) : null),
    h("td", {class: "number"}, seconds(rule.evaluationTime)),
    h("td", {class: "number"}, when(rule.lastEvaluation)));
}

export function rules() {
  return {title: "Rules", refresh: true, async elements() {
    const {data} = await v1("rules");
    return [h("h1", {}, "Rules"), ...(data.groups.length ? [] : [empty("No rules are loaded.")]),
      ...data.groups.flatMap((group) => [
        h("h2", {}, group.name, h("span", {class: "soft"}, ` ${group.file}, every ${seconds(group.interval)}`)),
        h("div", {class: "wide"}, h("table", {}, h("tr", {}, ["Rule", "State", "Expression", "Took", "Evaluated"].map(
          (title) => h("th", {}, title))), group.rules.map(ruleRow)))])];
  }};
}

function targetCard(target) {
  return h("article", {class: `card ${target.health}`},
    h("div", {class: "top"}, h("span", {class: `badge ${target.health}`}, target.health),
      h("a", {class: "name", href: target.scrapeUrl}, target.scrapeUrl),
      h("span", {class: "right"}, h("span", {}, "scraped ", when(target.lastScrape)),
        h("span", {}, `took ${seconds(target.lastScrapeDuration)}`))),
    target.lastError ? h("p", {class: "fault"}, target.lastError) : null,
    h("div", {class: "labels"}, Object.entries(target.labels).map(([name, value]) =>
      h("span", {class: "label"}, `${name}=${JSON.stringify(value)}`))));
}

export function targets() {
  return {title: "Targets", refresh: true, async elements() {
    const {data} = await v1("targets", {state: "active"});
    const jobs = Map.groupBy ? Map.groupBy(data.activeTargets, (target) => target.scrapePool)
      : data.activeTargets.reduce((map, target) => map.set(target.scrapePool, [...(map.get(target.scrapePool) || []), target]), new Map());
    return [h("h1", {}, "Targets"), ...(jobs.size ? [] : [empty("Nothing is scraped.")]),
      ...[...jobs].flatMap(([job, list]) => [
        h("h2", {}, job, h("span", {class: "soft"}, ` ${list.filter((target) => target.health === "up").length} of ${
          list.length} up`)), ...list.map(targetCard)])];
  }};
}

/// Without what the APIs have for Go's sake, and what is empty.
function factsTable(facts) {
  const told = Object.entries(facts).filter(([name, value]) => value !== "" && !/^go/i.test(name));
  return h("table", {}, told.map(([name, value]) => h("tr", {}, h("th", {}, name),
    h("td", {class: "code"}, typeof value === "object" ? JSON.stringify(value) : String(value)))));
}

export function status() {
  return {title: "Status", async elements() {
    const [runtime, build, flags, config, head] = await Promise.all(
      ["status/runtimeinfo", "status/buildinfo", "status/flags", "status/config", "status/tsdb"].map((path) => v1(path)));
    return [h("h1", {}, "Status"), factsTable({...build.data, ...runtime.data}),
      h("h2", {}, "Storage"), factsTable(head.data.headStats || {}),
      h("h2", {}, "Flags"), factsTable(flags.data),
      h("h2", {}, "Configuration"), config.data.yaml ? h("pre", {class: "code"}, config.data.yaml)
        : empty("No prometheus.yml was given.")];
  }};
}
