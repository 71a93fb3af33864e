// The pages and which of them is shown: the part of the address behind '#' names it, with its parameters.

import {fault} from "./dom.js";
import {alerts} from "./alerts.js";
import {silences, newSilence} from "./silences.js";
import {rules, targets, status} from "./state.js";
import {graph} from "./graph.js";

const PAGES = {"/alerts": alerts, "/silences": silences, "/silences/new": newSilence, "/rules": rules,
  "/targets": targets, "/graph": graph, "/status": status};
const REFRESH_MS = 5000;

let shown = 0;

/// A page is a function from its parameters to {title, elements, refresh}: elements may be a promise, and refresh
/// makes them anew every few seconds.
async function show() {
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  const place = path in PAGES ? path : "/alerts";
  const ticket = shown += 1;
  const main = document.getElementById("page");
  for (const link of document.querySelectorAll("nav a")) {
    if (place.startsWith(link.getAttribute("href").slice(1))) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const page = PAGES[place](new URLSearchParams(query));
  document.title = `${page.title} · Tocsin`;
  const draw = async () => {
    let elements;
    try {
      elements = await page.elements();
    } catch (error) {
      elements = [fault(error)];
    }
    // Another page may have been asked for meanwhile; what is being typed into stays.
    if (ticket === shown) main.replaceChildren(...elements);
  };
  await draw();
  while (page.refresh && ticket === shown) {
    await new Promise((resolve) => { setTimeout(resolve, REFRESH_MS); });
    if (ticket === shown && !document.hidden && !main.contains(document.activeElement)) await draw();
  }
}

addEventListener("hashchange", show);
show();
