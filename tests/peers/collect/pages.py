"""What targets answer: pages made by hand, and random ones, in both formats; each with the options of its job."""
import random

LEGACY = "metric_name_validation_scheme: legacy\nmetric_name_escaping_scheme: underscores"
TEXT, OPEN = "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Case:
    """A job: its options as YAML lines, and the pages that it gets, one a scrape; the last one goes on."""

    def __init__(self, *pages, options="", type=TEXT, status=200, delay=0):
        self.pages, self.options, self.type, self.status, self.delay = pages, options, type, status, delay


def open_case(*pages, options=""):
    return Case(*(page + "# EOF\n" for page in pages), options=options, type=OPEN)


def rule(text):
    return "metric_relabel_configs: [{" + text + "}]"


BY_HAND = [
    Case("a 1\nb{x=\"1\"} 2\n"), Case(""), Case("\n\n"), Case("# a remark\na 1\n"), Case("a 1"), Case("a 1\r\n"), Case("a  1\n"), Case("a\t1\n"),
    Case("a{} 1\n"), Case("a { x = \"1\" , } 1\n"), Case("a{x=\"1\",} 1\n"), Case("a{x=\"1\",,} 1\n"), Case("a{,} 1\n"), Case("a{x=\"1\"}1\n"), Case("a{x=\"1\" y=\"2\"} 1\n"), Case("a{x=\"1\"y=\"2\"} 1\n"), open_case("a{x=\"1\"y=\"2\"} 1\n"), Case("a{\"u v\"=\"1\"y=\"2\"} 1\n"), Case("a{\"u\"=\"1\",x=\"1\"y=\"2\"} 1\n"), open_case("a{x=\"1\",y=\"2\"z=\"2\"} 1\n"), Case("a{x=\"1\"\"y\"=\"2\"} 1\n"),
    Case("a{x=\"1\",x=\"2\"} 1\n"), Case("a{x='1'} 1\n"), Case("a{x=1} 1\n"), Case("a{1x=\"1\"} 1\n"), Case("a{x=\"\\\"\\\\\\n\\t\"} 1\n"), Case("a{x=\"\"} 1\n"), Case("a{x=\"1\n2\"} 1\n"), Case("a{x=\"1\\\n2\"} 1\n"), Case("1a 1\n"), Case("a-b 1\n"), Case("a:b 1\n"),
    Case("{\"a b\"} 1\n"), Case("{\"a b\",x=\"1\"} 1\n"), Case("{\"a\",\"b\"} 1\n"), Case("{x=\"1\"} 1\n"), Case("a{\"x y\"=\"1\"} 1\n"), Case("{\"a\\nb\"} 1\n"), Case("{\"\"} 1\n"), Case("a{\"\"=\"1\"} 1\n"), Case("a{__name__=\"b\"} 1\n"),
    Case("a{x=\"ä\"} 1\n"), Case("ä 1\n"), Case("a 1e5\nb -1.5E-3\nc +1\nd .5\ne 5.\nf 0x10\ng 1_000\n"), Case("a 1e5\nb -1.5E-3\nc +1\nd .5\ne 5.\n"), Case("a 0x10\n"), Case("a 1_0\n"),
    Case("a NaN\nb +Inf\nc -Inf\nd Inf\ne nan\nf inf\ng Infinity\nh -infinity\n"), Case("a 1e999\n"), Case("a 1e-999\n"), Case("a 123456789012345678\nb 0.1234567890123456789\nc 9007199254740993\n"),
    Case("a -0\n"), Case("a --1\n"), Case("a\n"), Case("a \n"), Case("a x\n"), Case("a 1 2 3\n"), Case("a 1 x\n"), Case("a 1 1.5\n"), Case("a 1 # comment\n"), Case("a 1\nb\n"), Case("a{x=\"1 1\n"), Case("a{x=\"1\"\n"), Case("}\n"),
    Case("# TYPE a counter\n# HELP a Help \\\\ me\\n now.\na 1\n"), Case("# TYPE a nonsense\na 1\n"), Case("# TYPE a\na 1\n"), Case("# HELP a\na 1\n"), Case("#TYPE a counter\na 1\n"), Case("# TYPE  a  gauge \na 1\n"), Case("# TYPE \"a b\" gauge\n{\"a b\"} 1\n"),
    Case("# UNIT a seconds\na 1\n"), Case("# EOF\na 1\n"), Case("a 1\na 2\n"), Case("a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n"), Case("h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n"), Case("h{quantile=\"0.5\"} 1\n", options=""),
    Case("a 1\nb 1\n", "a 2\n", "a 3\nb 4\n"), Case("a 1\nb 1\nc 1\n", "c 2\na 2\nb 2\n"), Case("a 1\n", "a 1\nnew 1\n", "a 1\n"), Case("a 1\n", "a x\n", "a 3\n"), Case("a 1\n", "b 1\nc x\n"), Case("a 1\n", "a x\n"), Case("a 1\n", ""),
    Case("a 1\nb 1 1000\n"), Case("a 1 1000\nb 2\n", options="honor_timestamps: false"), Case("a 1 {now}\nb 2\n", "b 2\n"), Case("a 1 {now}\nb 2\n", "b 2\n", options="track_timestamps_staleness: true"), Case("a 1 {now}\na 2 {now}\n"),
    Case("a{job=\"x\",instance=\"y\"} 1\n"), Case("a{job=\"x\",instance=\"y\"} 1\n", options="honor_labels: true"), Case("a{job=\"x\",exported_job=\"z\"} 1\n"), Case("a{job=\"\"} 1\n", options="honor_labels: true"), Case("up 5\nscrape_samples_scraped 7\n"),
    Case("a 1\nb 2\nc 3\n", options="sample_limit: 2"), Case("a 1\nb 2\n", options="sample_limit: 2"), Case("a{x=\"1\",y=\"2\"} 1\n", options="label_limit: 4"), Case("a{x=\"1\",y=\"2\"} 1\n", options="label_limit: 5"),
    Case("a{abcdefghijk=\"1\"} 1\n", options="label_name_length_limit: 10"), Case("a{abcdefghij=\"1\"} 1\n", options="label_name_length_limit: 10"), Case("a{b=\"12345678901234567890\"} 1\n", options="label_value_length_limit: 19"),
    Case("a 1\n" * 100, options="body_size_limit: 300B"), Case("a 1\n", options="body_size_limit: 300B"), Case("a 1\n", options="target_limit: 1\nstatic_configs: [{targets: [TARGET], labels: {n: '1'}}, {targets: [TARGET], labels: {n: '2'}}]"),
    Case("a 1\n", type=""), Case("a 1\n", type="", options="fallback_scrape_protocol: PrometheusText0.0.4"), Case("a 1\n", type="text/html"), Case("a 1\n", type="text/html", options="fallback_scrape_protocol: PrometheusText0.0.4"), Case("a 1\n", type="nonsense"),
    Case("a 1\n", type="application/json"), Case("a 1\n# EOF\n", type="text/html", options="fallback_scrape_protocol: OpenMetricsText1.0.0"), Case("a 1\n", type="text/plain"), Case("a 1\n", type="TEXT/PLAIN; charset=x"),
    Case("a 1\n", status=404), Case("a 1\n", status=500), Case("a 1\n", status=204), Case("a 1\n", status=299), Case("a 1\n", delay=3), Case("a 1\n", options="static_configs: [{targets: ['127.0.0.1:1']}]"),
    Case("a 1\n", options="scheme: https"), Case("a{x=\"1\"} 1\nb 1\n", options=rule("source_labels: [__name__], regex: a, action: drop")), Case("a 1\nb 1\n", options=rule("source_labels: [__name__], regex: a, action: keep")),
    Case("a{x=\"AbC\"} 1\n", options=rule("source_labels: [x], target_label: y, action: lowercase")), Case("a{x=\"AbÇß\"} 1\n", options=rule("source_labels: [x], target_label: y, action: uppercase")),
    Case("a{x=\"1\"} 1\na{x=\"2\"} 2\n", options=rule("source_labels: [x], modulus: 7, target_label: y, action: hashmod")), Case("a{x_1=\"1\",x_2=\"2\"} 1\n", options=rule("regex: x_(.*), replacement: y_$1, action: labelmap")),
    Case("a{x=\"1\",y=\"2\"} 1\n", options=rule("regex: x, action: labeldrop")), Case("a{x=\"1\",y=\"2\"} 1\n", options=rule("regex: '__name__|y', action: labelkeep")), Case("a{x=\"1\"} 1\n", options=rule("regex: x, action: labelkeep")),
    Case("a{x=\"1\",y=\"1\"} 1\na{x=\"1\",y=\"2\"} 2\n", options=rule("source_labels: [x], target_label: y, action: keepequal")), Case("a{x=\"1\",y=\"1\"} 1\na{x=\"1\",y=\"2\"} 2\n", options=rule("source_labels: [x], target_label: y, action: dropequal")),
    Case("a{x=\"b-c\"} 1\n", options=rule("source_labels: [x], regex: '(.+)-(?P<z>.+)', target_label: '${1}_l', replacement: '${z}$$1$1x${1}'")), Case("a{x=\"1\"} 1\nb 2\n", options=rule("source_labels: [__name__], target_label: __name__, regex: '(.*)', replacement: 'p_$1'")),
    Case("a{x=\"1\"} 1\na{x=\"2\"} 2\n", options=rule("regex: x, action: labeldrop")), Case("a 1\n", options=rule("target_label: job, replacement: other")), Case("a{x=\"1\"} 1\n", options=rule("source_labels: [x], target_label: x, replacement: ''")),
    Case("{\"a b\"} 1\n", options=LEGACY), Case("a{\"x y\"=\"1\"} 1\n", options=LEGACY), Case("a 1\n", options=LEGACY),
    open_case("a 1\n"), open_case(""), Case("a 1\n", type=OPEN), Case("a 1\n# EOF", type=OPEN), Case("a 1\n# EOF\n\n", type=OPEN), Case("a 1\n# EOF\nb 1\n", type=OPEN), open_case("a  1\n"), open_case("a{x=\"1\", y=\"2\"} 1\n"), open_case("a{x=\"1\"}  1\n"),
    open_case("# TYPE a counter\na_total 1\na_created 1000\n"), open_case("# TYPE a gauge\n# UNIT a\n# HELP a x\\ny\\\"z\na 1\n"), open_case("# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n"), open_case("# UNIT a seconds\na 1\n"), open_case("# TYPE a unknown\na 1\n"),
    open_case("# TYPE a untyped\na 1\n"), open_case("# TYPE a stateset\na{a=\"x\"} 1\n"), open_case("# TYPE a info\na_info{x=\"y\"} 1\n"), open_case("#HELP a x\na 1\n"), open_case("# a remark\na 1\n"), open_case("\na 1\n"), open_case("a 1 {now_s}\n"), open_case("a 1 1.5\nb 1 1e3\n"),
    open_case("a 1 x\n"), open_case("a 1 NaN\n"), open_case("a 1 \n"), open_case("a 1  # {x=\"y\"} 1\n"), open_case("a_total 1 # {trace_id=\"x\"} 0.5\n"), open_case("a_total 1 # {trace_id=\"x\"} 0.5 {now_s}\n"), open_case("a_total 1 {now_s} # {trace_id=\"x\",b=\"c\"} 7 {now_s}\n"),
    open_case("a_total 1 # {} 0.5\n"), open_case("a_total 1 # {trace_id=\"x\"}\n"), open_case("a_total 1 # trace_id\n"), open_case("a_total 1 # {trace_id=\"x\"} y\n"), open_case("a_total 1 # {trace_id=\"x\"} 0.5 1 2\n"), open_case("a_total 1 # {trace_id=\"" + "x" * 150 + "\"} 0.5\n"),
    open_case("a_total 1 # {trace_id=\"x\"} 1\n", "a_total 2 # {trace_id=\"y\"} 2\n", "a_total 3 # {trace_id=\"y\"} 2\n"), open_case("h_bucket{le=\"1\"} 1 # {t=\"a\"} 0.5\nh_bucket{le=\"+Inf\"} 2 # {t=\"b\"} 5\nh_sum 3\nh_count 2\n"), open_case("a 1\na 2\n"), open_case("{\"a b\",x=\"1\"} 1\n"),
    open_case("a NaN\nb +Inf\nc -Inf\n"), open_case("a\t1\n"), open_case("a{x=\"1\n2\"} 1\n"), open_case("a{x=\"1\\\n2\"} 1\n"), open_case("a{x=\"1\"\n"), open_case("a{x=\"1\",} 1\n"),
    Case("a 1\n", options="relabel_configs: [{target_label: zone, replacement: z}, {source_labels: [__address__], target_label: instance, replacement: here}]"),
    Case("a 1\n", options="relabel_configs: [{source_labels: [job], regex: c.*, action: drop}]"), Case("a 1\n", options="relabel_configs: [{target_label: __scrape_interval__, replacement: 2s}, {target_label: __scrape_timeout__, replacement: 1s}]"),
    Case("a 1\n", options="relabel_configs: [{target_label: __scrape_timeout__, replacement: 1h}]"), Case("a 1\n", options="params: {x: [y, z], 'a b': ['ü&=']}"), Case("a 1\n", options="relabel_configs: [{target_label: __param_x, replacement: w}]\nparams: {x: [y, z]}"),
    Case("a 1\n", options="basic_auth: {username: u, password: p}"), Case("a 1\n", options="authorization: {credentials: c}"), 
    Case("a 1\n", options="scrape_protocols: [PrometheusText0.0.4, OpenMetricsText1.0.0]"), Case("a 1\n", options="enable_compression: false"), Case("a 1\n", options="metric_name_escaping_scheme: dots"),
]


