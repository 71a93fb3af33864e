#!/usr/bin/env python3
"""The sequence of webhook bodies that tocsin sends against the real Alertmanager's, for every scenario of scenarios.py.

All scenarios run at the same time on one pair of programs, those that reload on another. For each receiver both sides must
send the same bodies, byte by byte, in the same order, and each at the same time but for what a busy machine takes.
A busy machine can move a request past a beat, so what differs is run again, alone, up to two times; a scenario differs when
it does each time. Prints the differences, and exits with 1 when there are any.
"""
import json, re, sys, tempfile, threading, time

import scenarios
from pair import PEERS, Pair, SIDES, Sink, rfc3339

LASTS = 14.0  # after the last step of most, there is time for a few more beats
TOLERANCE = 0.9


def yaml(value):
    return json.dumps(value)  # JSON is YAML


def intervals():
    now = time.gmtime()
    hour = now.tm_hour
    # The hours around now as a clock in Kathmandu shows them, which is 5:45 ahead.
    minute = (hour * 60 + now.tm_min + 345) % 1440
    start, end = max(0, minute - 30), min(1440, minute + 30)
    clock = lambda m: f"{m // 60:02d}:{m % 60:02d}"
    return [{"name": "always", "time_intervals": [{"years": ["2000:2100"]}]},
            {"name": "never", "time_intervals": [{"years": ["2000:2001"]}]},
            {"name": "last_year", "time_intervals": [{"years": [f"{now.tm_year - 1}"]}]},
            {"name": "today", "time_intervals": [{"days_of_month": ["-31:-1"], "months": ["january:december"]}]},
            {"name": "now_elsewhere", "time_intervals": [{"times": [{"start_time": clock(start), "end_time": clock(end)}],
                                                          "location": "Asia/Kathmandu"}]}]


ROOT = """global: {{resolve_timeout: 6s}}
route:
  receiver: root
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
{routes}
inhibit_rules:
- source_matchers: [role="source"]
  target_matchers: [role="target"]
  equal: [scenario, c]
- source_matchers: ['role=~"both"']
  target_matchers: ['role=~"both|target2"']
  equal: [scenario]
time_intervals: {intervals}
receivers: {receivers}
"""


def receivers_of(name, extra):
    made = [{"name": name, "webhook_configs": [{"url": f"SINK/{name}"}]}]
    for other, webhooks in scenarios.RECEIVERS.items():
        if f"receiver: {other}" in extra:
            made.append({"name": f"{name}-{other}", "webhook_configs": json.loads(json.dumps(webhooks).replace("NAME", name))})
    return made


def route_of(name, extra):
    extra = re.sub(r"receiver: (\w+)", rf"receiver: {name}-\1", extra)
    own = "" if extra.lstrip().startswith(f"receiver: {name}-") else f"      receiver: {name}\n"
    return f"    - matchers: [scenario=\"{name}\"]\n{own}" + (f"      {extra}\n" if extra else "")


def main_config():
    routes, receivers = "", [{"name": "root", "webhook_configs": [{"url": "SINK/root"}]}]
    for name, (_, extra) in scenarios.SCENARIOS.items():
        routes += route_of(name, extra)
        receivers += receivers_of(name, extra)
        if name == "continued":
            routes += route_of("continued", "receiver: nested")
            receivers += receivers_of("continued", "receiver: nested")[1:]
    return ROOT.format(routes=routes, intervals=yaml(intervals()), receivers=yaml(receivers))


def reload_config(which):
    routes, receivers = "", [{"name": "root", "webhook_configs": [{"url": "SINK/root"}]}]
    for name, variants in scenarios.RELOADS.items():
        extra = variants[which].replace("RELOAD", name)
        own = "" if "receiver:" in extra else f"      receiver: {name}\n"
        routes += f"    - matchers: [scenario=\"{name}\"]\n{own}      {extra}\n"
        for receiver in (name, f"{name}-one", f"{name}-two"):
            receivers.append({"name": receiver, "webhook_configs": [{"url": f"SINK/{receiver}"}]})
    return ROOT.format(routes=routes, intervals=yaml(intervals()), receivers=yaml(receivers))


def post(pair, scenario, start, wall, step):
    _, _, labels, starts, ends, annotations, url = step
    alert = {"labels": dict(labels, scenario=scenario), "annotations": annotations, "generatorURL": url, "startsAt": rfc3339(wall + starts)}
    if ends is not None:
        alert["endsAt"] = rfc3339(wall + ends)
    pair.both("POST", "/api/v2/alerts", [alert])


