#!/usr/bin/env python3
"""A first start at a real Prometheus as datasource: pending alerts go on from its ALERTS_FOR_STATE as they do in a
Prometheus that restarts on the same samples."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "promql"))
from oracle import free_port, send, wait_for  # noqa: E402

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BIN", "build/release/bin")).resolve() / "tocsin"
MINUTE = 60
RULES = """
groups:
- name: g
  interval: 1s
  rules:
  - {alert: Slow, expr: load > 0, for: 30m, labels: {severity: page}}
  - {alert: Quick, expr: load > 0, for: 5m, labels: {severity: page}}
"""
# case: seconds ago that the alert became active, seconds ago of the last sample, whether a stale marker came behind it
CASES = {
    "fired": (2 * 60 * MINUTE, 60, False),
    "pending": (10 * MINUTE, 60, False),
    "short before it fires": (29 * MINUTE, 60, False),
    "down for long": (40 * MINUTE, 30 * MINUTE, False),
    "longer down than outage-tolerance": (2 * 60 * MINUTE, 70 * MINUTE, False),
    "ended": (10 * MINUTE, 60, True),
    "never seen": None,
}
CLOSE = 3  # seconds that the first evaluations may be apart


def samples(now):
    """Labels, milliseconds and value of all samples, oldest first: a Prometheus takes nothing that is an hour older than its
    newest."""
    found = []
    for case, state in CASES.items():
        found.append((now, {"__name__": "load", "case": case}, "1"))
        if state is None:
            continue
        active, last, ended = state
        values = [(now - ago * 1000, str(now // 1000 - active)) for ago in (last + 60, last)]
        if ended:
            values.append((now - (last - 15) * 1000, "stale"))
        for alert in ("Slow", "Quick"):
            labels = {"__name__": "ALERTS_FOR_STATE", "alertname": alert, "severity": "page", "case": case}
            found += [(at, labels, value) for at, value in values]
    return sorted(found, key=lambda sample: sample[0])


class Program:
    """A Prometheus or tocsin that runs until stop()."""

    def __init__(self, *command):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = subprocess.Popen([*command, "--web.listen-address=" + self.url.removeprefix("http://")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: urllib.request.urlopen(self.url + "/-/ready").status == 200, 20)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def alerts(self):
        """(alert, case) -> (state, when it became active, seconds)"""
        with urllib.request.urlopen(self.url + "/api/v1/alerts") as answer:
            alerts = json.load(answer)["data"]["alerts"]
        return {(alert["labels"]["alertname"], alert["labels"]["case"]):
                (alert["state"], datetime.fromisoformat(alert["activeAt"].replace("Z", "+00:00")).timestamp())
                for alert in alerts}

    def restored(self):
        """The alerts, once the group has been evaluated after it has restored."""
        wait_for(lambda: len(self.alerts()) == 2 * len(CASES) and self.alerts()[("Slow", "fired")][0] == "firing", 30)
        return self.alerts()


def main():
    if not (PEERS / "prometheus").exists():
        print("no Prometheus to compare with; tests/peers/install fetches it")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "rules.yml").write_text(RULES)
        (folder / "plain.yml").write_text("global: {}\n")
        (folder / "with_rules.yml").write_text("rule_files: [rules.yml]\n")

        def prometheus(config, data):
            return Program(PEERS / "prometheus", f"--config.file={folder}/{config}", f"--storage.tsdb.path={folder}/{data}",
                           "--web.enable-remote-write-receiver")

        running = []
        try:
            source = prometheus("plain.yml", "source")
            running.append(source)
            before = prometheus("plain.yml", "restarted")
            running.append(before)
            for at, labels, value in samples(int(time.time() * 1000)):
                for each in (source, before):
                    send(each.url, [(labels, [[at, value]])])
            before.stop()
            restarted = prometheus("with_rules.yml", "restarted")
            running.append(restarted)
            ours = Program(TOCSIN, "serve", f"--rules.file={folder}/rules.yml", f"--datasource.url={source.url}")
            running.append(ours)
            wanted, got = restarted.restored(), ours.restored()
        finally:
            for each in running:
                each.stop()
    faults = []
    for key, (state, active) in wanted.items():
        if got[key][0] != state or abs(got[key][1] - active) > CLOSE:
            faults.append(f"{key}: wanted {state} since {active}, got {got[key]}")
    # That the cases differ is what makes the comparison worth anything.
    states = {case: wanted[("Slow", case)] for case in CASES}
    ages = {case: round((time.time() - active) / MINUTE) for case, (_, active) in states.items()}
    if ages != {"fired": 120, "pending": 9, "short before it fires": 20, "down for long": 10,
                "longer down than outage-tolerance": 0, "ended": 0, "never seen": 0}:
        faults.append(f"the Prometheus restored other than expected: minutes {ages}")
    print("\n".join(faults) or f"{len(wanted)} alerts restored as by Prometheus: minutes active {ages}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
