#!/usr/bin/env python3
"""Times range queries on a real Prometheus and on tocsin, over the same samples, and prints the ratios.

    promql_side_by_side.py [--tocsin PATH] [--bench build/bench/…/bench_alerting_promql] [--prometheus PATH] [--rounds N]
                           [--filter REGEX] [--profile FILE]

CPU time of both processes, which neighbours on the machine disturb least: HTTP and JSON of the answer included on both
sides. Each query is asked once before it is timed, and the best of the rounds counts. With --bench the engine alone is timed as well, with Google Benchmark. --profile records tocsin with
perf while the queries run.
"""
import argparse, json, math, os, re, subprocess, sys, urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../peers/promql"))
from oracle import Prometheus, Tocsin

# As promql_bench.cc has them.
QUERIES = """
requests_total
sum by (job) (rate(requests_total[5m]))
sum by (instance) (rate(requests_total[5m]))
sum(rate(requests_total[5m]))
avg by (job) (requests_total)
rate(requests_total[5m])
increase(requests_total[5m])
delta(requests_total[5m])
irate(requests_total[5m])
deriv(requests_total[5m])
changes(requests_total[5m])
resets(requests_total[5m])
avg_over_time(requests_total[5m])
sum_over_time(requests_total[5m])
max_over_time(requests_total[5m])
quantile_over_time(0.9, requests_total[5m])
stddev_over_time(requests_total[5m])
count_over_time(requests_total[5m])
last_over_time(requests_total[5m])
sum by (job) (requests_total)
quantile by (job) (0.9, requests_total)
topk(5, requests_total)
requests_total * on (instance) group_left (rack) host_info
sum by (job) (requests_total) / sum by (job) (rate(requests_total[5m]))
histogram_quantile(0.9, rate(latency_bucket[5m]))
histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))
""".strip().split("\n")
SERIES, SAMPLES, START, INTERVAL = 10000, 262, 1700000000000, 15000
BOUNDS = ["0.1", "0.5", "1", "5", "+Inf"]


def samples(factor):
    return [[START + k * INTERVAL, float(k * factor % 1000)] for k in range(SAMPLES)]


def all_series():
    """As promql_bench.cc makes them."""
    by_factor = {f: samples(f) for f in range(8)}
    for i in range(SERIES):
        instance = f"host{i // 10}:9100"
        yield {"__name__": "requests_total", "job": f"job{i % 10}", "instance": instance}, by_factor[i % 7 + 1]
        yield {"__name__": "latency_bucket", "instance": str(i // 5), "le": BOUNDS[i % 5]}, by_factor[i % 5 + 1]
        if i % 10 == 0:
            yield {"__name__": "host_info", "instance": instance, "rack": "a"}, by_factor[0]


def write(server):
    """The older half of all series first: Prometheus takes nothing older than an hour before its newest."""
    for half in (slice(0, SAMPLES // 2), slice(SAMPLES // 2, SAMPLES)):
        batch = []
        for labels, values in all_series():
            batch.append((labels, values[half]))
            if len(batch) == 500:
                server.write(batch)
                batch = []
        server.write(batch)


def cpu_milliseconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def ask(server, expression):
    """The length of the answer, unread."""
    first = START + 20 * INTERVAL
    server.connection.request("POST", "/api/v1/query_range", urllib.parse.urlencode(
        {"query": expression, "start": first / 1000, "end": (first + 239 * INTERVAL) / 1000, "step": INTERVAL / 1000}),
        {"Content-Type": "application/x-www-form-urlencoded"})
    answer = server.connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body[:300]
    return len(body)


def time_of(server, expression, rounds):
    """Milliseconds of CPU, the best of the rounds, each long enough for the clock that counts them."""
    ask(server, expression)
    best = math.inf
    for _ in range(rounds):
        before, asked = cpu_milliseconds(server.process.pid), 0
        while asked == 0 or cpu_milliseconds(server.process.pid) - before < 400:
            ask(server, expression)
            asked += 1
        best = min(best, (cpu_milliseconds(server.process.pid) - before) / asked)
    return best


def engine_alone(bench, pattern):
    output = subprocess.run([bench, "--benchmark_format=json", "--benchmark_filter=" + pattern],
                            capture_output=True, text=True, check=True).stdout
    return {b["label"]: b["cpu_time"] for b in json.loads(output)["benchmarks"]}


def main():
    args = argparse.ArgumentParser(description=__doc__)
    peers = os.environ.get("PEERS", os.path.expanduser("~/peers"))
    args.add_argument("--prometheus", default=os.path.join(peers, "bin/prometheus"))
    args.add_argument("--tocsin", default="build/release/bin/tocsin")
    args.add_argument("--bench")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--filter", default=".")
    args.add_argument("--profile")
    args = args.parse_args()
    alone = engine_alone(args.bench, ".") if args.bench else {}
    servers = [] if args.profile else [Prometheus(args.prometheus)]
    servers.append(Tocsin(os.path.abspath(args.tocsin), "", "--query.max-samples=500000000"))
    try:
        for server in servers:
            write(server)
        if args.profile:
            perf = subprocess.Popen(["perf", "record", "-q", "-o", args.profile, "-p", str(servers[0].process.pid)])
        for expression in filter(re.compile(args.filter).search, QUERIES):
            times = [time_of(server, expression, args.rounds) for server in servers]
            text = f"prometheus {times[0]:8.1f} ms  tocsin {times[1]:7.1f} ms  ratio {times[0] / times[1]:5.1f}" \
                if len(times) > 1 else f"tocsin {times[0]:7.1f} ms"
            if expression in alone:
                text += f"  engine alone {alone[expression]:7.1f} ms"
            print(f"{text}  {expression}", flush=True)
        if args.profile:
            perf.terminate()
            perf.wait()
    finally:
        for server in servers:
            server.stop()


if __name__ == "__main__":
    main()
