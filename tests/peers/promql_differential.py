#!/usr/bin/env python3
"""Asks a real Prometheus and our engine the same questions, and shows where the answers differ.

    promql_differential.py [--tocsin PATH] [--prometheus PATH] [--random N] [--mutations N] [--seed N] [--show N]

Starts a Prometheus and a tocsin on loopback ports and in temporary folders, and writes the same series to both by remote
write, so that stale markers and NaN keep their bits. Compares the normal form (or the error) of each line of
promql/expressions.txt, with and without the feature flags, and the results of promql/queries.txt and of random queries,
instant and range, with their annotations. Of expressions with mistakes put in, both take the same ones, and print them
alike. Of our own answers it also checks that a range query gives at each step what an
instant query gives, and that the normal form of the normal form is itself. Exits 1 on any difference.

Where we differ on purpose, the corpus and the generator stay away; docs/PROMQL.md lists it all with the reasons.
"""
import argparse, json, math, os, random, re, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql"))
from generator import Generator, mutated
from oracle import Prometheus, Tocsin
from samples import make_series

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql")
FEATURES = "promql-experimental-functions,promql-duration-expr"


# Where Go's and glibc's functions differ in the last bit, and what takes the difference of their results makes it large.
LAST_BITS = re.compile(r"atan2|a?(sin|cos|tan)h?\(|\^|exp|ln\(|log(2|10)\(")
DIFFERENCES = re.compile(r"std(dev|var)|%")


def error_of(text, expr):
    text = re.sub(r'^(invalid parameter "query": )?(expanding series: )?', "", text)
    if "must not occur in ON and GROUP" in text:  # behind offset and @ theirs counts too few bytes
        text = text.split(": ", 1)[1]
    if re.match(r"1:\d+: ", text) and "[(" in expr:  # and behind a calculated range in parentheses
        text = text.split(": ", 1)[1]
    if "for info metric" in text:  # which of several, in a map's order
        text = text.split("info metric")[0]
    if "match group" in text:  # which of the groups is named is a map's order
        text = text.split("match group")[0]
    return text


def same_error(wanted, got, over_time):
    """Over a range theirs meet the faults of one part at all steps before those of another; ours take step by step."""
    many = ("multiple matches for labels", "found duplicate series")
    return wanted == got or (over_time and wanted.startswith(many) and got.startswith(many))


def compare_format(theirs, ours, expr):
    if re.search(r'(on|ignoring|group_left|group_right) \([^)]*"', expr):  # they print these without the quotes
        return True, None, None
    wanted, got = theirs.ask("format_query", query=expr), ours.ask("format_query", query=expr)
    if wanted["status"] != got["status"]:
        return False, wanted, got
    if wanted["status"] == "success":
        return wanted["data"] == got["data"], wanted["data"], got["data"]
    wanted, got = error_of(wanted["error"], expr), error_of(got["error"], expr)
    return wanted == got, wanted, got


def compare_mutation(theirs, ours, expr):
    """Which of several mistakes is told is left open."""
    if re.search(r'(on|ignoring|group_left|group_right) *\([^)]*["\'`]', expr):
        return True, None, None
    wanted, got = theirs.ask("format_query", query=expr), ours.ask("format_query", query=expr)
    return wanted.get("data") == got.get("data"), wanted, got


def check_stable(ours, expr):
    """The normal form's normal form is itself."""
    once = ours.ask("format_query", query=expr).get("data")
    if once is None or "+Inf" in once or "offset (" in once or "offset -(" in once:  # as Prometheus prints them
        return True, None, None
    twice = ours.ask("format_query", query=once)
    return once == twice.get("data"), once, twice


def close(a, b, within=1e-12):
    if isinstance(b, str) and not re.fullmatch(r"[-+]?(\d.*|inf|nan|Inf|NaN)", a):
        return a == b
    a, b = float(a), float(b)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= within * max(abs(a), abs(b))


def flatten(data):
    kind, result = data["resultType"], data["result"]
    if kind in ("scalar", "string"):
        return [({}, [result])]
    return [(r["metric"], r["values"] if kind == "matrix" else [r["value"]]) for r in result]


def same_series(theirs, ours, expr=""):
    within = 1e-6 if LAST_BITS.search(expr) and DIFFERENCES.search(expr) else 1e-12
    key = lambda s: json.dumps(s[0], sort_keys=True)
    theirs, ours = sorted(theirs, key=key), sorted(ours, key=key)
    if [key(s) for s in theirs] != [key(s) for s in ours]:
        return False
    for (_, a), (_, b) in zip(theirs, ours):
        if len(a) != len(b):
            return False
        for (ta, va), (tb, vb) in zip(a, b):
            if ta != tb or not close(va, vb, within):
                return False
    return True


def same_notes(theirs, ours):
    """Prometheus answers ten of each at most, in a map's order."""
    for kind in ("warnings", "infos"):
        wanted, got = set(theirs.get(kind, [])), set(ours.get(kind, []))
        if wanted != got and len(wanted) < 10:
            return False, wanted, got
    return True, None, None