def run_steps(pair, scenario, steps, start, wall):
    silences = {}
    for step in sorted(steps, key=lambda s: s[0]):
        time.sleep(max(0, start + step[0] - time.monotonic()))
        if step[1] == "alert":
            post(pair, scenario, start, wall, step)
        elif step[1] == "silence":
            _, _, key, matchers, starts, ends = step
            body = {"matchers": list(matchers), "startsAt": rfc3339(wall + (starts if starts is not None else step[0])),
                    "endsAt": rfc3339(wall + ends), "createdBy": "t", "comment": "c"}
            silences[key] = {side: json.loads(answer[1])["silenceID"] for side, answer in pair.both("POST", "/api/v2/silences", body).items()}
        elif step[1] == "expire":
            for side in SIDES:
                pair.ask(side, "DELETE", f"/api/v2/silence/{silences[step[2]][side]}")


def run_main(pair, names):
    start, wall = time.monotonic() + 0.2, time.time() + 0.2
    threads = [threading.Thread(target=run_steps, args=(pair, name, steps, start, wall))
               for name, (steps, _) in scenarios.SCENARIOS.items() if name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(max(0, start + LASTS - time.monotonic()))


def run_reloads(pair, names):
    start, wall = time.monotonic() + 0.2, time.time() + 0.2
    at = lambda t: time.sleep(max(0, start + t - time.monotonic()))
    for name in names & set(scenarios.RELOADS):
        for i in "12":
            post(pair, name, start, wall, scenarios.fire(0, i=i))
    at(1.8)
    pair.write(reload_config(1))
    pair.both("POST", "/-/reload")
    at(3.2)
    for name in names & set(scenarios.RELOADS):
        post(pair, name, start, wall, scenarios.over(3.2, i="1"))
    at(LASTS)


def describe(body):
    message = json.loads(body)
    alerts = ",".join(f"{a['status'][0].upper()}:{a['labels']['alertname']}/{a['labels'].get('i', '')}" for a in message["alerts"])
    return f"{message['status']} {message['groupLabels']} [{alerts}]"


def by_group(path, heard):
    """Bodies by group: what different groups send at one moment has no order. Ends that a side made up itself, by
    resolve_timeout from when it heard of an alert, are left out."""
    groups = {}
    for moment, body, _ in heard:
        if path.startswith("resolve_timeout"):
            body = re.sub(rb'"endsAt":"2[^"]*"', b'"endsAt":"TIME"', body)
        groups.setdefault(json.loads(body)["groupKey"], []).append((moment, body))
    return groups


def scenario_of(path):
    return path.split("-")[0]


def compare(sink):
    """The names of the scenarios that differ, what is to be said of it, and how many messages there were."""
    differing, said, messages = set(), [], 0
    for path in sorted({path for _, path in sink.heard}):
        sides = [by_group(path, sink.heard.get((side, path), [])) for side in SIDES]
        for key in sorted(set(sides[0]) | set(sides[1])):
            theirs, ours = (side.get(key, []) for side in sides)
            messages += len(theirs)
            late = [f"{o[0] - t[0]:+.2f}s" for t, o in zip(theirs, ours) if abs(o[0] - t[0]) > TOLERANCE]
            if [b for _, b in theirs] == [b for _, b in ours] and not late:
                continue
            differing.add(scenario_of(path))
            said.append(f"DIFFERENT {path} {key} {' '.join(late)}")
            for side, heard in zip(SIDES, (theirs, ours)):
                said += [f"  {side:12} {moment - sink.started:6.2f} {describe(body)}" for moment, body in heard]
            bodies = next(((t, o) for (_, t), (_, o) in zip(theirs, ours) if t != o), None)
            if bodies:
                said.append("  first bodies that differ:\n    {}\n    {}".format(*bodies))
    return differing, said, messages


def run(names):
    sink = Sink()
    sink.answers = scenarios.ANSWERS
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        pairs = []
        try:
            pairs.append(Pair(one, sink, main_config()))
            pairs.append(Pair(two, sink, reload_config(0)))
            sink.started = time.monotonic()
            threads = [threading.Thread(target=act, args=(pair, names)) for act, pair in zip((run_main, run_reloads), pairs)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            for pair in pairs:
                pair.stop()
    return compare(sink)


def main():
    if not (PEERS / "alertmanager").exists():
        print(f"no alertmanager in {PEERS}: skipped")
        return 77
    names = set(scenarios.SCENARIOS) | set(scenarios.RELOADS)
    differing, said, messages = run(names)
    for _ in range(2):
        if differing:
            print("again:", *sorted(differing))
            differing, said, _ = run(differing)
    print(*said, sep="\n")
    print(f"{len(names)} scenarios, {messages} messages of Alertmanager's, differences: {len(differing)}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
