"""What dashboards are put together from: panels, laid out from left to right and line by line.

Only panel types and options that Grafana 7.5 has and 12 still loads (README.md says how that was found out). A panel is a
dict in Grafana's dashboard model but for its id and place, which `dashboard()` gives it.
"""

COLUMNS = 24
RATE = "$__rate_interval"
BLUE_GREEN = ("Blue/Green", "tocsin-blue-green")
RED_LINE = "#E02F44"


def link(title, uid):
    return {"title": title, "url": f"/d/{uid}?${{__url_time_range}}"}


def _panel(kind, title, description, width, height, targets, links=()):
    return {"type": kind, "title": title, "description": description, "datasource": "$datasource",
            "gridPos": {"w": width, "h": height}, "targets": targets, "links": [link(*to) for to in links]}


def _target(index, expression, legend="", **more):
    return {"refId": chr(ord("A") + index), "expr": expression, "legendFormat": legend, **more}


def _steps(steps):
    """`steps`: the colour of what is below all, then (limit, colour) upwards."""
    first, *rest = steps
    return {"mode": "absolute", "steps": [{"color": first, "value": None}]
            + [{"color": colour, "value": limit} for limit, colour in rest]}


def _defaults(unit, steps, no_value=None, **more):
    defaults = {"unit": unit, "thresholds": _steps(steps), "color": {"mode": "thresholds"}, "mappings": [], **more}
    if no_value is not None:
        defaults["noValue"] = no_value
    return defaults


_REDUCE = {"values": False, "calcs": ["lastNotNull"], "fields": ""}


def _coloured(name, colour):
    return {"matcher": {"id": "byName", "options": name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]}


def stat(title, description, expression, *, unit="none", steps=("text",), legend="", width=4, height=5, text="value",
         spark=False, no_value=None, decimals=None, pools=False, names=None, links=()):
    """One value. `text`: "value", "name" or "value_and_name"; `names`: texts for values; `pools`: blue is blue."""
    more = {} if decimals is None else {"decimals": decimals}
    panel = _panel("stat", title, description, width, height,
                   [_target(0, expression, legend, **({} if spark else {"instant": True}))], links)
    panel["fieldConfig"] = {"defaults": _defaults(unit, steps, no_value, **more),
                            "overrides": [_coloured(pool, pool) for pool in ("blue", "green")] if pools else []}
    if names:
        panel["fieldConfig"]["defaults"]["mappings"] = [
            {"id": at + 1, "type": 1, "value": str(value), "text": name} for at, (value, name) in enumerate(names.items())]
    panel["options"] = {"reduceOptions": _REDUCE, "orientation": "auto", "text": {}, "colorMode": "value",
                        "graphMode": "area" if spark else "none", "justifyMode": "center", "textMode": text}
    return panel


def gauge(title, description, expression, *, unit="percentunit", steps=("green", (0.8, "orange"), (0.95, "red")),
          legend="", low=0, high=1, width=4, height=5, no_value=None, links=()):
    """A value between two ends; several series are several gauges."""
    panel = _panel("gauge", title, description, width, height, [_target(0, expression, legend, instant=True)], links)
    panel["fieldConfig"] = {"defaults": _defaults(unit, steps, no_value, min=low, max=high), "overrides": []}
    panel["options"] = {"reduceOptions": _REDUCE, "orientation": "auto", "text": {}, "showThresholdLabels": False,
                        "showThresholdMarkers": True}
    return panel


def graph(title, description, queries, *, unit, width=12, height=8, stack=False, steps=False, fill=1, line=1, low="0",
          high=None, decimals=None, legend="table", limit=None, below=None, links=()):
    """Lines over time. `queries`: (expression, legend) pairs. `limit`: the legend of a series drawn as a red dashed line;
    `below`: a regular expression of legends drawn downwards. `legend`: "table" (now and highest), "list" or "none"."""
    table = legend == "table"
    panel = _panel("graph", title, description, width, height,
                   [_target(at, expression, name) for at, (expression, name) in enumerate(queries)], links)
    overrides = []
    if limit:
        overrides.append({"alias": limit, "color": RED_LINE, "dashes": True, "fill": 0, "linewidth": 2, "stack": False})
    if below:
        overrides.append({"alias": f"/{below}/", "transform": "negative-Y"})
        low = None
    axis = {"label": None, "logBase": 1, "min": None, "max": None}
    panel |= {
        "lines": True, "linewidth": line, "fill": 5 if stack and fill == 1 else fill, "fillGradient": 0, "bars": False,
        "points": False, "steppedLine": steps, "stack": stack, "percentage": False, "nullPointMode": "null",
        "renderer": "flot", "aliasColors": {"blue": "blue", "green": "green"}, "seriesOverrides": overrides,
        "thresholds": [], "timeRegions": [],
        "legend": {"show": legend != "none", "values": table, "alignAsTable": table, "rightSide": False, "avg": False,
                   "current": table, "max": table, "min": False, "total": False},
        "tooltip": {"shared": True, "sort": 2, "value_type": "individual"},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "xaxis": {"mode": "time", "show": True, "buckets": None, "name": None, "values": []},
        "yaxes": [axis | {"format": unit, "min": low, "max": high, "show": True, "decimals": decimals},
                  axis | {"format": "short", "show": False}],
        "yaxis": {"align": False, "alignLevel": None}}
    return panel


