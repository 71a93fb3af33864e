#!/usr/bin/env python3
"""Compares our API's JSON with a real Prometheus', for questions that both can answer alike, good and bad, by GET and by POST.
Both scrape the same target, and get the same samples by remote write, about whose moments they are asked. Then lets
promtool query ours, and looks at what a client that goes away, too many queries, and one that takes too long come to."""
import http.server, json, os, socket, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql"))
from oracle import Tocsin, free_port, send, wait_for

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

STEPS = ["1", "15", "0.5", "1m", "1h", "2.5s", "1e1", "-1", "0", "x", "", "NaN", "1m30s", "999999999999999999999", "30ms", "Inf"]
TIMES = ["{t}", "{t}.5", "{rfc}", "{rfcz}", "-1", "0", "1e9", "x", "2023-13-01T00:00:00Z", "+1", "0x10", "2023-11-14T22:13:20", "1 ", "1e3x"]
# What Prometheus' clients send for "from the beginning" and "to the end".
ENDS = ["292277025-08-18T07:12:54.999999999Z", "-292273086-05-16T16:47:06Z"]
# Of written samples: the answers are the same to the byte.
FIXED = [
    ("query", "query=fixed_total&time={t}"), ("query", "query=fixed_total[5m]&time={t}"), ("query", "query=rate(fixed_total[5m])&time={t}"),
    ("query", "query=fixed_total&time={t}&limit=1"), ("query", "query=fixed_total[5m]&time={t}&limit=1"), ("query", "query=odd&time={t}"),
    ("query", "query=fixed_total&time={t}&lookback_delta=1ms"), ("query", "query=fixed_total&time={t}.7&lookback_delta=500ms"),
    ("query", "query=fixed_total&time={t}&lookback_delta=0"), ("query", "query=fixed_total&time={t}&lookback_delta=-5m"),
    ("query", "query=fixed_total&time={t}&timeout=1m"),
    ("query", "query=fixed_total&time={t}&stats=all"), ("query", "query=fixed_total&time={t}&stats=1"), ("query", "query=fixed_total&time={t}&stats="),
    ("query_range", "query=fixed_total&start={t}&end={t}&step=15&stats=all"), ("query_range", "query=rate(fixed_total[1m])&start={s}&end={t}&step=15&stats=all"),
    ("query_range", "query=fixed_total&start={s}&end={t}&step=60"), ("query_range", "query=fixed_total&start={s}&end={t}&step=60&limit=1"),
    ("query_range", "query=sum(fixed_total) by (a)&start={s}&end={t}&step=7"), ("query_range", "query=odd&start={s}&end={t}&step=60"),
    ("query_range", "query=vector(1)&start={s}&end={t}&step=0.3"), ("query_range", "query=\"x\"&start={s}&end={t}&step=60"),
    ("query_range", "query=1&start=0&end=11000&step=1"), ("query_range", "query=1&start=0&end=11001&step=1"), ("query_range", "query=&start=0&end=1&step=1"),
    ("query_range", "start=0&end=1&step=1"), ("query_range", "query=1"), ("query_range", "query=1&start=0"), ("query_range", "query=1&end=1&start=2&step=1&limit=-1"),
    ("query", "query=fixed_total * on (a) group_left odd&time={t}"), ("query", "query=1&query=2&time=1"), ("query", "query=%ff&time=1"),
    ("query", "query=sum(fixed_total)%20%2B%20avg(odd)&time={t}"), ("query", "query=quantile(2, fixed_total)&time={t}"), ("query", "time=1"),
    ("query", "query=histogram_quantile(0.5, fixed_total)&time={t}"), ("query", "query=nosuch(1)&time=1"), ("query", "query=1 /* x&time=1"),
    ("query", 'query={"odd name", "a.b"="c"}&time={t}'), ("query", "query=1e400&time=1"), ("query", "query=sort_by_label(fixed_total, \"a\")&time=1"),
    ("series", "match[]=fixed_total&start={s}&end={t}"), ("series", "match[]=fixed_total&start=1&end=2"), ("series", "match[]={\"odd name\"}"),
    ("series", "match[]=fixed_total&limit=0"), ("series", "match[]="), ("series", "match[]=sum(x)"), ("series", "match[]=fixed_total&match[]="), ("series", "match[]={a=\"\"}"),
    ("series", "match[]={a=~\"x|\"}"), ("series", "match[]={__name__=~\".%2Btotal\"}&end={t}"), ("series", "match[]=fixed_total offset 5m"), ("series", "match[]=fixed_total[5m]"),
    ("labels", "match[]=fixed_total&match[]=odd"), ("labels", "match[]={a=\"1\"}"), ("labels", "match[]=x("), ("labels", "end=x"),
    ("labels", "limit=x"), ("labels", "start=2&end=1"), ("labels", "match[]=nothing"), ("labels", "match[]={}"),
    ("label/a/values", "match[]=fixed_total"), ("label/a/values", "start={s}&end={t}&limit=1"), ("label/a/values", "start=1&end=2"), ("label/U__a_2e_b/values", ""),
    ("label/a.b/values", ""), ("label/a%2eb/values", ""), ("label/U__a_/values", ""), ("label/U__/values", ""), ("label/U__a__b/values", ""), ("label/U__a_2g_b/values", ""),
    ("label/caf%C3%A9/values", ""), ("label/%ff/values", ""), ("label/1a/values", ""), ("label/a/values", "limit=-1"), ("label/a/values", "match[]=x("),
    ("label/__name__/values", 'match[]={"odd name"}'), ("label/a/values", "limit=1"), ("label/__name__/values", "match[]={a!=\"\"}&limit=2"),
    ("format_query", ""), ("format_query", "query=fixed_total%20%20%2B1"), ("parse_query", ""), ("nosuch", ""), ("query_exemplars", ""),
    ("query_exemplars", "query=fixed_total&start={s}&end={t}"), ("query_exemplars", "query=1%2B1&start=x"), ("metadata", "limit=0"), ("metadata", "limit=-1"),
    ("metadata", "limit_per_metric=1"), ("metadata", "limit_per_metric=x"), ("metadata", "metric=nosuch"), ("targets/metadata", "limit=x"), ("targets/metadata", "match_target={x"),
    ("rules", "type=x"), ("rules", ""), ("rules", "type=alert"), ("rules", "file[]=nosuch"), ("alerts", ""),
] + [("query_range", f"query=fixed_total&start={{s}}&end={{t}}&step={step}") for step in STEPS] + \
    [("query", f"query=timestamp(vector(1))&time={at}") for at in TIMES] + \
    [("query_range", f"query=vector(1)&start={at}&end={at}&step=1") for at in TIMES] + \
    [("series", f"match[]=fixed_total&start={at}") for at in TIMES + ENDS] + [("labels", f"match[]=odd&end={at}") for at in TIMES + ENDS]

