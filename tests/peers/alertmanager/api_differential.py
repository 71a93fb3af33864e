#!/usr/bin/env python3
"""API v2: the same requests to tocsin and the real Alertmanager. Times and random ids are left out of the comparison;
everything else must be equal.
"""
import json, pathlib, re, sys, tempfile, time, urllib.parse

from pair import PEERS, Pair, SIDES, Sink, rfc3339

CONFIG = """
route:
  receiver: a
  group_by: [alertname]
  group_wait: 1s
  group_interval: 1s
  routes:
  - matchers: ['team="x"']
    receiver: b
    mute_time_intervals: [always]
  - matchers: ['severity=~"warning|critical"', 'cluster!=none']
    receiver: b
    continue: true
  - matchers: [cluster=none]
    receiver: a
receivers:
- name: a
  webhook_configs: [{url: 'SINK/a'}]
- name: b
  webhook_configs: [{url: 'SINK/b'}]
inhibit_rules:
- source_matchers: ['severity="critical"']
  target_matchers: ['severity="warning"']
  equal: [cluster]
time_intervals:
- name: always
  time_intervals: [{years: ['2000:2100']}]
"""


def at(seconds):
    return rfc3339(time.time() + seconds)


def neutral(text):
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z)", "TIME", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", text)


class Comparison:
    def __init__(self, pair):
        self.pair, self.count, self.differing = pair, 0, 0

    def check(self, what, answers, same=neutral):
        self.count += 1
        theirs, ours = (same(answers[side]) if isinstance(answers[side], str) else answers[side] for side in SIDES)
        if theirs != ours:
            self.differing += 1
            print(f"DIFFERENT {what}\n  alertmanager {theirs}\n  tocsin       {ours}")
        return answers

    def ask(self, method, path, body=None, status_only=False):
        answers = self.pair.both(method, path, body)
        shown = {side: str(code) if status_only else f"{code} {text}" for side, (code, text) in answers.items()}
        self.check(f"{method} {path} {json.dumps(body)}", shown)
        return {side: text for side, (_, text) in answers.items()}


def silence(**changes):
    body = {"matchers": [{"name": "alertname", "value": "one", "isRegex": False, "isEqual": True}], "startsAt": at(0), "endsAt": at(3600),
            "createdBy": "me", "comment": "why", **changes}
    return {key: value for key, value in body.items() if value is not None}


def alerts(c):
    path = "/api/v2/alerts"
    start = at(-20)
    for body in ([{"labels": {"alertname": "one", "severity": "warning", "cluster": "c", "empty": ""}, "annotations": {"a": "x"}, "startsAt": start}],
                 [{"labels": {"alertname": "crit", "severity": "critical", "cluster": "c"}, "startsAt": at(-10), "generatorURL": "http://x/y?z=1"}],
                 [{"labels": {"alertname": "muted", "team": "x"}}], [{"labels": {}}], [{"labels": {"a": ""}}], [{}], [],
                 [{"labels": {"alertname": "ok"}}, {"labels": {}}, {"labels": {"a": "b"}, "startsAt": at(10), "endsAt": at(0)}],
                 [{"labels": {"a b": "v"}}], [{"labels": {"": "v"}}], [{"labels": {"a": "v"}, "generatorURL": "not a url"}],
                 [{"labels": {"alertname": "u"}, "unknown": 1}], [{"labels": {"alertname": "end"}, "endsAt": at(100)}],
                 [{"labels": {"alertname": "gone"}, "startsAt": at(-100), "endsAt": at(-50)}]):
        c.ask("POST", path, body)
    for body in ({}, [{"labels": {"a": 5}}], [{"labels": {"a": "v"}, "startsAt": "yesterday"}]):
        c.ask("POST", path, body, status_only=True)
    time.sleep(2.5)  # groups flush, so that Alertmanager knows which are muted
    quote = urllib.parse.quote
    for query in ("", "?active=false", "?silenced=false", "?inhibited=false", "?unprocessed=false", "?active=maybe", "?receiver=b", "?receiver=zzz",
                  "?filter=" + quote('alertname="one"'), "?filter=" + quote('alertname=~"o.*|crit"'), "?filter=bad", "?filter=" + quote("{a=b}"),
                  "?filter=alertname%3Done&filter=severity%21%3Dx"):
        c.ask("GET", path + query)
    for query in ("", "?muted=false", "?active=false", "?inhibited=false", "?receiver=b", "?filter=bad", "?filter=alertname%3Dmuted"):
        c.ask("GET", path + "/groups" + query)
    c.ask("GET", path + "?receiver=(", status_only=True)
    c.ask("GET", "/api/v2/receivers")


