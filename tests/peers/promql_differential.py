#!/usr/bin/env python3
"""Asks a real Prometheus and our engine the same questions, and shows where the answers differ.

    promql_differential.py --probe PATH [--prometheus PATH] [--random N] [--seed N] [--show N]

Starts its own Prometheus on a loopback port and a temporary folder. Compares the normal form (or the error) of
each line of promql/expressions.txt, and the results of promql/queries.txt and of random queries, instant and range,
over series written to both sides alike. Exits 1 on any difference.

Where we differ on purpose, the corpus and the generator stay away: timestamp() of a selector with an offset (3.5
applies the offset to the lookback, and finds nothing), calendar functions of NaN (theirs depends on the processor),
ties of topk and bottomk over a range (theirs go by a map's order), the printing of "ignoring () group_left (x)" and of
quoted names in on () (theirs can't be read again), "[5m x]" (which 3.5 reads as "[5m:]") and ranges under 1 ms.
"""
import argparse, json, math, os, random, re, socket, struct, subprocess, sys, tempfile, time
import urllib.error, urllib.parse, urllib.request

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql")


class Prometheus:
    def __init__(self, binary):
        self.dir = tempfile.TemporaryDirectory()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        config = os.path.join(self.dir.name, "p.yml")
        open(config, "w").write("global: {}\n")
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [binary, f"--config.file={config}", f"--storage.tsdb.path={self.dir.name}/data", "--log.level=error",
             f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver",
             "--enable-feature=promql-experimental-functions"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url + "/-/ready").read()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("prometheus does not get ready")

    def ask(self, endpoint, **params):
        data = urllib.parse.urlencode(params).encode()
        try:
            return json.load(urllib.request.urlopen(f"{self.url}/api/v1/{endpoint}", data))
        except urllib.error.HTTPError as e:
            return json.load(e)

    def write(self, series):
        body = b"".join(field(1, b"".join(
            [field(1, field(1, n.encode()) + field(2, v.encode())) for n, v in sorted(labels.items())] +
            [field(2, b"\x09" + struct.pack("<Q", bits(v)) + b"\x10" + varint(t)) for t, v in samples]))
            for labels, samples in series)
        packed = varint(len(body))  # snappy, with literals only
        for i in range(0, len(body), 60000):
            part = body[i:i + 60000]
            packed += bytes([61 << 2]) + struct.pack("<H", len(part) - 1) + part
        request = urllib.request.Request(self.url + "/api/v1/write", packed, {
            "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0"})
        urllib.request.urlopen(request).read()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.dir.cleanup()


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def bits(value):
    if value == "stale":
        return 0x7FF0000000000002
    if value == "NaN":
        return 0x7FF8000000000001
    return struct.unpack("<Q", struct.pack("<d", float(value)))[0]


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


# --- what is written to both sides

def make_series(start):
    """About an hour of counters with resets, gauges, gaps, stale markers, NaN and histograms."""
    rng = random.Random(7)
    series = []
    step = 15000
    for job in ("api", "web"):
        for instance in ("a", "b", "c"):
            total, samples = rng.random() * 100, []
            for i in range(240):
                if rng.random() < 0.03:
                    continue
                total = 0 if rng.random() < 0.02 else total + rng.choice([0, 1, 2.5, 10])
                samples.append([start + i * step + rng.randrange(100), repr(total)])
            series.append(({"__name__": "requests_total", "job": job, "instance": instance}, samples))
    for zone in ("x", "y", "z"):
        for i, name in enumerate(("temperature", "humidity")):
            samples = [[start + k * 20000, repr(round(rng.gauss(10 * i, 5), 3))] for k in range(180)]
            samples[50][1] = "NaN"
            samples[90:95] = [[samples[90][0], "stale"]]
            series.append(({"__name__": name, "zone": zone, "job": "api"}, samples))
    for instance in ("a", "b"):
        for le, share in (("0.1", 0.3), ("0.5", 0.7), ("1", 0.9), ("+Inf", 1)):
            samples = [[start + k * step, repr(math.floor(k * 10 * share))] for k in range(240)]
            series.append(({"__name__": "latency_bucket", "instance": instance, "le": le}, samples))
    for n, job in enumerate(("api", "web")):
        samples = [[start + k * 60000, "1"] for k in range(60)]
        series.append(({"__name__": "job_info", "job": job, "team": f"team{n}", "tier": "1"}, samples))
    huge = [[start + k * 60000, v] for k, v in enumerate(["1e308", "1e308", "-1e308", "Inf", "1", "-Inf", "0.1"])]
    series.append(({"__name__": "extreme", "kind": "huge"}, huge))
    series.append(({"__name__": "constant", "kind": "flat"}, [[start + k * 30000, "42"] for k in range(120)]))
    return sorted(series, key=lambda s: sorted(s[0].items()))  # limitk and ties go by the order in the store


