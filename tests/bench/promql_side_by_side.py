#!/usr/bin/env python3
"""Times range queries on a real Prometheus and on our engine, over the same samples, and prints the ratios.

    promql_side_by_side.py --bench build/bench/…/bench_alerting_promql [--prometheus PATH] [--rounds N]

CPU time of both, which neighbours on the machine disturb least: Prometheus' of its process, HTTP and JSON of the answer
included (small for the queries that aggregate), ours the benchmark's.
"""
import argparse, json, os, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../peers/promql"))
from oracle import Prometheus

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


def write(prometheus):
    """The older half of all series first: Prometheus takes nothing older than an hour before its newest."""
    for half in (slice(0, SAMPLES // 2), slice(SAMPLES // 2, SAMPLES)):
        batch = []
        for labels, values in all_series():
            batch.append((labels, values[half]))
            if len(batch) == 500:
                prometheus.write(batch)
                batch = []
        prometheus.write(batch)


def cpu_milliseconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def time_theirs(prometheus, expression, rounds):
    first = START + 20 * INTERVAL
    before = cpu_milliseconds(prometheus.process.pid)
    for _ in range(rounds):
        prometheus.ask("query_range", query=expression, start=first / 1000,
                       end=(first + 239 * INTERVAL) / 1000, step=INTERVAL / 1000)
    return (cpu_milliseconds(prometheus.process.pid) - before) / rounds


def main():
    args = argparse.ArgumentParser(description=__doc__)
    peers = os.environ.get("PEERS", os.path.expanduser("~/peers"))
    args.add_argument("--prometheus", default=os.path.join(peers, "bin/prometheus"))
    args.add_argument("--bench", required=True)
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--filter", default=".")
    args = args.parse_args()
    output = subprocess.run([args.bench, "--benchmark_format=json", "--benchmark_filter=" + args.filter],
                            capture_output=True, text=True, check=True).stdout
    ours = {b["label"]: b["cpu_time"] for b in json.loads(output)["benchmarks"]}
    prometheus = Prometheus(args.prometheus)
    try:
        write(prometheus)
        for expression, own in ours.items():
            theirs = time_theirs(prometheus, expression, args.rounds)
            print(f"prometheus {theirs:8.1f} ms  tocsin {own:7.1f} ms  ratio {theirs / own:5.1f}  {expression}", flush=True)
    finally:
        prometheus.stop()


if __name__ == "__main__":
    main()
