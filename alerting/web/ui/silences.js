// Silences: which there are, how to end one, and how to make one with a look at what it would silence.

import {empty, fault, h, notice, when} from "./dom.js";
import {expireSilence, postSilence, v2} from "./api.js";
import {matcherText, matchersText, parseDuration, parseMatchers} from "./matchers.js";

function silenceCard(silence) {
  const {state} = silence.status;
  const again = `#/silences/new?filter=${encodeURIComponent(matchersText(silence.matchers))}&comment=${
    encodeURIComponent(silence.comment)}`;
  return h("article", {class: "card"},
    h("div", {class: "top"}, h("span", {class: `badge ${state}`}, state),
      h("span", {class: "name code"}, matchersText(silence.matchers)),
      h("span", {class: "right"},
        state === "expired" ? h("a", {href: again}, "Make again") : h("button", {class: "plain", type: "button",
          onclick: async (event) => {
            event.target.disabled = true;
            try {
              await expireSilence(silence.id);
              notice("The silence has ended.");
              dispatchEvent(new HashChangeEvent("hashchange"));
            } catch (error) {
              event.target.disabled = false;
              notice(error.message);
            }
          }}, "Expire"))),
    h("p", {class: "text"}, silence.comment),
    h("p", {class: "text soft"}, `by ${silence.createdBy}, `,
      state === "pending" ? ["begins ", when(silence.startsAt), ", "] : [],
      state === "expired" ? "ended " : "ends ", when(silence.endsAt), h("span", {class: "code"}, `  ${silence.id}`)));
}

export function silences() {
  return {title: "Silences", refresh: true, async elements() {
    const all = await v2("silences");
    const section = (state, title) => {
      const some = all.filter((silence) => silence.status.state === state);
      return some.length ? [h("h2", {}, title), ...some.map(silenceCard)] : [];
    };
    return [h("div", {class: "bar"}, h("h1", {class: "grow"}, "Silences"), h("a", {href: "#/silences/new"}, "New silence")),
      ...(all.length ? [] : [empty("There are no silences.")]),
      ...section("active", "In force"), ...section("pending", "To come"), ...section("expired", "Expired")];
  }};
}

export function newSilence(parameters) {
  const affected = h("div", {class: "whole"});
  const matchers = h("textarea", {name: "matchers", rows: "2", required: true, spellcheck: "false", id: "matchers",
    placeholder: "{alertname=\"HighErrorRate\", pool=\"blue\"}"});
  matchers.value = parameters.get("filter") || "";
  const preview = async () => {
    try {
      const list = parseMatchers(matchers.value);
      if (!list.length) return affected.replaceChildren();
      const found = await v2("alerts", list.map((matcher) => ["filter", matcherText(matcher)]));
      affected.replaceChildren(h("p", {class: "soft"}, found.length ? `Silences ${found.length} of the alerts now known:`
        : "Silences none of the alerts now known."), ...found.slice(0, 10).map((alert) => h("p", {class: "text code"},
        `${alert.labels.alertname || ""} `, h("span", {class: "soft"}, matchersText(Object.entries(alert.labels)
          .filter(([name]) => name !== "alertname").map(([name, value]) => ({name, value})))))));
    } catch (error) {
      affected.replaceChildren(fault(error));
    }
  };
  let waiting;
  matchers.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(preview, 300); });
  const form = h("form", {class: "fields", onsubmit: async (event) => {
    event.preventDefault();
    const field = form.elements;
    try {
      const now = Date.now();
      const list = parseMatchers(field.matchers.value);
      const {silenceID} = await postSilence({matchers: list, startsAt: new Date(now).toISOString(),
        endsAt: new Date(now + parseDuration(field.duration.value)).toISOString(),
        createdBy: field.author.value.trim(), comment: field.comment.value.trim()});
      localStorage.setItem("author", field.author.value.trim());
      notice(`The silence ${silenceID} is in force.`);
      location.hash = "#/silences";
    } catch (error) {
      notice(error.message);
    }
  }},
  h("label", {for: "matchers"}, "Alerts with"), matchers,
  h("label", {for: "duration"}, "For"), h("input", {name: "duration", id: "duration", required: true, value: "2h",
    list: "durations"}),
  h("datalist", {id: "durations"}, ["30m", "1h", "2h", "4h", "1d", "1w"].map((value) => h("option", {value}))),
  h("label", {for: "author"}, "Your name"), h("input", {name: "author", id: "author", required: true,
    value: localStorage.getItem("author") || ""}),
  h("label", {for: "comment"}, "Why"), h("input", {name: "comment", id: "comment", required: true,
    value: parameters.get("comment") || ""}),
  affected, h("div", {class: "whole"}, h("button", {class: "do"}, "Silence")));
  return {title: "New silence", async elements() {
    await preview();
    return [h("h1", {}, "New silence"), form];
  }};
}