# --- comparison

def error_of(text):
    return re.sub(r'^(invalid parameter "query": )?(expanding series: )?', "", text)


def compare_format(prometheus, probe, expr):
    theirs = prometheus.ask("format_query", query=expr)
    ours = probe.ask(op="format", expr=expr)
    if theirs["status"] == "success":
        if len(theirs["data"]) > 80:  # long ones are broken into lines
            theirs["data"] = None if "error" not in ours else theirs["data"]
        wanted, got = theirs["data"], ours.get("text", ours.get("error"))
        return wanted is None or wanted == got, wanted, got
    wanted, got = error_of(theirs["error"]), ours.get("error", "accepted: " + ours.get("text", ""))
    if "error parsing regexp" in wanted:
        wanted, got = wanted.split("regexp")[0], got.split("regexp")[0]
    return wanted == got, wanted, got


def close(a, b):
    if isinstance(b, str) and not re.fullmatch(r"[-+]?(\d.*|inf|nan|Inf|NaN)", a):
        return a == b
    a, b = float(a), float(b)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= 1e-11 * max(abs(a), abs(b))


def flatten(data):
    kind, result = data["resultType"], data["result"]
    if kind in ("scalar", "string"):
        return [({}, [result])]
    return [(r["metric"], r["values"] if kind == "matrix" else [r["value"]]) for r in result]


def same_series(theirs, ours, ordered):
    key = lambda s: json.dumps(s[0], sort_keys=True)
    if not ordered:
        theirs, ours = sorted(theirs, key=key), sorted(ours, key=key)
    if [key(s) for s in theirs] != [key(s) for s in ours]:
        return False
    for (_, a), (_, b) in zip(theirs, ours):
        if len(a) != len(b):
            return False
        for (ta, va), (tb, vb) in zip(a, b):
            if round(ta * 1000) != tb or not close(va, vb):
                return False
    return True


def compare_query(prometheus, probe, expr, instant, times):
    if instant:
        theirs = prometheus.ask("query", query=expr, time=times[0] / 1000)
        ours = probe.ask(op="instant", expr=expr, time=times[0])
    else:
        start, end, step = times
        theirs = prometheus.ask("query_range", query=expr, start=start / 1000, end=end / 1000, step=step / 1000)
        ours = probe.ask(op="range", expr=expr, start=start, end=end, step=step)
    if theirs["status"] != "success":
        wanted, got = error_of(theirs["error"]), ours.get("error", "a result")
        if "match group" in wanted or "match group" in got:  # which of the groups is named is a map's order
            wanted, got = wanted.split("match group")[0], got.split("match group")[0]
        return wanted == got, wanted, got
    if "error" in ours:
        return False, theirs["data"]["result"], ours["error"]
    ordered = instant and expr.startswith(("sort", "topk", "bottomk"))
    wanted, got = flatten(theirs["data"]), [tuple(s) for s in ours["result"]]
    return same_series(wanted, got, ordered), wanted, got


# --- random expressions

