#!/usr/bin/env python3
"""Asks a real Prometheus and our engine the same questions, and shows where the answers differ.

    promql_differential.py --probe PATH [--prometheus PATH] [--random N] [--seed N] [--show N]

Starts its own Prometheus on a loopback port and a temporary folder. Compares the normal form, on one line and pretty,
(or the error) of each line of promql/expressions.txt, with and without the feature flags, and the results of
promql/queries.txt and of random queries, instant and range, with their annotations, over series written to both sides
alike. Of our own answers it also checks that a range query gives at each step what an instant query gives, and that the
normal form of the normal form is itself. Exits 1 on any difference.

Where we differ on purpose, the corpus and the generator stay away; docs/PROMQL.md lists it all with the reasons.
"""
import argparse, json, math, os, random, re, subprocess, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql"))
from generator import Generator
from oracle import Prometheus
from samples import make_series

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql")
FEATURES = "promql-experimental-functions,promql-duration-expr"


class Probe:
    def __init__(self, binary):
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def error_of(text):
    text = re.sub(r'^(invalid parameter "query": )?(expanding series: )?', "", text)
    if "error parsing regexp" in text:  # the rest is the regular expression library's
        text = text.split("regexp")[0]
    if "match group" in text:  # which of the groups is named is a map's order
        text = text.split("match group")[0]
    return text


def compare_format(prometheus, probe, expr, features=True):
    theirs = prometheus.ask("format_query", query=expr)
    ours = probe.ask(op="pretty", expr=expr, features=features)
    if theirs["status"] == "success":
        wanted, got = theirs["data"], ours.get("text", ours.get("error"))
    else:
        wanted, got = error_of(theirs["error"]), error_of(ours.get("error", "accepted: " + ours.get("text", "")))
    return wanted == got, wanted, got


def check_stable(probe, expr):
    """The normal form's normal form is itself."""
    once = probe.ask(op="format", expr=expr).get("text")
    if once is None or "+Inf" in once or "offset (" in once or "offset -(" in once:  # as Prometheus prints them
        return True, None, None
    twice = probe.ask(op="format", expr=once)
    return once == twice.get("text"), once, twice


def close(a, b):
    if isinstance(b, str) and not re.fullmatch(r"[-+]?(\d.*|inf|nan|Inf|NaN)", a):
        return a == b
    a, b = float(a), float(b)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= 1e-12 * max(abs(a), abs(b))


def flatten(data):
    kind, result = data["resultType"], data["result"]
    if kind in ("scalar", "string"):
        return [({}, [result])]
    return [(r["metric"], r["values"] if kind == "matrix" else [r["value"]]) for r in result]


def same_series(theirs, ours, scale=1000):
    key = lambda s: json.dumps(s[0], sort_keys=True)
    theirs, ours = sorted(theirs, key=key), sorted(ours, key=key)
    if [key(s) for s in theirs] != [key(s) for s in ours]:
        return False
    for (_, a), (_, b) in zip(theirs, ours):
        if len(a) != len(b):
            return False
        for (ta, va), (tb, vb) in zip(a, b):
            if round(ta * scale) != tb or not close(va, vb):
                return False
    return True


def same_notes(theirs, ours):
    """Prometheus answers ten of each at most, in a map's order."""
    for kind in ("warnings", "infos"):
        wanted, got = set(theirs.get(kind, [])), set(ours.get(kind, []))
        if wanted != got and len(wanted) < 10:
            return False, wanted, got
    return True, None, None


def compare_query(prometheus, probe, expr, instant, times):
    if instant:
        theirs = prometheus.ask("query", query=expr, time=times[0] / 1000)
        ours = probe.ask(op="instant", expr=expr, time=times[0])
    else:
        start, end, step = times
        theirs = prometheus.ask("query_range", query=expr, start=start / 1000, end=end / 1000, step=step / 1000)
        ours = probe.ask(op="range", expr=expr, start=start, end=end, step=step)
    if theirs["status"] != "success":
        wanted, got = error_of(theirs["error"]), error_of(ours.get("error", "a result"))
        return wanted == got, wanted, got
    if "error" in ours:
        return False, theirs["data"]["result"], ours["error"]
    wanted, got = flatten(theirs["data"]), [tuple(s) for s in ours["result"]]
    if not same_series(wanted, got):
        return False, wanted, got
    ordered = instant and expr.startswith(("sort", "topk", "bottomk"))
    if ordered and not all(close(a[1][0][1], b[1][0][1]) for a, b in zip(wanted, got)):
        return False, [s[1] for s in wanted], [s[1] for s in got]  # in another order, not only of equal values
    return same_notes(theirs, ours)


