// Elements without a template language: every text is set as text, so nothing that a label holds can become markup.

/// h("a", {href: "#/x", class: "soft"}, "text", element, [more]): attributes that are functions become listeners.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(key.replace(/^on/, ""), value);
    else if (key in element && typeof value !== "string") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.flat(Infinity));
  return element;
}

/// "12.3 ms", "5 min", "2 h": two digits are enough to look at.
export function seconds(value) {
  if (value < 1) return `${+(value * 1000).toPrecision(3)} ms`;
  if (value < 90) return `${+value.toPrecision(3)} s`;
  if (value < 5400) return `${Math.round(value / 60)} min`;
  return value < 129600 ? `${Math.round(value / 3600)} h` : `${Math.round(value / 86400)} d`;
}

const timeElement = (time, text) => h("time", {datetime: time, title: new Date(time).toLocaleString()}, text);
const sinceThen = (time) => Math.round((Date.now() - new Date(time).getTime()) / 1000);

/// "5 min ago", "in 2 h"; "never" for the year 1 that the APIs use for it.
export function when(time) {
  const past = sinceThen(time);
  if (new Date(time).getFullYear() < 1970) return "never";
  return timeElement(time, past >= 0 ? `${seconds(past)} ago`.replace("0 ms", "0 s") : `in ${seconds(-past)}`);
}

/// "for 5 min": how long it has lasted.
export const lasting = (time) => timeElement(time, `for ${seconds(Math.max(1, sinceThen(time)))}`);

export function notice(text) {
  const box = document.getElementById("notice");
  box.textContent = text;
  clearTimeout(box.timer);
  box.timer = setTimeout(() => { box.textContent = ""; }, 6000);
}

export const fault = (error) => h("p", {class: "fault"}, String(error.message || error));
export const empty = (text) => h("p", {class: "empty"}, text);
