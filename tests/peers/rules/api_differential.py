#!/usr/bin/env python3
"""The rule files of this folder in a real Prometheus and in tocsin, on the same samples: both give the same
/api/v1/rules, apart from times, for every parameter that there is."""

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "promql"))
from oracle import free_port, wait_for  # noqa: E402
from page import serve  # noqa: E402

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BIN", "build/release/bin")).resolve() / "tocsin"
TIMES = ("evaluationTime", "lastEvaluation", "activeAt", "keepFiringSince")
# Some values fall a little each second.
TOLERANCE = 5e-3
# The longest range is 20 s; before it is filled, rates depend on who scraped first.
FILLED_AFTER = 40

PARAMETERS = [
    "", "type=alert", "type=record", "type=ALERT", "type=x", "type=",
    "rule_name[]=NginxDown", "rule_name[]=NginxDown&rule_name[]=NodeCPUHigh", "rule_name[]=nosuch", "rule_name[]=",
    "rule_group[]=node.alerts", "rule_group[]=node.alerts&rule_group[]=nginx.alerts", "rule_group[]=nosuch",
    "file[]={files}/nginx.yml", "file[]={files}/nginx.yml&type=record", "file[]=nosuch.yml",
    'match[]={severity="critical"}', 'match[]={severity="critical"}&match[]={team="infra"}', 'match[]={severity=~"crit.*|warning"}',
    'match[]={severity!="critical"}', 'match[]={service="proxy",severity!="info"}', "match[]=foo", "match[]={", "match[]=",
    'match[]={tier="{{ $labels.namespace }}-{{ $value }}"}', 'match[]={severity="{{ if gt $value 95.0 }}critical{{ else }}warning{{ end }}"}',
    "exclude_alerts=true", "exclude_alerts=false", "exclude_alerts=1", "exclude_alerts=T", "exclude_alerts=maybe", "exclude_alerts=",
    "group_limit=1", "group_limit=3&exclude_alerts=true", "group_limit=0", "group_limit=-3", "group_limit=x", "group_limit=",
    "group_limit=99", "group_limit=1.5", "group_next_token=x", "group_limit=2&group_next_token=x", "group_next_token=",
    "group_limit=1&type=record", "group_limit=1&rule_name[]=NginxDown", "nosuch=1",
]


def ask(base, query, endpoint="rules"):
    url = f"{base}/api/v1/{endpoint}?{urllib.parse.quote(query, safe='=&[]')}"
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def comparable(value):
    """Without times; lists of alerts, which Prometheus gives in any order, sorted."""
    if isinstance(value, dict):
        kept = {key: comparable(item) for key, item in value.items() if key not in TIMES}
        if isinstance(kept.get("alerts"), list):
            kept["alerts"].sort(key=lambda alert: json.dumps(alert["labels"], sort_keys=True))
        return kept
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def differences(theirs, ours, path=""):
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            yield from differences(theirs.get(key, "(missing)"), ours.get(key, "(missing)"), f"{path}/{key}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, pair in enumerate(zip(theirs, ours)):
            name = pair[0].get("name", index) if isinstance(pair[0], dict) else index
            yield from differences(*pair, f"{path}[{name}]")
    elif path.endswith("/value") and isinstance(theirs, str) and isinstance(ours, str):
        if theirs != ours and not math.isclose(float(theirs), float(ours), rel_tol=TOLERANCE):
            yield f"{path}: {theirs} there, {ours} here"
    elif theirs != ours:
        yield f"{path}: {theirs!r} there, {ours!r} here"


def pages(base, limit):
    """All groups, page by page."""
    groups, token = [], ""
    while True:
        query = f"group_limit={limit}&exclude_alerts=true" + (f"&group_next_token={token}" if token else "")
        data = ask(base, query)[1]["data"]
        groups += [group["name"] for group in data["groups"]]
        token = data.get("groupNextToken", "")
        if not token:
            return groups


def start(folder, target):
    config = pathlib.Path(folder, "prometheus.yml")
    config.write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s, rule_query_offset: 4s, external_labels: {{region: eu}}}}
rule_files: ['{HERE}/files/*.yml']
scrape_configs:
- job_name: page
  honor_labels: true
  static_configs: [{{targets: ['127.0.0.1:{target}']}}]
""")
    ports = free_port(), free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    url = "--web.external-url=http://rules.example"
    theirs = subprocess.Popen([PEERS / "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data", url,
                               f"--web.listen-address=127.0.0.1:{ports[0]}"], **quiet)
    ours = subprocess.Popen([TOCSIN, "serve", f"--config.file={config}", url, f"--web.listen-address=127.0.0.1:{ports[1]}"],
                            **quiet)
    return (theirs, ours), [f"http://127.0.0.1:{port}" for port in ports]


def compare(bases):
    failures = []
    for query in PARAMETERS:
        query = query.replace("{files}", str(HERE / "files"))
        (their_status, theirs), (our_status, ours) = (ask(base, query) for base in bases)
        found = list(differences(comparable(theirs), comparable(ours)))
        if their_status != our_status:
            found.insert(0, f"status {their_status} there, {our_status} here")
        failures += [f"?{query}: {each}" for each in found[:5]]
    for limit in (1, 2, 4):
        theirs, ours = (pages(base, limit) for base in bases)
        if theirs != ours:
            failures.append(f"pages of {limit}: {theirs} there, {ours} here")
    return failures


def main():
    if not (PEERS / "prometheus").exists():
        print("no Prometheus to compare with")
        return 77
    target = free_port()
    server = serve(target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        processes, bases = start(folder, target)
        try:
            for base in bases:
                wait_for(lambda url=base + "/-/ready": urllib.request.urlopen(url).status == 200, 30)
            time.sleep(FILLED_AFTER)
            failures = compare(bases)
            # Where a second's samples were late on one side, the next ones tell.
            if failures:
                time.sleep(3)
                failures = compare(bases)
            shown = ask(bases[0], "")[1]["data"]["groups"]
        finally:
            for process in processes:
                process.kill()
                process.wait()
            server.shutdown()
    rules = [rule for group in shown for rule in group["rules"]]
    states = [rule.get("state", "recording") for rule in rules]
    print(f"{len(rules)} rules ({', '.join(f'{states.count(state)} {state}' for state in sorted(set(states)))}), "
          f"{len(PARAMETERS)} requests: {len(failures)} differences")
    print("\n".join(failures))
    unhealthy = [rule["name"] for rule in rules if rule["health"] != "ok"]
    print("rules that fail in both, as one of them is to:", unhealthy)
    return 1 if failures or len(rules) < 60 or unhealthy != ["NginxAnyOf"] else 0


if __name__ == "__main__":
    sys.exit(main())
