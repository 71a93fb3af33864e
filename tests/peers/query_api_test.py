#!/usr/bin/env python3
"""Compares our API's JSON with a real Prometheus', for questions that both can answer alike: both scrape the same target
and are asked about the same moments. Then lets promtool query ours."""
import http.server, json, os, socket, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql"))
from oracle import free_port, wait_for

PEERS = os.path.join(os.environ.get("PEERS", os.path.expanduser("~/peers")), "bin")
TOCSIN = os.path.join(os.path.abspath(os.environ.get("TOCSIN_BIN", "build/release/bin")), "tocsin")
EXPOSITION = b"""# HELP orders_total Orders so far.
# TYPE orders_total counter
orders_total{shop="a",kind="x"} 5
orders_total{shop="b",kind="x"} 7
# HELP queue Length of the queue.
# TYPE queue gauge
queue{shop="a"} 3.5
"""

# endpoint, parameters: {at}, {start} and {end} are filled in
SAME = [
    ("query", "query=orders_total&time={at}"), ("query", "query=queue&time={at}&limit=1"),
    ("query", "query=orders_total&time={at}&limit=1"), ("query", "query=1&time={at}"), ("query", 'query="a"&time={at}'),
    ("query", "query=orders_total[1m]&time={end}&limit=0"), ("query", "query="), ("query", "query=sum("),
    ("query", "query=1&time=x"), ("query", "query=1&timeout=x"), ("query", "query=1&limit=x"), ("query", "query=1&limit=-1"),
    ("query", "query=1&lookback_delta=x"), ("query", "query=queue&lookback_delta=1ms&time=1"),
    ("query", "query=rate(queue[1m])&time={at}"), ("query", "query=queue * on () orders_total&time={at}"),
    ("query_range", "query=1&start=1&end=2"), ("query_range", "query=1&start=1&end=0&step=1"),
    ("query_range", "query=1&start=1&end=5&step=0"), ("query_range", "query=1&start=1&end=5&step=1"),
    ("query_range", "query=1&start=1&end=500000&step=1"), ("query_range", "query=queue[1m]&start=1&end=5&step=1"),
    ("query_range", "query=queue&start=x&end=5&step=1"), ("query_range", "query=absent(nothing)&start=1&end=5&step=2"),
    ("series", ""), ("series", "match[]=orders_total"), ("series", "match[]=orders_total&limit=1"), ("series", "match[]=foo("),
    ("series", 'match[]=%7Ba=~".*"%7D'), ("series", 'match[]=queue&match[]=%7Bkind="x",shop="b"%7D'),
    ("series", "match[]=queue&start=5&end=3"), ("series", "match[]=queue&limit=-2"), ("series", "match[]=queue&start=x"),
    ("labels", ""), ("labels", "limit=2"), ("labels", "match[]=queue"), ("labels", "start=x"), ("labels", "limit=-2"),
    ("label/shop/values", ""), ("label/shop/values", "limit=1"), ("label/shop/values", "match[]=queue"),
    ("label/nothing/values", ""), ("label/U__shop/values", ""), ("label/__name__/values", 'match[]=%7Bshop="b"%7D'),
    ("metadata", ""), ("metadata", "metric=queue"), ("metadata", "limit=x"),
    ("targets/metadata", "metric=queue"), ("targets/metadata", "match_target=%7Bjob=\"nosuch\"%7D"), ("scrape_pools", ""),
    ("query_exemplars", "query=x"), ("query_exemplars", "query=x("), ("query_exemplars", "query=x&start=2&end=1"),
    ("format_query", "query=sum%20by%20(a)(x)"), ("format_query", "query=sum("), ("alertmanagers", ""),
] + [("parse_query", "query=" + urllib.parse.quote(q)) for q in [
    "1", '"a"', "-x", "(x)", "x", 'x{a="b",c!~"d"}', "x[5m] offset 1h", "x @ 5", "x[5m] @ end()", "rate(x[5m:1m] offset 3s)",
    "sum by (a, b) (x)", "topk without () (3, x)", "a * on (b) group_left (c) d", "a + 1", "a == bool b", "a and ignoring (c) d",
    'label_replace(x, "a", "b", "c", "d")', "histogram_quantile(0.9, x)", "day_of_week()", "1 +", "nosuch(x)"]]


