#!/usr/bin/env python3
"""Two real Alertmanagers as receivers: found by static and by file discovery, both get what fires, relabelled, and its end.
A real Prometheus with the same files beside us lists the same Alertmanagers, and has the same metrics about rules and
notifications."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "promql"))
from oracle import free_port, wait_for  # noqa: E402

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BIN", "build/release/bin")).resolve() / "tocsin"


def alerts(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sub/api/v2/alerts") as answer:
        return json.load(answer)


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.read().decode()


def families(port, prefix):
    """Name after the prefix, to type, label names and quantiles, of families about rules and Alertmanagers."""
    found = {}
    for line in get(port, "/metrics").splitlines():
        if header := re.match(rf"# TYPE {prefix}((?:rule|notifications)_\w+) (\w+)", line):
            open_ = found.setdefault(header[1], (header[2], set(), set()))
        elif line.startswith(prefix) and not line.startswith("#"):
            labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', line))
            if re.match(rf"{prefix}(?:rule|notifications)_", line):
                open_[1].update(labels)
                open_[2].add(labels.get("quantile"))
    return found


def compare_metrics(ours, theirs):
    mine, other = families(ours, "tocsin_"), families(theirs, "prometheus_")
    assert len(other) == 20, sorted(other)
    different = {name: (mine.get(name), family) for name, family in other.items() if mine.get(name) != family}
    assert not different, different


def write(folder, managers):
    folder.joinpath("alertmanager.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    folder.joinpath("targets.yml").write_text(json.dumps([{"targets": [f"127.0.0.1:{managers[1]}"]}]))
    folder.joinpath("rules.yml").write_text(json.dumps({"groups": [{"name": "g", "interval": "200ms", "rules": [
        {"alert": "Fires", "expr": f"vector(time()) < {time.time() + 6}", "labels": {"severity": "page", "replica": "x"},
         "annotations": {"summary": "it fires"}},
        {"alert": "Dropped", "expr": "vector(1)", "labels": {"severity": "none"}}]}]}))
    folder.joinpath("prometheus.yml").write_text(json.dumps({
        "global": {"external_labels": {"region": "eu"}}, "rule_files": ["rules.yml"],
        "alerting": {
            "alert_relabel_configs": [{"regex": "replica", "action": "labeldrop"},
                                      {"source_labels": ["severity"], "regex": "none", "action": "drop"}],
            "alertmanagers": [
                {"path_prefix": "/sub", "static_configs": [{"targets": [f"127.0.0.1:{managers[0]}"]}]},
                {"path_prefix": "/sub", "file_sd_configs": [{"files": ["targets.yml"]}]}]}}))


def main():
    if not (PEERS / "alertmanager").exists():
        print("no Alertmanager to send to")
        return 77
    managers = free_port(), free_port()
    processes = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder, managers)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            for port in managers:
                processes.append(subprocess.Popen(
                    [PEERS / "alertmanager", f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/{port}",
                     f"--web.listen-address=127.0.0.1:{port}", "--web.external-url=http://am.example/sub",
                     "--cluster.listen-address="], **quiet))
            for port in managers:
                wait_for(lambda p=port: alerts(p) == [], 20)
            ours, theirs = free_port(), free_port()
            processes.append(subprocess.Popen(
                [TOCSIN, "serve", f"--config.file={folder}/prometheus.yml", "--web.external-url=http://rules.example",
                 f"--web.listen-address=127.0.0.1:{ours}"], **quiet))
            for port in managers:
                wait_for(lambda p=port: len(alerts(p)) == 1, 20)
            for port in managers:
                (alert,) = alerts(port)
                assert alert["labels"] == {"alertname": "Fires", "severity": "page", "region": "eu"}, alert
                assert alert["annotations"] == {"summary": "it fires"}, alert
                assert alert["generatorURL"].startswith("http://rules.example/graph?g0.expr=vector"), alert
            # Alertmanager's API shows no alert that has ended.
            for port in managers:
                wait_for(lambda p=port: alerts(p) == [], 20)
            folder.joinpath("rules.yml").write_text(json.dumps({"groups": [{"name": "g", "interval": "200ms", "rules": [
                {"alert": "Later", "expr": "vector(1)"}]}]}))
            processes.append(subprocess.Popen(
                [PEERS / "prometheus", f"--config.file={folder}/prometheus.yml", "--web.external-url=http://rules.example",
                 "--rules.alert.resend-delay=1s", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{theirs}"], **quiet))
            for port in ours, theirs:
                wait_for(lambda p=port: "notifications_latency_seconds_count" in get(p, "/metrics"), 30)
            compare_metrics(ours, theirs)
            path = "/api/v1/alertmanagers"
            listed = [sorted(each["url"] for each in json.loads(get(port, path))["data"]["activeAlertmanagers"])
                      for port in (ours, theirs)]
            assert listed[0] == listed[1] and len(listed[0]) == 2, listed
        finally:
            for process in processes:
                process.kill()
                process.wait()
    print("two Alertmanagers got the alert and its end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