class Generator:
    METRICS = ["requests_total", "temperature", "humidity", "latency_bucket", "job_info", "constant", "extreme"]
    LABELS = ["job", "instance", "zone", "le", "kind"]
    RANGE = ["rate", "increase", "delta", "irate", "idelta", "resets", "changes", "deriv", "avg_over_time",
             "count_over_time", "last_over_time", "max_over_time", "min_over_time", "present_over_time",
             "stddev_over_time", "stdvar_over_time", "sum_over_time", "absent_over_time", "mad_over_time",
             "ts_of_max_over_time", "ts_of_min_over_time", "ts_of_last_over_time"]
    CELLS = ["abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "round", "sort", "sort_desc",
             "absent", "deg", "rad", "sin", "cos", "atan", "histogram_count"]

    def __init__(self, rng, start):
        self.rng, self.start = rng, start

    def pick(self, options):
        return self.rng.choice(options)

    def duration(self):
        return self.pick(["30s", "1m", "90s", "5m", "10m", "47s", "300", "1h"])

    def labels(self):
        return ", ".join(self.rng.sample(self.LABELS, self.rng.randrange(0, 3)))

    def modifier(self):
        text = ""
        if self.rng.random() < 0.2:
            text += " offset " + self.pick(["", "-"]) + self.duration()
        if self.rng.random() < 0.15:
            text += " @ " + self.pick(["start()", "end()", str(self.start // 1000 + self.rng.randrange(3600))])
        return text

    def selector(self):
        text = self.pick(self.METRICS)
        if self.rng.random() < 0.4:
            text += "{%s%s}" % (self.pick(self.LABELS), self.pick(
                ['="api"', '!="a"', '=~"a|b|api"', '!~"x.*"', '=""', '=~".+"']))
        return text

    def matrix(self, depth):
        if depth > 0 and self.rng.random() < 0.25:
            step = self.pick(["", "30s", "1m", "7s"])
            return f"({self.vector(depth - 1)})[{self.duration()}:{step}]{self.modifier()}"
        return f"{self.selector()}[{self.duration()}]{self.modifier()}"

    def scalar(self, depth):
        r = self.rng.random()
        if r < 0.7 or depth <= 0:
            return self.pick(["0", "1", "2.5", "-3", "1e3", "0.9", "NaN", "Inf", "time()", "pi()", "0x10"])
        if r < 0.85:
            return f"scalar({self.vector(depth - 1)})"
        return f"({self.scalar(depth - 1)} {self.pick(['+', '-', '*', '/', '%', '^', '== bool', '> bool'])} " \
               f"{self.scalar(depth - 1)})"

    def matching(self):
        if self.rng.random() < 0.4:
            return ""
        text = f" {self.pick(['on', 'ignoring'])} ({self.labels()})"
        if "()" not in text and self.rng.random() < 0.4:  # "ignoring () group_left" is lost in Prometheus' printer
            text += f" {self.pick(['group_left', 'group_right'])} ({self.pick(['', 'team', 'kind', 'tier'])})"
        return text

    def binary(self, depth):
        op = self.pick(["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<=", "> bool", "== bool"])
        r = self.rng.random()
        if r < 0.35:
            return f"{self.vector(depth)} {op} {self.scalar(depth)}"
        if r < 0.5:
            return f"{self.scalar(depth)} {op} {self.vector(depth)}"
        if r < 0.7:
            on = "" if self.rng.random() < 0.5 else f" {self.pick(['on', 'ignoring'])} ({self.labels()})"
            return f"{self.vector(depth)} {self.pick(['and', 'or', 'unless'])}{on} {self.vector(depth)}"
        return f"{self.vector(depth)} {op}{self.matching()} {self.vector(depth)}"

    def aggregate(self, depth):
        if self.rng.random() < 0.15:
            return f"{self.pick(['topk', 'bottomk'])} by ({self.labels()}) (2, {self.selector()})"
        op = self.pick(["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "quantile", "count_values"])
        param = {"quantile": f"{self.pick(['0.5', '0.9', '2'])}, ",
                 "count_values": '"v", '}.get(op, "")
        by = self.pick(["", f" {self.pick(['by', 'without'])} ({self.labels()})"])
        body = f"({param}{self.vector(depth)})"
        return op + (by + " " + body if self.rng.random() < 0.5 else body + by)

    def vector(self, depth):
        r = self.rng.random()
        if depth <= 0 or r < 0.2:
            return self.selector() + self.modifier()
        if r < 0.4:
            return f"{self.pick(self.RANGE)}({self.matrix(depth - 1)})"
        if r < 0.5:
            return f"{self.pick(self.CELLS)}({self.vector(depth - 1)})"
        if r < 0.55:
            return self.special(depth - 1)
        if r < 0.6:
            return "-" + self.vector(depth - 1)
        if r < 0.75:
            return self.aggregate(depth - 1)
        if r < 0.8:
            return f"({self.vector(depth - 1)})"
        return self.binary(depth - 1)

    def special(self, depth):
        v, m, s = self.vector(depth), self.matrix(depth), self.scalar(depth)
        return self.pick([
            f"histogram_quantile({s}, {v})", "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))",
            f"histogram_fraction(0.2, {s}, latency_bucket)", f"clamp({v}, 0, {s})", f"clamp_min({v}, {s})",
            f"clamp_max({v}, {s})", f"round({v}, {s})", f"quantile_over_time({s}, {m})", f"predict_linear({m}, {s})",
            f"vector({s})", f'label_replace({v}, "to", "$1-x", "job", "(.).*")', f'label_join({v}, "to", "-", "job", "zone")',
            f'sort_by_label({v}, "job")', f"timestamp({self.pick(self.METRICS)})",
            f"{self.pick(['hour', 'minute', 'day_of_week', 'month', 'year', 'day_of_year'])}"
            f"({self.pick(['job_info', 'requests_total', 'constant * 1e6'])})", f"double_exponential_smoothing({m}, 0.5, 0.3)", f"absent({v})"])


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
    prometheus, probe = Prometheus(args.prometheus), Probe(args.probe)
    counts, shown = {"same": 0, "different": 0}, [0]

    def check(what, expr, outcome):
        same, wanted, got = outcome
        counts["same" if same else "different"] += 1
        if not same and shown[0] < args.show:
            shown[0] += 1
            print(f"--- {what}: {expr}\n  prometheus: {str(wanted)[:600]}\n  ours:       {str(got)[:600]}")

    try:
        start = (int(time.time()) - 2 * 3600) // 60 * 60 * 1000
        series = make_series(start)
        prometheus.write(series)
        for labels, samples in series:
            answer = probe.ask(op="load", labels=labels, samples=samples)
            assert "error" not in answer, answer
        lines = lambda name: [l for l in open(os.path.join(HERE, name)).read().split("\n") if l]
        for expr in lines("expressions.txt"):
            check("format", expr, compare_format(prometheus, probe, expr))
        generator = Generator(random.Random(args.seed), start)
        queries = [q for q in lines("queries.txt") if not q.startswith("#")]
        queries += [generator.vector(3) for _ in range(args.random)]
        for expr in queries:
            check("format", expr, compare_format(prometheus, probe, expr))
            at = start + generator.rng.randrange(3900) * 1000
            check(f"instant at +{(at - start) // 1000}s", expr, compare_query(prometheus, probe, expr, True, [at]))
            at = start + generator.rng.randrange(1800) * 1000
            step = generator.pick([7, 15, 60]) * 1000
            check(f"range from +{(at - start) // 1000}s by {step // 1000}s", expr,
                  compare_query(prometheus, probe, expr, False, [at, at + 40 * step, step]))
    finally:
        probe.stop()
        prometheus.stop()
    print(f"{counts['same']} answers are the same, {counts['different']} differ")
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
