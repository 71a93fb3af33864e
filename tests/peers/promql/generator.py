"""Random expressions over the series of samples.py."""


class Generator:
    METRICS = ["requests_total", "temperature", "humidity", "latency_bucket", "job_info", "constant", "extreme",
               "broken_bucket", "target_info"]
    LABELS = ["job", "instance", "zone", "le", "kind"]
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
            return f"{self.pick(['1m', '(90s)', '(2 * 30s)'])} {self.pick(['+', '*', '^', '%'])} {self.pick(['1', '47', '(3-1)'])}"
        return self.pick(["30s", "1m", "90s", "5m", "10m", "47s", "300", "1h"])

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
            text += "{%s%s}" % (self.pick(self.LABELS), self.pick(
                ['="api"', '!="a"', '=~"a|b|api"', '!~"x.*"', '=""', '=~".+"']))
        elif self.rng.random() < 0.03:
            text = '{__name__=~"temperature|humidity|constant"}'
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
        if "()" not in text and self.rng.random() < 0.4:  # "ignoring () group_left" is lost in Prometheus' printer
            text += f" {self.pick(['group_left', 'group_right'])} ({self.pick(['', 'team', 'tier'])})"
        return text

    def binary(self, depth):
        if self.rng.random() < 0.1:  # these make a difference in the last bit a big one
            return f"{self.selector()} {self.pick(['%', '^'])} {self.pick(['2', '3', '0.5', '-1', '7', 'NaN'])}"
        op = self.pick(["+", "-", "*", "/", "atan2", "==", "!=", ">", "<=", "> bool", "== bool"])
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
        if self.rng.random() < 0.1:
            op = self.pick(["limit_ratio(0.5", "limit_ratio(-0.3", "limit_ratio(time() / 4e9", "limit_ratio(1.5",
                            "limitk(2", "limitk(1", "limitk by (job) (1"])
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
        return self.pick([
            f"histogram_quantile({s}, {v})", "histogram_quantile(0.9, sum by (le) (rate(latency_bucket[5m])))",
            f"histogram_fraction(0.2, {s}, latency_bucket)", f"clamp({v}, 0, {s})", f"clamp_min({v}, {s})",
            f"clamp_max({v}, {s})", f"round({v}, {s})", f"quantile_over_time({s}, {m})", f"predict_linear({m}, {s})",
            f"vector({s})", f'label_replace({v}, "to", "$1-x", "job", "(.).*")', f'label_join({v}, "to", "-", "job", "zone")',
            f'sort_by_label({v}, "job")', f"timestamp({self.pick(self.METRICS)})",
            f'info({v}, {{{self.pick(["version", "env", "__name__"])}=~"{self.pick([".+", ".*", "1|e0|target_info", ".*_info"])}"}})',
            f'label_replace({v}, "{self.pick(["job", "new", "__name__"])}", "{self.pick(["x", "$1", "", "${1}_$2"])}", "{self.pick(["zone", "instance"])}", "{self.pick(["(.*)", "a|b", "(.)(.?)"])}")',
            f"absent_over_time({m})", f"{self.pick(['sin', 'cos', 'tan'])}({self.selector()})", f"sort_desc({v})", f"count_values by (job) (\"v\", {self.selector()})",
            f"{self.pick(['hour', 'minute', 'day_of_week', 'month', 'year', 'day_of_year'])}"
            f"({self.pick(['job_info', 'requests_total', 'constant * 1e6'])})", f"double_exponential_smoothing({m}, 0.5, 0.3)", f"absent({v})"])