def check_steps(probe, expr, times, rng):
    """A range query's values at a step are an instant query's at that time."""
    start, end, step = times
    whole = probe.ask(op="range", expr=expr, start=start, end=end, step=step)
    if "error" in whole or "start()" in expr or "end()" in expr:
        return True, None, None
    at = start + rng.randrange((end - start) // step + 1) * step
    once = probe.ask(op="instant", expr=expr, time=at)
    if "error" in once:
        return False, "a range query's result", once["error"]
    cut = [(labels, [v for v in values if v[0] == at]) for labels, values in whole["result"]]
    cut = [s for s in cut if s[1]]
    return same_series(cut, [tuple(s) for s in once["result"]], scale=1), cut, once


class Report:
    def __init__(self, show):
        self.same, self.different, self.show = 0, 0, show

    def add(self, what, expr, outcome):
        same, wanted, got = outcome
        if same:
            self.same += 1
            return
        self.different += 1
        if self.different <= self.show:
            print(f"--- {what}: {expr}\n  wanted: {str(wanted)[:600]}\n  got:    {str(got)[:600]}", flush=True)


def compare_all(report, prometheus, plain, probe, args):
    start = (int(time.time()) - 2 * 3600) // 60 * 60 * 1000
    series = make_series(start)
    prometheus.write(series)
    for labels, samples in series:
        answer = probe.ask(op="load", labels=labels, samples=samples)
        assert "error" not in answer, answer
    lines = lambda name: [l for l in open(os.path.join(HERE, name)).read().split("\n") if l]
    for expr in lines("expressions.txt"):
        report.add("format", expr, compare_format(prometheus, probe, expr))
        report.add("format without features", expr, compare_format(plain, probe, expr, features=False))
        report.add("stable", expr, check_stable(probe, expr))
    generator = Generator(random.Random(args.seed), start)
    rng = generator.rng
    queries = [q for q in lines("queries.txt") if not q.startswith("#")]
    queries += [generator.vector(3) for _ in range(args.random)]
    for expr in queries:
        report.add("format", expr, compare_format(prometheus, probe, expr))
        report.add("stable", expr, check_stable(probe, expr))
        at = start + rng.randrange(3900) * 1000
        report.add(f"instant at +{(at - start) // 1000}s", expr, compare_query(prometheus, probe, expr, True, [at]))
        at = start + rng.randrange(1800) * 1000
        step = generator.pick([7, 15, 60]) * 1000
        times = [at, at + 40 * step, step]
        report.add(f"range from +{(at - start) // 1000}s by {step // 1000}s", expr,
                   compare_query(prometheus, probe, expr, False, times))
        report.add("steps", expr, check_steps(probe, expr, times, rng))
    return len(queries)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--prometheus", default=os.path.join(os.environ.get("PEERS", os.path.expanduser("~/peers")), "bin/prometheus"))
    args.add_argument("--probe", required=True)
    args.add_argument("--random", type=int, default=500)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--show", type=int, default=20)
    args = args.parse_args()
    if not os.path.exists(args.prometheus):
        print(f"skipped: no {args.prometheus}; tests/peers/install fetches it")
        sys.exit(77)
    report = Report(args.show)
    prometheus, plain = Prometheus(args.prometheus, FEATURES), Prometheus(args.prometheus)
    probe = Probe(args.probe)
    try:
        queries = compare_all(report, prometheus, plain, probe, args)
    finally:
        probe.stop()
        plain.stop()
        prometheus.stop()
    print(f"{queries} queries: {report.same} answers are the same, {report.different} differ")
    return 1 if report.different else 0


if __name__ == "__main__":
    sys.exit(main())