class Generator:
    """Pages that are mostly right: lines of a grammar, now and then with a character that does not belong there."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *choices):
        return self.random.choice(choices)

    def name(self):
        return self.pick("a", "b_total", "c:d", "e_bucket", "up2", "_f", "g1")

    def value(self):
        return self.pick("1", "0", "-2.5", "1e3", "NaN", "+Inf", "-Inf", "123456789", "0.1", "1.7976931348623157e308", "5e-324", "12345678.90625")

    def labels(self, blanks):
        space = (lambda: self.pick("", "", "", " ")) if blanks else (lambda: "")
        texts = ["x", "", "a b", "\\\"", "\\\\", "\\n", "ü", "{}", ",", "#"]
        names = self.random.sample(["x", "y", "le", "job", "instance", "_z", '"u v"'], self.random.randrange(4))
        inside = ("," + space()).join(f'{space()}{n}{space()}={space()}"{self.pick(*texts)}"' for n in names)
        return "{" + inside + self.pick("", "", ",") * bool(names) + space() + "}" if names or self.pick(0, 0, 1) else ""

    def line(self, fmt):
        if self.random.random() < 0.15:
            kind = self.pick("HELP", "TYPE", "UNIT")
            rest = {"HELP": self.pick("some help", "", "a\\nb"), "TYPE": self.pick("counter", "gauge", "histogram", "unknown", "untyped"), "UNIT": ""}[kind]
            return f"# {kind} {self.name()} {rest}\n" if fmt == OPEN or kind != "UNIT" else "# remark\n"
        line = self.name() + self.labels(fmt == TEXT)
        line += self.pick(" ", "  ", "\t") if fmt == TEXT and self.pick(0, 0, 0, 1) else " "
        line += self.value()
        if fmt == OPEN and self.random.random() < 0.15:
            line += ' # {trace_id="' + self.pick("x", "y") + '"} ' + self.pick("0.5", "2")
        return line + "\n"

    def page(self, fmt):
        text = "".join(self.line(fmt) for _ in range(self.random.randrange(1, 7)))
        while self.random.random() < 0.35 and text:
            at = self.random.randrange(len(text))
            if text[text.rfind("\n", 0, at) + 1:].startswith("#"):
                continue  # of a broken line with metadata Prometheus keeps odd names
            text = text[:at] + self.pick("", " ", '"', "{", "}", ",", "\\", "\n", "#", "1", "x", "=", "\t") + text[at + self.pick(0, 1):]
        return text

    def case(self):
        fmt = self.pick(TEXT, OPEN)
        pages = [self.page(fmt) for _ in range(2)]
        pages.append(self.pick(*pages))
        options = self.pick("", "", "", "honor_labels: true", "sample_limit: 3", rule("regex: x, action: labeldrop"))
        return open_case(*pages, options=options) if fmt == OPEN else Case(*pages, options=options)
