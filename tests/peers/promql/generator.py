"""Random expressions over the series of samples.py."""


class Generator:
    METRICS = ["requests_total", "temperature", "humidity", "latency_bucket", "job_info", "constant", "extreme",
               "broken_bucket", "ragged_bucket", "target_info", '{"http.requests"}']
    LABELS = ["job", "instance", "zone", "le", "kind", '"service.name"', '"\u03bb"', "team"]
    RANGE = ["rate", "increase", "delta", "irate", "idelta", "resets", "changes", "deriv", "avg_over_time",
             "count_over_time", "last_over_time", "max_over_time", "min_over_time", "present_over_time",
             "stddev_over_time", "stdvar_over_time", "sum_over_time", "absent_over_time", "mad_over_time",
             "ts_of_max_over_time", "ts_of_min_over_time", "ts_of_last_over_time"]
    CELLS = ["abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "round", "sort", "sort_desc",
             "absent", "deg", "rad", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
             "atanh", "histogram_count", "histogram_sum", "histogram_avg", "histogram_stddev", "histogram_stdvar", "info"]

    def __init__(self, rng, start):
        self.rng, self.start = rng, start

    def pick(self, options):
        return self.rng.choice(options)

    def duration(self):
        if self.rng.random() < 0.05:
            return self.calculated()
        if self.rng.random() < 0.03:
            return f"{self.pick(['1m', '(90s)', '(2 * 30s)'])} {self.pick(['+', '*', '^', '%'])} {self.pick(['1', '47', '(3-1)'])}"
        return self.pick(["30s", "1m", "90s", "5m", "10m", "47s", "300", "1h"])

    def calculated(self):
        """A duration expression, which needs the feature flag."""
        a, b, c = (self.pick(["1m", "90s", "30s", "2m", "60", "47s"]) for _ in range(3))
        return self.pick([f"{a} + {b}", f"{a} * 2", f"({a} + {b}) / 2", f"{a} + {b} - 10s", f"-({a}) + {b} * 3",
                          f"{a} % 37 + {c}", f"2 ^ 6 + {a}", f"+{a} + {b}", f"({a})", f"{a} - {b}"])

    def labels(self):
        return ", ".join(self.rng.sample(self.LABELS, self.rng.randrange(0, 3)))

    def modifier(self):
        text = ""
        if self.rng.random() < 0.2:
            duration = self.duration()
            text += " offset " + self.pick(["", "-"]) + (f"({duration})" if " " in duration else duration)
        if self.rng.random() < 0.15:
            text += " @ " + self.pick(["start()", "end()", str(self.start // 1000 + self.rng.randrange(3600))])
        return text

    def selector(self):
        text = self.pick(self.METRICS)
        if self.rng.random() < 0.4:
            text = (text[:-1] + ", %s%s}" if text.startswith("{") else text + "{%s%s}") % (self.pick(self.LABELS), self.pick(
                ['="api"', '!="a"', '=~"a|b|api"', '!~"x.*"', '=""', '=~".+"']))
        elif self.rng.random() < 0.03:
            text = self.pick(['{__name__=~"temperature|humidity|constant"}', '{"http.requests", "service.name"=~"c.*"}',
                              '{"service.name"!=""}', '{__name__="requests_total", job!=""}'])
        return text

    def matrix(self, depth):
        if depth > 0 and self.rng.random() < 0.25:
            step = self.pick(["", "30s", "1m", "7s"])
            return f"({self.vector(depth - 1)})[{self.duration()}:{step}]{self.modifier()}"
        return f"{self.selector()}[{self.duration()}]{self.modifier()}"

    def scalar(self, depth):
        r = self.rng.random()
        if r < 0.7 or depth <= 0:
            return self.pick(["0", "1", "2.5", "-3", "1e3", "0.9", "NaN", "Inf", "time()", "pi()", "0x10",
                              "-Inf", "1e-300", "1m", "-0", "0.1 + 0.2"])
        if r < 0.85:
            return f"scalar({self.vector(depth - 1)})"
        return f"({self.scalar(depth - 1)} {self.pick(['+', '-', '*', '/', '== bool', '> bool'])} " \
               f"{self.scalar(depth - 1)})"

    def matching(self):
        if self.rng.random() < 0.4:
            return ""
        text = f" {self.pick(['on', 'ignoring'])} ({self.labels()})"
        if "()" not in text and self.rng.random() < 0.5:  # "ignoring () group_left" is lost in Prometheus' printer
            includes = ["", "team", "tier", "team, tier", "job", "zone, instance", '"service.name"', "version, env", "nothing"]
            text += f" {self.pick(['group_left', 'group_right'])} ({self.pick(includes)})"
        return text

    def binary(self, depth):
        if self.rng.random() < 0.1:  # these make a difference in the last bit a big one
            return f"{self.selector()} {self.pick(['%', '^'])} {self.pick(['2', '3', '0.5', '-1', '7', 'NaN'])}"
        op = self.pick(["+", "-", "*", "/", "atan2", "==", "!=", ">", "<=", "<", ">=", "> bool", "== bool", "!= bool",
                        "<= bool"])
        if self.rng.random() < 0.15:
            return self.join(op)
        r = self.rng.random()
        if r < 0.35:
            return f"{self.vector(depth)} {op} {self.scalar(depth)}"
        if r < 0.5:
            return f"{self.scalar(depth)} {op} {self.vector(depth)}"
        if r < 0.7:
            on = "" if self.rng.random() < 0.5 else f" {self.pick(['on', 'ignoring'])} ({self.labels()})"
            return f"{self.vector(depth)} {self.pick(['and', 'or', 'unless'])}{on} {self.vector(depth)}"
        return f"{self.vector(depth)} {op}{self.matching()} {self.vector(depth)}"

    def join(self, op):
        """Many to one that mostly fits, so that the includes matter and not only the error."""
        many = self.pick(["requests_total", "latency_bucket", "rate(requests_total[5m])", "target_info", "ragged_bucket"])
        one = self.pick(["job_info", "sum by (job) (requests_total)", 'target_info{version="2"}', "max by (instance) (requests_total)",
                         "build_info"])
        on = self.pick(["job", "job", "instance", "job, instance"])
        includes = self.pick(["", "team", "team, tier", "version", "instance", "env, nothing", "le"])
        if self.rng.random() < 0.3:
            return f"{one} {op} on ({on}) group_right ({includes}) {many}"
        return f"{many} {op} on ({on}) group_left ({includes}) {one}"

    def aggregate(self, depth):
        if self.rng.random() < 0.15:
            return f"{self.pick(['topk', 'bottomk'])} by ({self.labels()}) (2, {self.selector()})"
        if self.rng.random() < 0.1:
            op = self.pick(["limit_ratio(0.5", "limit_ratio(-0.3", "limit_ratio(time() / 4e9", "limit_ratio(1.5",
                            "limitk(2", "limitk(1", "limitk by (job) (1", "limitk without (instance) (2", "limitk(0", "limitk(1e9",
                            "limitk(-1", "limit_ratio by (instance) (0.7"])
            return f"{op}, {self.selector()})"
        op = self.pick(["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "quantile", "count_values"])
        param = {"quantile": f"{self.pick(['0.5', '0.9', '2'])}, ",
                 "count_values": '"v", '}.get(op, "")
        if op == "count_values":  # a value that differs in its last bit makes another label
            return f'count_values("v", {self.selector()})'
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
        sources = ["", ', "job"', ', "zone", "service.name", "job"']
        return self.pick([
            f"histogram_quantile({s}, {v})", "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))",
            f"histogram_fraction(0.2, {s}, latency_bucket)", f"clamp({v}, 0, {s})", f"clamp_min({v}, {s})",
            f"clamp_max({v}, {s})", f"round({v}, {s})", f"quantile_over_time({s}, {m})", f"predict_linear({m}, {s})",
            f"vector({s})", f'label_replace({v}, "to", "$1-x", "job", "(.).*")', f'label_join({v}, "to", "-", "job", "zone")',
            f'sort_by_label({v}, "job")', f'sort_by_label_desc({v}, "zone", "instance")',
            f'sort_by_label({self.selector()}, "{self.pick(["le", "service.name", "instance"])}", "job")',
            f"histogram_quantile({self.pick(['0.5', '0.99', '0', '1'])}, {self.pick(['rate', 'increase', 'delta'])}({self.pick(['ragged', 'broken', 'latency'])}_bucket[5m]))",
            f"histogram_quantile(0.8, sum by (le{self.pick(['', ', job', ', instance'])}) (ragged_bucket))",
            f"histogram_fraction({self.pick(['-Inf', '0', '0.1', '5'])}, {self.pick(['0.25', '+Inf', '0'])}, ragged_bucket)",
            f'label_join({v}, "{self.pick(["job", "__name__", "new.name", "le"])}", "{self.pick(["", ",", "::"])}"{self.pick(sources)})',
            f'label_replace({self.selector()}, "{self.pick(["a.b", "job", "le"])}", "{self.pick(["$0", "$$", "${x}", "$9", "a$1b", "$name"])}", "{self.pick(["service.name", "job", "none"])}", "{self.pick(["(?P<name>.)(?P<x>.*)", "", ".*", "(a)|(w.*)", "[^a]+"])}")',
            f"{self.pick(['max_over_time', 'rate', 'count_over_time', 'last_over_time'])}({self.selector()}[{self.pick(['10m', '4m'])}:{self.pick(['1m', '30s', '45s', ''])}] "
            f"{self.pick(['offset 2m', 'offset -3m', '@ end() offset 1m', '@ start()', 'offset 1m @ end()'])})", f"timestamp({self.pick(self.METRICS)})",
            f'info({v}, {{{self.pick(["version", "env", "__name__"])}=~"{self.pick([".+", ".*", "1|e0|target_info", ".*_info"])}"}})',
            f'label_replace({v}, "{self.pick(["job", "new", "__name__"])}", "{self.pick(["x", "$1", "", "${1}_$2"])}", "{self.pick(["zone", "instance"])}", "{self.pick(["(.*)", "a|b", "(.)(.?)"])}")',
            f"absent_over_time({m})", f"{self.pick(['sin', 'cos', 'tan'])}({self.selector()})", f"sort_desc({v})", f"count_values by (job) (\"v\", {self.selector()})",
            f"{self.pick(['hour', 'minute', 'day_of_week', 'month', 'year', 'day_of_year'])}"
            f"({self.pick(['job_info', 'requests_total', 'constant * 1e6'])})", f"double_exponential_smoothing({m}, 0.5, 0.3)", f"absent({v})"])


PIECES = [" offset 5m", " @ 5", " by (a)", " bool ", "[5m]", "[5m:]", " and ", " on(a) ", " group_left(b) ", "sum", "rate(", " unless ",
          "0x1F", "1e5", "Inf", "NaN", "5m", "1h30m", ' {a="b"}', " ignoring", " without (", "-", "+", " start()", " end()", "step()", "# x\n"]


def mutated(rng, texts):
    """One of the texts with a few characters, pieces of others or of the language put in, left out or exchanged."""
    text = rng.choice(texts)
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            text = text[:at] + rng.choice("(){}[],\"'`+-*/%^=!~<>@:._ #\n\t\\0159aeExXsmh$&|;?é") + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + rng.choice([1, 1, 2, 4]):]
        elif kind == 2:
            other = rng.choice(texts)
            begin = rng.randrange(len(other) + 1)
            text = text[:at] + other[begin:begin + rng.randrange(1, 12)] + text[at:]
        elif kind == 3:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        else:
            text = text.replace(" ", rng.choice(["", "  ", "\n", "\t"]), 1)
    return text