def silences(c):
    path = "/api/v2/silences"
    made = {side: json.loads(text)["silenceID"] for side, text in c.ask("POST", path, silence()).items()}
    unknown = "11111111-1111-1111-1111-111111111111"
    matcher = {"name": "a", "value": "b", "isRegex": False}
    for changes in ({"comment": None}, {"createdBy": None}, {"matchers": None}, {"matchers": []}, {"startsAt": None}, {"endsAt": None},
                    {"startsAt": at(-10), "endsAt": at(-5)}, {"startsAt": at(10), "endsAt": at(5)}, {"id": "nope"}, {"id": unknown},
                    {"matchers": [{**matcher, "value": ""}]}, {"matchers": [{**matcher, "name": ""}]}, {"matchers": [{"name": "a", "isRegex": False}]},
                    {"matchers": [{"name": "a", "value": "b"}]}, {"matchers": [{"value": "b", "isRegex": False}]},
                    {"matchers": [{**matcher, "value": ".*", "isRegex": True}]}, {"matchers": [{**matcher, "isEqual": False, "value": "q"}]},
                    {"startsAt": at(100), "comment": "pending"}):
        c.ask("POST", path, silence(**changes))
    c.ask("POST", path, silence(matchers=[{**matcher, "value": "(", "isRegex": True}]), status_only=True)
    c.ask("GET", "/api/v2/alerts")
    c.ask("GET", "/api/v2/alerts?silenced=false")
    for other in ("x", unknown):
        c.ask("GET", f"/api/v2/silence/{other}")
        c.ask("DELETE", f"/api/v2/silence/{other}")
    # Each side has its own ids.
    def each(method, body=None):
        return {side: "{} {}".format(*c.pair.ask(side, method, f"/api/v2/silence/{made[side]}" if body is None else path,
                                                  body and {**body, "id": made[side]})) for side in SIDES}
    c.check("GET silence", each("GET"))
    started = {side: json.loads(c.pair.ask(side, "GET", f"/api/v2/silence/{made[side]}")[1])["startsAt"] for side in SIDES}
    same = c.check("POST a changed comment", {side: "{} {}".format(*c.pair.ask(side, "POST", path, silence(
        id=made[side], comment="changed", startsAt=started[side]))) for side in SIDES})
    assert all(made[side] in same[side] for side in SIDES), "the id stays"
    other = c.check("POST other matchers", each("POST", silence(matchers=[matcher])))
    assert all(made[side] not in other[side] for side in SIDES), "a new id"
    c.check("GET the old one", each("GET"))
    c.check("DELETE", each("DELETE"))
    c.ask("GET", path)
    for query in ("?filter=alertname%3Done", "?filter=" + urllib.parse.quote('alertname=~"one"'), "?filter=bad", "?filter=zz%3Dy", "?filter=a%21%3Dq"):
        c.ask("GET", path + query)
    for side in SIDES:
        for kept in json.loads(c.pair.ask(side, "GET", path)[1]):
            c.pair.ask(side, "DELETE", f"/api/v2/silence/{kept['id']}")
            time.sleep(0.01)  # they are listed by their ends, of which ours have milliseconds


def main():
    if not (PEERS / "amtool").exists():
        print(f"no amtool in {PEERS}: skipped")
        return 77
    with tempfile.TemporaryDirectory() as one:
        folder = pathlib.Path(one)
        pair = Pair(folder, Sink(), CONFIG)
        try:
            c = Comparison(pair)
            alerts(c)
            silences(c)
        finally:
            pair.stop()
    print(f"{c.count} comparisons, differences: {c.differing}")
    return 1 if c.differing else 0


if __name__ == "__main__":
    sys.exit(main())