class Target(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(EXPOSITION)

    def log_message(self, *_):
        pass


def ask(base, endpoint, query):
    url = f"{base}/api/v1/{endpoint}?{query.replace(' ', '%20')}".replace('"', "%22")
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def comparable(answer):
    """Sample times differ by when each side scrapes, so that they count only where the question fixes them."""
    status, body = answer
    if isinstance(body.get("data"), list) and body["data"] and isinstance(body["data"][0], dict):
        body["data"] = sorted(body["data"], key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(body.get("data"), dict) and body["data"].get("resultType") == "matrix":
        for series in body["data"]["result"]:
            series["values"] = [value if len(series["values"]) < 10 and value[0] < 1e6 else value[1]
                                for value in series["values"]][:1]
    return status, body


def start(directory, target):
    config = os.path.join(directory, "prometheus.yml")
    with open(config, "w") as out:
        out.write("scrape_configs:\n- job_name: shop\n  scrape_interval: 1s\n  scrape_timeout: 1s\n"
                  f"  static_configs:\n  - targets: ['127.0.0.1:{target}']\n")
    ports = free_port(), free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    theirs = subprocess.Popen([PEERS + "/prometheus", "--config.file=" + config, f"--storage.tsdb.path={directory}/data",
                               f"--web.listen-address=127.0.0.1:{ports[0]}"], **quiet)
    ours = subprocess.Popen([TOCSIN, "serve", "--config.file=" + config, f"--web.listen-address=127.0.0.1:{ports[1]}"],
                            cwd=directory, **quiet)
    return theirs, ours, [f"http://127.0.0.1:{p}" for p in ports]


def compare(bases):
    at = time.time()
    fill = {"{at}": f"{at:.3f}", "{start}": f"{at - 3:.3f}", "{end}": f"{at:.3f}"}
    different = 0
    for endpoint, query in SAME:
        for name, value in fill.items():
            query = query.replace(name, value)
        theirs, ours = (comparable(ask(base, endpoint, query)) for base in bases)
        if theirs != ours:
            different += 1
            print(f"--- {endpoint}?{query}\n  wanted: {str(theirs)[:700]}\n  got:    {str(ours)[:700]}")
    print(f"{len(SAME) - different} of {len(SAME)} answers are the same")
    return different


def promtool(base):
    failures = 0
    for args in (["query", "instant", base, "up"], ["query", "range", "--start=1", "--end=5", base, "vector(1)"],
                 ["query", "series", "--match=up", base], ["query", "labels", base, "job"],
                 ["check", "healthy", "--url=" + base], ["check", "ready", "--url=" + base]):
        run = subprocess.run([PEERS + "/promtool", *args], capture_output=True, text=True)
        if run.returncode != 0:
            failures += 1
            print(f"--- promtool {' '.join(args)}: {run.stdout}{run.stderr}")
    return failures


def main():
    if not os.path.exists(PEERS + "/prometheus"):
        print("skipped: no " + PEERS + "/prometheus; tests/peers/install fetches it")
        return 77
    target = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        theirs, ours, bases = start(directory, target.server_port)
        try:
            for base in bases:
                wait_for(lambda b=base: ask(b, "query", "query=count_over_time(orders_total[1m])>1")[1]["data"]["result"], 60)
            return 1 if compare(bases) + promtool(bases[1]) else 0
        finally:
            for process in (theirs, ours):
                process.terminate()
                process.wait()


if __name__ == "__main__":
    sys.exit(main())