def column(title, *, unit=None, width=None, names=None, steps=None, decimals=None):
    """How a table shows a column. `names`: texts for values; `steps`: colours the cell by its value."""
    properties = []
    if unit:
        properties.append({"id": "unit", "value": unit})
    if decimals is not None:
        properties.append({"id": "decimals", "value": decimals})
    if names:
        properties.append({"id": "mappings", "value": [
            {"id": at + 1, "type": 1, "value": str(value), "text": text} for at, (value, text) in enumerate(names.items())]})
    if steps:
        properties += [{"id": "thresholds", "value": _steps(steps)},
                       {"id": "custom.displayMode", "value": "color-background"}]
    if width:
        properties.append({"id": "custom.width", "value": width})
    return {"matcher": {"id": "byName", "options": title}, "properties": properties}


def table(title, description, expressions, columns, *, shown=(), width=12, height=8, hidden=(), links=()):
    """Labels and values as rows. `expressions`: one, or several that share their labels. `columns`: label or "Value"
    ("Value #A" … with several) to heading, in order; what is `hidden` is left out; `shown`: column()s."""
    expressions = [expressions] if isinstance(expressions, str) else expressions
    panel = _panel("table", title, description, width, height,
                   [_target(at, expression, instant=True, format="table") for at, expression in enumerate(expressions)],
                   links)
    panel["fieldConfig"] = {"defaults": {"custom": {"align": None, "filterable": False}}, "overrides": list(shown)}
    panel["options"] = {"showHeader": True}
    organize = {"id": "organize", "options": {
        "excludeByName": {name: True for name in ("Time", *hidden)},
        "indexByName": {name: at for at, name in enumerate(columns)},
        "renameByName": dict(columns)}}
    panel["transformations"] = ([{"id": "merge", "options": {}}] if len(expressions) > 1 else []) + [organize]
    return panel


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "gridPos": {"w": COLUMNS, "h": 1}, "panels": []}


def variable(name, label, query, *, several=False):
    """A choice that Grafana fills from the data source; `query` as in label_values(metric, label)."""
    return {"name": name, "label": label, "type": "query", "datasource": "$datasource", "definition": query,
            "query": {"query": query, "refId": f"{name}-values"}, "refresh": 2, "sort": 1, "hide": 0, "regex": "",
            "multi": several, "includeAll": several, "allValue": ".*" if several else None, "options": [],
            "current": {"text": "All", "value": "$__all"} if several else {}, "skipUrlSync": False}


_DATASOURCE = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0,
               "multi": False, "includeAll": False, "refresh": 1, "regex": "", "options": [], "current": {},
               "skipUrlSync": False}


def annotation(name, colour, expression, title, text):
    """A mark on every graph where `expression` has a result."""
    return {"name": name, "datasource": "$datasource", "enable": True, "iconColor": colour, "expr": expression,
            "step": "5s", "titleFormat": title, "textFormat": text, "tagKeys": "", "type": "tags"}


FAILOVERS = annotation("Failovers", "red", "sum by (from, to) (increase(nginx_pool_failovers_total[10s])) > 0",
                       "Failover: {{from}} to {{to}}", "Traffic moved from pool {{from}} to pool {{to}}.")
RELEASES = annotation("Releases", "purple", "nginx_pool_release_info unless nginx_pool_release_info offset 10s",
                      "{{pool}} runs {{release}}", "The first answer of release {{release}} from pool {{pool}}.")


def _placed(panels):
    x = y = height = 0
    for number, panel in enumerate(panels, start=1):
        place = panel["gridPos"]
        if x + place["w"] > COLUMNS or (panel["type"] == "row" and x > 0):
            x, y, height = 0, y + height, 0
        yield {"id": number, **panel, "gridPos": {"x": x, "y": y, **place}}
        x, height = x + place["w"], max(height, place["h"])
        if x == COLUMNS:
            x, y, height = 0, y + height, 0


def dashboard(uid, title, description, panels, *, variables=(), annotations=(FAILOVERS, RELEASES)):
    return {
        "uid": f"tocsin-{uid}", "title": f"Tocsin / {title}", "description": description, "tags": ["tocsin"],
        "schemaVersion": 27, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "5s", "timezone": "browser",
        "style": "dark", "time": {"from": "now-30m", "to": "now"},
        "timepicker": {"refresh_intervals": ["5s", "10s", "30s", "1m", "5m"]},
        "links": [{"type": "dashboards", "tags": ["tocsin"], "title": "Tocsin", "asDropdown": False, "includeVars": True,
                   "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}],
        "annotations": {"list": list(annotations)},
        "templating": {"list": [_DATASOURCE, *variables]},
        "panels": list(_placed(panels))}
