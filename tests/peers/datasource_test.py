#!/usr/bin/env python3
"""tocsin with --datasource.url at a real Prometheus: its rules ask there, what they record and their alerts' states are
written back, and the query endpoints answer what Prometheus answers, errors too."""
import json, os, subprocess, sys, tempfile, time
import urllib.error, urllib.parse, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql"))
from oracle import Prometheus, free_port, send, wait_for

PEERS = os.path.join(os.environ.get("PEERS", os.path.expanduser("~/peers")), "bin")
TOCSIN = os.path.join(os.path.abspath(os.environ.get("TOCSIN_BIN", "build/release/bin")), "tocsin")
RULES = """
groups:
- name: g
  interval: 500ms
  rules:
  - {record: "job:load:sum", expr: "sum by (job) (load)"}
  - {alert: Loaded, expr: "job:load:sum > 5", for: 1s, labels: {severity: page}}
  - {alert: Broken, expr: "load * on () load"}
"""
# What both have to answer alike, to the byte.
QUESTIONS = [
    ("GET", "query", "query=load&time={at}"), ("POST", "query", "query=load%2B1&time={at}&stats=all"),
    ("GET", "query_range", "query=load&start={at}&end={at}&step=1"), ("POST", "query_range", "query=load&step=0"),
    ("GET", "query", "query=sum("), ("GET", "query", "query=load%20*%20on()%20load&time={at}"), ("GET", "query", "query=1&limit=x"),
    ("GET", "series", "match[]=load"), ("POST", "series", "match[]=load"), ("GET", "labels", "match[]=load"),
    ("GET", "label/job/values", "match[]=load"), ("GET", "label/a%20b/values", ""), ("GET", "metadata", ""),
    ("GET", "query_exemplars", "query=load&start=1&end=2"),
]


def ask(base, method, endpoint, form):
    url, data = f"{base}/api/v1/{endpoint}", None
    if method == "GET":
        url += "?" + form
    else:
        data = form.encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def result(base, query):
    return ask(base, "POST", "query", urllib.parse.urlencode({"query": query}))[1]["data"]["result"]


def without_timings(answer):
    status, body = answer
    if isinstance(body.get("data"), dict):
        body["data"].pop("stats", None)
    return status, body


def check(prometheus, base, faults):
    wait_for(lambda: result(prometheus.url, 'ALERTS{alertname="Loaded",alertstate="firing",severity="page"}'), 30)
    wait_for(lambda: result(prometheus.url, 'ALERTS_FOR_STATE{alertname="Loaded"} > 1e9'), 10)
    recorded = {r["metric"]["job"]: r["value"][1] for r in result(prometheus.url, "job:load:sum")}
    if recorded != {"a": "9", "b": "1"}:
        faults.append(f"recorded {recorded}")
    rules = ask(base, "GET", "rules", "")[1]["data"]["groups"][0]["rules"]
    if "many-to-many" not in rules[2].get("lastError", "") or rules[1]["state"] != "firing":
        faults.append(f"rules: {rules}")
    at = f"{time.time():.3f}"
    for method, endpoint, form in QUESTIONS:
        form = form.replace("{at}", at)
        wanted, got = (without_timings(ask(url, method, endpoint, form)) for url in (prometheus.url, base))
        if wanted != got:
            faults.append(f"{method} {endpoint} {form}: wanted {wanted}, got {got}")


def main():
    if not os.path.exists(PEERS + "/prometheus"):
        print("skipped: no " + PEERS + "/prometheus; tests/peers/install fetches it")
        return 77
    prometheus, faults = Prometheus(PEERS + "/prometheus"), []
    now = int(time.time() * 1000)
    send(prometheus.url, [({"__name__": "load", "job": "a", "host": h}, [[now, v]]) for h, v in (("1", "4"), ("2", "5"))] +
         [({"__name__": "load", "job": "b", "host": "1"}, [[now, "1"]])])
    with tempfile.TemporaryDirectory() as directory:
        with open(directory + "/r.yml", "w") as out:
            out.write(RULES)
        base = f"http://127.0.0.1:{free_port()}"
        ours = subprocess.Popen([TOCSIN, "serve", "--rules.file=" + directory + "/r.yml", "--datasource.url=" + prometheus.url,
                                 f"--datasource.write-url={prometheus.url}/api/v1/write",
                                 "--web.listen-address=" + base.removeprefix("http://")], cwd=directory,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: urllib.request.urlopen(base + "/-/ready").status == 200, 20)
            check(prometheus, base, faults)
            prometheus.stop()
            status, body = ask(base, "GET", "query", "query=1")
            if (status, body.get("errorType")) != (503, "unavailable"):
                faults.append(f"without the datasource: {status} {body}")
        finally:
            for process in (prometheus.process, ours):
                process.terminate()
                process.wait()
    print("\n".join("--- " + fault for fault in faults) or f"{len(QUESTIONS)} questions, rules and written samples: all as it should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