# endpoint, parameters: {at}, {start} and {end} are filled in, {s} and {t} too
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
] + FIXED + [("parse_query", "query=" + urllib.parse.quote(q)) for q in [
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


def ask(base, endpoint, query, method="GET"):
    """Status and answer; of an answer that is no JSON its text."""
    quoted = urllib.parse.quote(query, safe="%&=+[]-_.~:/(){}*,;!@$'")
    url, data = f"{base}/api/v1/{endpoint}", None
    if method == "POST":
        data = quoted.encode()
    elif quoted:
        url += "?" + quoted
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method)) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    try:
        return status, json.loads(body)
    except ValueError:
        return status, body.decode(errors="replace")


def comparable(answer):
    """Sample times differ by when each side scrapes, so that they count only where the question fixes them."""
    status, body = answer
    if not isinstance(body, dict):
        return status, None  # the words of the HTTP server
    if isinstance(body.get("data"), dict) and "stats" in body["data"]:
        stats = body["data"]["stats"]
        body["data"]["stats"] = {"timings": sorted(stats["timings"]), "samples": sorted(stats["samples"]),
                                 "read": stats["samples"]["totalQueryableSamples"]}
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
                               f"--web.listen-address=127.0.0.1:{ports[0]}", "--web.enable-remote-write-receiver"], **quiet)
    ours = subprocess.Popen([TOCSIN, "serve", "--config.file=" + config, f"--web.listen-address=127.0.0.1:{ports[1]}"],
                            cwd=directory, **quiet)
    return theirs, ours, [f"http://127.0.0.1:{p}" for p in ports]