def compare_query(prometheus, tocsin, expr, instant, times):
    if instant:
        theirs, ours = (side.ask("query", query=expr, time=times[0] / 1000) for side in (prometheus, tocsin))
    else:
        start, end, step = (t / 1000 for t in times)
        theirs, ours = (side.ask("query_range", query=expr, start=start, end=end, step=step) for side in (prometheus, tocsin))
    if theirs["status"] != ours["status"] or theirs.get("errorType") != ours.get("errorType"):
        return False, theirs, ours
    if theirs["status"] != "success":
        wanted, got = error_of(theirs["error"], expr), error_of(ours["error"], expr)
        return same_error(wanted, got, not instant), wanted, got
    wanted, got = flatten(theirs["data"]), flatten(ours["data"])
    if theirs["data"]["resultType"] != ours["data"]["resultType"] or not same_series(wanted, got, expr):
        return False, wanted, got
    ordered = instant and expr.startswith(("sort", "topk", "bottomk"))
    if ordered and not all(close(a[1][0][1], b[1][0][1]) for a, b in zip(wanted, got)):
        return False, [s[1] for s in wanted], [s[1] for s in got]  # in another order, not only of equal values
    return same_notes(theirs, ours)


def check_steps(tocsin, expr, times, rng):
    """A range query's values at a step are an instant query's at that time."""
    start, end, step = times
    whole = tocsin.ask("query_range", query=expr, start=start / 1000, end=end / 1000, step=step / 1000)
    # info() looks for its info series within the whole query's range, where it is shifted by @ or offset: in Prometheus too
    if whole["status"] != "success" or "start()" in expr or "end()" in expr or ("info(" in expr and ("@" in expr or "offset" in expr)):
        return True, None, None
    at = (start + rng.randrange((end - start) // step + 1) * step) / 1000
    once = tocsin.ask("query", query=expr, time=at)
    if once["status"] != "success":
        return False, "a range query's result", once["error"]
    cut = [(labels, [v for v in values if v[0] == at]) for labels, values in flatten(whole["data"])]
    cut = [s for s in cut if s[1]]
    return same_series(cut, flatten(once["data"])), cut, once


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


def compare_all(report, prometheus, tocsin, plain, args):
    start = (int(time.time()) - 2 * 3600) // 60 * 60 * 1000
    series = make_series(start)
    prometheus.write(series)
    tocsin.write(series)
    lines = lambda name: [l for l in open(os.path.join(HERE, name)).read().split("\n") if l]
    expressions = lines("expressions.txt")
    for expr in expressions:
        report.add("format", expr, compare_format(prometheus, tocsin, expr))
        report.add("format without features", expr, compare_format(*plain, expr))
        report.add("stable", expr, check_stable(tocsin, expr))
    rng = random.Random(args.seed)
    for _ in range(args.mutations):
        expr = mutated(rng, expressions)
        report.add("mutation", expr, compare_mutation(prometheus, tocsin, expr))
    generator = Generator(random.Random(args.seed), start)
    rng = generator.rng
    queries = [q for q in lines("queries.txt") if not q.startswith("#")]
    queries += [generator.vector(3) for _ in range(args.random)]
    for expr in queries:
        report.add("format", expr, compare_format(prometheus, tocsin, expr))
        report.add("stable", expr, check_stable(tocsin, expr))
        at = start + rng.randrange(3900) * 1000
        if "info(" in expr and "[" in expr:  # theirs finds info series only as far back as the range or subquery goes
            continue
        report.add(f"instant at +{(at - start) // 1000}s", expr, compare_query(prometheus, tocsin, expr, True, [at]))
        at = start + rng.randrange(1800) * 1000
        step = generator.pick([7, 15, 60]) * 1000
        times = [at, at + 40 * step, step]
        if "info(" in expr and "ragged" in expr:  # series that begin within the range get a neighbour's labels there
            continue
        report.add(f"range from +{(at - start) // 1000}s by {step // 1000}s", expr,
                   compare_query(prometheus, tocsin, expr, False, times))
        report.add("steps", expr, check_steps(tocsin, expr, times, rng))
    return len(queries)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--prometheus", default=os.path.join(os.environ.get("PEERS", os.path.expanduser("~/peers")), "bin/prometheus"))
    args.add_argument("--tocsin", default=os.path.join(os.path.abspath(os.environ.get("TOCSIN_BIN", "build/release/bin")), "tocsin"))
    args.add_argument("--random", type=int, default=500)
    args.add_argument("--mutations", type=int, default=1500)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--show", type=int, default=20)
    args = args.parse_args()
    if not os.path.exists(args.prometheus):
        print(f"skipped: no {args.prometheus}; tests/peers/install fetches it")
        sys.exit(77)
    report = Report(args.show)
    servers = [Prometheus(args.prometheus, FEATURES), Tocsin(args.tocsin, FEATURES, "--query.max-samples=500000000"),
               Prometheus(args.prometheus), Tocsin(args.tocsin)]
    try:
        queries = compare_all(report, *servers[:2], servers[2:], args)
    finally:
        for server in servers:
            server.stop()
    print(f"{queries} queries: {report.same} answers are the same, {report.different} differ")
    return 1 if report.different else 0


if __name__ == "__main__":
    sys.exit(main())
