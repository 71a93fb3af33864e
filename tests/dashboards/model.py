"""What a dashboard must be to load in Grafana 7.5 and in 12 alike; dashboards/README.md says where the limits come from."""

import fnmatch
import itertools
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards"
METRICS = ROOT / "docs/METRICS.md"

PANEL_TYPES = {"graph", "stat", "gauge", "table", "row", "text"}
SCHEMA_VERSIONS = {27}
COLUMNS = 24

# What docs/METRICS.md has no list of: what rules write.
OTHER_METRICS = {"ALERTS"}
HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")
NO_METRICS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
# A modifier's label list, a selector's matchers, a string, a range.
NO_NAMES = re.compile(r'"[^"]*"|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\{[^}]*\}|\[[^\]]*\]')


def load_all():
    return {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def expressions(dashboard):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]


def metrics_of(expression):
    plain = NO_NAMES.sub(" ", re.sub(r'"[^"]*"', '""', expression))
    names = re.findall(r"(?<![\w$.])[a-zA-Z_:][\w:]*(?!\w*\s*\()", plain)
    return {name for name in names if name.lower() not in NO_METRICS}


def documented_metrics(text):
    """Every name that docs/METRICS.md sets in backticks, with or without its labels; `a_{b,c}_d` stands for two names, and a
    star for any letters."""
    names = set()
    for quoted in re.findall(r"`([a-z][A-Za-z0-9_:*]*(?:\{[a-z_,]*\}[A-Za-z0-9_:*]+)*)(?:\{[^`]*\})?`", text):
        parts = [part.split(",") for part in re.split(r"[{}]", quoted)]
        names |= {"".join(choice) for choice in itertools.product(*parts)}
    return names


def metrics_in_tables(page):
    """The documented names that stand in the first column of a table."""
    rows = [line.split(" | ") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return set().union(*(documented_metrics(row[0]) for row in rows if len(row) >= 2))


def is_known(metric, known):
    bases = [metric] + [metric.removesuffix(end) for end in HISTOGRAM_SUFFIXES if metric.endswith(end)]
    return any(base in known for base in bases) or any(fnmatch.fnmatchcase(metric, name) for name in known)


def overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
            and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


def layout_faults(panels):
    for at, panel in enumerate(panels):
        here = panel["gridPos"]
        if here["x"] < 0 or here["y"] < 0 or min(here["w"], here["h"]) < 1 or here["x"] + here["w"] > COLUMNS:
            yield f"'{panel['title']}' leaves the {COLUMNS} columns"
        for other in panels[at + 1:]:
            if overlap(here, other["gridPos"]):
                yield f"'{panel['title']}' overlaps '{other['title']}'"


def panel_faults(panel):
    name = panel["title"]
    if panel["type"] not in PANEL_TYPES:
        yield f"'{name}' is of type {panel['type']}"
    if panel["type"] in ("row", "text"):
        return
    if not panel.get("description"):
        yield f"'{name}' has no description"
    if not panel.get("targets"):
        yield f"'{name}' asks nothing"
    references = [target["refId"] for target in panel.get("targets", [])]
    if len(set(references)) != len(references):
        yield f"'{name}' has a refId twice"
    if panel["type"] == "graph":
        if not panel["yaxes"][0].get("format"):
            yield f"'{name}' has no unit"
        if not (panel.get("lines") or panel.get("bars")):
            yield f"'{name}' draws neither lines nor bars"
    elif panel["type"] != "table" and not panel["fieldConfig"]["defaults"].get("unit"):
        yield f"'{name}' has no unit"


def faults(dashboard):
    """Messages on one dashboard; none when it is well."""
    found = [f"no {key}" for key in ("uid", "title", "description") if not dashboard.get(key)]
    if dashboard.get("schemaVersion") not in SCHEMA_VERSIONS:
        found.append(f"schemaVersion {dashboard.get('schemaVersion')}")
    panels = dashboard["panels"]
    ids = [panel["id"] for panel in panels]
    found += [f"panel id {i} is there twice" for i in sorted(set(ids)) if ids.count(i) > 1]
    found += layout_faults(panels)
    for panel in panels:
        found += panel_faults(panel)
    return found


def unknown_metrics(dashboard, known):
    return [f"'{title}' asks for {metric}" for title, expression in expressions(dashboard)
            for metric in sorted(metrics_of(expression)) if not is_known(metric, known)]