def write(bases, t):
    """Samples of the last minutes before `t`, to both."""
    times = [(t - 15 * k) * 1000 for k in range(40, -1, -1)]
    series = [({"__name__": "fixed_total", "a": str(i), "kind": "x" if i % 2 else "y"}, [[at, repr(i * k * 1.5)] for k, at in enumerate(times)])
              for i in range(4)]
    odd = ["NaN", "Inf", "-Inf", "1e-7", "1e21", "-0.0", "123456789.123", "1e20", "5e-324", "stale", "0.1"]
    series.append(({"__name__": "odd", "a": "1"}, [[at, odd[k % len(odd)]] for k, at in enumerate(times)]))
    series.append(({"__name__": "odd name", "a.b": "c", "caf\u00e9": "\u03bb <&>\u2028"}, [[at, "1"] for at in times]))
    for base in bases:
        send(base, series)


def questions():
    for endpoint, query in SAME:
        yield endpoint, query, "GET"
        if endpoint in ("query", "query_range", "series", "labels", "format_query", "parse_query", "query_exemplars", "metadata", "nosuch"):
            yield endpoint, query, "POST"
    for name in ("expressions.txt", "queries.txt"):
        for line in open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql", name)).read().split("\n"):
            yield "parse_query", "query=" + urllib.parse.quote(line, safe=""), "POST"
    for method in ("PUT", "DELETE"):
        yield "query", "query=1", method


def compare(bases):
    at = time.time()
    t = int(at) - 20
    rfc = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t))
    fill = {"{at}": f"{at:.3f}", "{start}": f"{at - 3:.3f}", "{end}": f"{at:.3f}", "{t}": str(t), "{s}": str(t - 600),
            "{rfcz}": rfc + ".25%2B00:00", "{rfc}": rfc + "Z"}
    write(bases, t)
    different = count = 0
    for endpoint, query, method in questions():
        for name, value in fill.items():
            query = query.replace(name, value)
        theirs, ours = (comparable(ask(base, endpoint, query, method)) for base in bases)
        count += 1
        if theirs != ours:
            different += 1
            print(f"--- {method} {endpoint}?{query}\n  wanted: {str(theirs)[:700]}\n  got:    {str(ours)[:700]}")
    print(f"{count - different} of {count} answers are the same")
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


# Takes far longer than anyone here waits: a window of a day, a second apart, at each second of two days.
SLOW = "query=" + urllib.parse.quote("stddev_over_time(stddev_over_time(vector(1)[1d:1s])[2d:1s])") + "&time=1e9"


def limits():
    """One query at a time: a client that goes away makes room for the next, one that takes too long is ended."""
    failures = []
    tocsin = Tocsin(TOCSIN, "", "--query.max-concurrency=1", "--query.timeout=20s")
    try:
        begin = time.time()
        status, answer = ask(tocsin.url, "query", SLOW + "&timeout=200ms")
        if (status, answer["errorType"]) != (503, "timeout") or time.time() - begin > 5:
            failures.append(f"a query with a timeout: {status} {answer} after {time.time() - begin:.1f} s")
        left = socket.create_connection(("127.0.0.1", tocsin.port))
        left.sendall(f"GET /api/v1/query?{SLOW} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(0.5)
        waiting = []
        threads = [threading.Thread(target=lambda: waiting.append(ask(tocsin.url, "query", "query=1")[0])) for _ in range(5)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        if waiting:
            failures.append("queries ran beside one that was alone")
        left.close()
        begin = time.time()
        for thread in threads:
            thread.join()
        if waiting != [200] * 5 or time.time() - begin > 5:
            failures.append(f"after the client went away: {waiting} after {time.time() - begin:.1f} s")
    finally:
        tocsin.stop()
    print("\n".join("--- " + failure for failure in failures) or "timeouts, going away and waiting: as they should be")
    return len(failures)


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
            return 1 if compare(bases) + promtool(bases[1]) + limits() else 0
        finally:
            for process in (theirs, ours):
                process.terminate()
                process.wait()


if __name__ == "__main__":
    sys.exit(main())
