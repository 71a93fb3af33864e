#!/usr/bin/env python3
"""`promtool check config` and `tocsin check config` must agree on what is right and what is not, for every file below but
those of STRICTER and LOOSER.

Keys that tocsin can't honour are refused with their place ("is not supported"), which is no verdict: there must be as
many of those as NOT_SUPPORTED says, and with --config.unsupported=warn they must load.
"""
import concurrent.futures, os, pathlib, subprocess, sys, tempfile

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BIN", "build/release/bin")) / "tocsin"


def job(text):
    return "scrape_configs:\n- job_name: a\n" + "".join(f"  {line}\n" for line in text.splitlines())


def globally(text):
    return f"global: {{{text}}}\nscrape_configs: [{{job_name: a}}]\n"


def relabel(text, key="relabel_configs"):
    return job(f"{key}:\n- {{{text}}}")


def tls(text):
    return job(f"tls_config: {{{text}}}")


def http_sd(text):
    return job(f"http_sd_configs: [{{{text}}}]")


def dns_sd(text):
    return job(f"dns_sd_configs: [{{{text}}}]")


def docker_sd(text):
    return job(f"docker_sd_configs: [{{{text}}}]")


ACTIONS = ["replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase"]
RULE_FIELDS = ["", "source_labels: [a]", "target_label: b", "source_labels: [a], target_label: b", "source_labels: [a], target_label: b, modulus: 2",
               "regex: x", "regex: x, replacement: y", "source_labels: [a], target_label: b, replacement: y", "source_labels: [a], target_label: b, separator: x",
               "source_labels: [a], target_label: b, regex: x", "source_labels: [a], target_label: 'b-c'", "source_labels: [a], target_label: '${1}'",
               "source_labels: [a], target_label: '$x'", "regex: '('", "source_labels: ['a-b'], target_label: c", "source_labels: [''], target_label: c"]

CASES = [
    "", "global: {}\n", "scrape_configs: []\n", "scrape_configs: {}\n", "scrape_configs: [null]\n", "scrape_configs:\n", "nonsense: 1\n", "- a\n", "a: [\n",
    "scrape_configs: [{}]\n", "scrape_configs: [{job_name: ''}]\n", "scrape_configs: [{job_name: a}, {job_name: a}]\n", "scrape_configs: [{job_name: [a]}]\n",
    "scrape_configs: [{job_name: 5}]\n", "scrape_configs: [{job_name: a}, {job_name: b}]\n",
    globally(""), globally("scrape_interval: 5s"), globally("scrape_interval: 5"), globally("scrape_interval: -5s"), globally("scrape_interval: 0s"),
    globally("scrape_interval: 5s, scrape_timeout: 6s"), globally("scrape_timeout: 2m"), globally("scrape_timeout: 0s"), globally("evaluation_interval: 1h30m"),
    globally("evaluation_interval: 1.5h"), globally("evaluation_interval: 0s"), globally("scrape_interval: 1d, scrape_timeout: 1h"), globally("scrape_interval: 1y"),
    globally("external_labels: {a: b}"), globally("external_labels: {'a b': c}"), globally("external_labels: {'': c}"), globally("external_labels: [a]"),
    globally("external_labels: {__name__: c}"), globally("external_labels: {a: 5}"), globally("body_size_limit: 10MB"), globally("body_size_limit: 10"),
    globally("body_size_limit: 0"), globally("body_size_limit: -1MB"), globally("sample_limit: 5"), globally("sample_limit: -5"), globally("sample_limit: 1.5"),
    globally("target_limit: 7"), globally("label_limit: 3, label_name_length_limit: 4, label_value_length_limit: 5"), globally("keep_dropped_targets: 5"),
    globally("keep_dropped_targets: x"), globally("metric_name_validation_scheme: utf8"), globally("metric_name_validation_scheme: legacy"),
    globally("metric_name_validation_scheme: x"), globally("metric_name_escaping_scheme: underscores"), globally("metric_name_escaping_scheme: dots"),
    globally("metric_name_escaping_scheme: values"), globally("metric_name_escaping_scheme: allow-utf-8"), globally("metric_name_escaping_scheme: x"),
    globally("metric_name_validation_scheme: legacy, metric_name_escaping_scheme: allow-utf-8"), globally("scrape_protocols: [PrometheusText0.0.4]"),
    globally("scrape_protocols: [PrometheusText0.0.4, PrometheusText0.0.4]"), globally("scrape_protocols: [x]"), globally("scrape_protocols: []"),
    globally("scrape_protocols: [OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0, PrometheusText0.0.4]"), globally("foo: 1"),
    globally("rule_query_offset: 5s"), globally("rule_query_offset: -5s"), globally("always_scrape_classic_histograms: true"),
    globally("convert_classic_histograms_to_nhcb: true"),
    job("scrape_interval: 5s"), job("scrape_interval: 5s\nscrape_timeout: 6s"), job("scrape_timeout: 2m"), job("scrape_timeout: x"), job("foo: 1"),
    job("metrics_path: /x"), job("metrics_path: x"), job("metrics_path: ''"), job("scheme: https"), job("params: {a: [b, c]}"), job("params: {a: b}"),
    job("params: {a: 5}"), job("params: [a]"), job("params: {a: {b: c}}"), job("params: {a: null}"), job("honor_labels: true"), job("honor_labels: x"), job("honor_timestamps: false"),
    job("track_timestamps_staleness: true"), job("body_size_limit: 1.5KiB"), job("body_size_limit: 5XB"), job("sample_limit: 5"), job("label_limit: -1"),
    job("target_limit: 7"), job("keep_dropped_targets: 1"), job("enable_compression: false"), job("fallback_scrape_protocol: PrometheusText0.0.4"),
    job("fallback_scrape_protocol: OpenMetricsText1.0.0"), job("fallback_scrape_protocol: x"), job("fallback_scrape_protocol: ''"),
    job("scrape_protocols: [OpenMetricsText0.0.1]"), job("scrape_protocols: [PrometheusText1.0.0, x]"), job("scrape_protocols: x"),
    job("metric_name_validation_scheme: legacy"), job("metric_name_validation_scheme: legacy\nmetric_name_escaping_scheme: allow-utf-8"),
    job("metric_name_escaping_scheme: dots"), job("native_histogram_bucket_limit: 5"), job("scrape_failure_log_file: x"), job("always_scrape_classic_histograms: false"),
    job("native_histogram_min_bucket_factor: 1.1"), job("convert_classic_histograms_to_nhcb: false"),
    job("basic_auth: {username: u, password: p}"), job("basic_auth: {username: u, password: p, password_file: f}"), job("basic_auth: {username: u, username_file: f}"),
    job("basic_auth: {username_file: f, password_file: g}"), job("basic_auth: {}"), job("basic_auth: {foo: 1}"), job("basic_auth: {username: u}\nauthorization: {credentials: c}"),
    job("basic_auth: {username: u}\nbearer_token: t"), job("authorization: {credentials: c}\nbearer_token: t"), job("bearer_token: t\nbearer_token_file: f"),
    job("bearer_token: t"), job("authorization: {credentials: c}"), job("authorization: {type: Basic, credentials: c}"), job("authorization: {type: x}"),
    job("authorization: {credentials: c, credentials_file: f}"), job("authorization: {type: '', credentials: c}"), job("basic_auth: null"), job("authorization: null"),
    job("oauth2: {client_id: i, client_secret: s, token_url: 'http://x/'}"), job("oauth2: {}"),
    tls(""), tls("ca_file: x"), tls("cert_file: x"), tls("key_file: x"), tls("cert_file: x, key_file: y"), tls("insecure_skip_verify: true"), tls("server_name: x"),
    tls("min_version: TLS12"), tls("max_version: TLS13"), tls("min_version: TLS9"), tls("min_version: 12"), tls("min_version: TLS13, max_version: TLS12"),
    tls("ca: x, ca_file: y"), tls("cert: x, cert_file: y, key: z"), tls("key: x, key_file: y, cert: z"), tls("foo: 1"), tls("cert: x, key_file: y"),
    job("proxy_url: http://p:1/"), job("proxy_url: 'http://%zz/'"), job("proxy_url: http://p/\nno_proxy: x"), job("no_proxy: x"), job("proxy_from_environment: true"),
    job("proxy_from_environment: true\nproxy_url: http://p/"), job("proxy_from_environment: true\nno_proxy: x"), job("proxy_connect_header: {A: [b]}"),
    job("proxy_url: http://p/\nproxy_connect_header: {A: [b, c]}"), job("proxy_from_environment: true\nproxy_connect_header: {A: [b]}"),
    job("proxy_url: http://p/\nproxy_connect_header: {A: b}"), job("proxy_url: ''\nproxy_connect_header: {A: [b]}"), job("follow_redirects: false"), job("enable_http2: false"),
    job("enable_http2: true"), job("enable_http2: x"), job("http_headers: {A: {values: [b]}}"), job("http_headers: {A: {secrets: [b]}}"), job("http_headers: {A: {files: [b]}}"),
    job("http_headers: {A: {values: [b], secrets: [c], files: [d]}}"), job("http_headers: {A: [b]}"), job("http_headers: {A: {foo: b}}"), job("http_headers: {Authorization: {values: [b]}}"),
    job("http_headers: {host: {values: [b]}}"), job("http_headers: {Accept-Encoding: {values: [b]}}"), job("http_headers: {Accept: {values: [b]}}"), job("http_headers: {User-Agent: {values: [b]}}"),
    job("http_headers: {X-Prometheus-Scrape-Timeout-Seconds: {values: [b]}}"), job("http_headers: {A: null}"), job("http_headers: [a]"), job("http_headers: {Cookie: {values: [b]}}"),
    job("static_configs: [{targets: [a, 'b:1']}]"), job("static_configs: [{targets: ['http://a/']}]"), job("static_configs: [{targets: ['a/b']}]"), job("static_configs: [{targets: ['']}]"),
    job("static_configs: [{targets: [a], labels: {b: c}}]"), job("static_configs: [{labels: {'b c': d}}]"), job("static_configs: [null]"), job("static_configs: [{foo: 1}]"),
    job("static_configs: {}"), job("static_configs: [{targets: a}]"), job("static_configs: [{labels: {'': d}}]"),
    job("file_sd_configs: [{files: [a.yml]}]"), job("file_sd_configs: [{files: ['*.json']}]"), job("file_sd_configs: [{files: ['a*/b.yml']}]"), job("file_sd_configs: [{files: [a.txt]}]"),
    job("file_sd_configs: [{files: []}]"), job("file_sd_configs: [{}]"), job("file_sd_configs: [{files: ['a*b*.yml']}]"), job("file_sd_configs: [{files: [a.yml], refresh_interval: 5s}]"),
    job("file_sd_configs: [{files: [a.yml], refresh_interval: x}]"), job("file_sd_configs: [null]"),
    http_sd("url: 'http://x/'"), http_sd(""), http_sd("url: ''"), http_sd("url: 'ftp://x/'"), http_sd("url: x"), http_sd("url: 'http:///y'"), http_sd("url: 'http://x/', refresh_interval: 5s"),
    http_sd("url: 'http://x/', refresh_interval: 0s"), http_sd("url: 'http://x/', basic_auth: {username: u}, bearer_token: t"), http_sd("url: 'http://x/', basic_auth: {username: u, password: p}"),
    http_sd("url: 'http://x/', foo: 1"), http_sd("url: 'http://x/', tls_config: {ca_file: x}"), http_sd("url: 'https://x:9/y?z=1', proxy_url: 'http://p/', follow_redirects: false"), job("http_sd_configs: [null]"),
    dns_sd("names: [x]"), dns_sd("names: []"), dns_sd(""), dns_sd("names: [x], type: A"), dns_sd("names: [x], type: A, port: 5"), dns_sd("names: [x], type: aaaa, port: 5"),
    dns_sd("names: [x], type: MX, port: 5"), dns_sd("names: [x], type: NS, port: 5"), dns_sd("names: [x], type: SRV"), dns_sd("names: [x], type: TXT"), dns_sd("names: [x], type: MX"),
    dns_sd("names: x"), dns_sd("names: [x], port: 'y'"), dns_sd("names: [x], refresh_interval: 1s"), dns_sd("names: [x], foo: 1"), job("dns_sd_configs: [null]"),
    docker_sd("host: 'unix:///var/run/docker.sock'"), docker_sd(""), docker_sd("host: ''"), docker_sd("host: 'tcp://h:2375'"), docker_sd("host: 'http://h:2375'"), docker_sd("host: 'https://h:2376', tls_config: {ca_file: x}"),
    docker_sd("host: 'unix:///x', port: 9, host_networking_host: h, match_first_network: false, refresh_interval: 5s"), docker_sd("host: 'unix:///x', filters: [{name: n, values: [v, w]}]"),
    docker_sd("host: 'unix:///x', filters: [{name: n, foo: 1}]"), docker_sd("host: 'unix:///x', filters: {}"), docker_sd("host: 'unix:///x', foo: 1"), docker_sd("host: '://'"), job("docker_sd_configs: [null]"),
    docker_sd("host: 'unix:///x', filters: [{name: n}]"), docker_sd("host: 'unix:///x', filters: [{values: [n]}]"),
    job("consul_sd_configs: [{server: 'x'}]"), job("kubernetes_sd_configs: [{role: pod}]"), "storage: {exemplars: {max_exemplars: 5}}\n", "storage: {exemplars: {max_exemplars: x}}\n",
    "storage: {tsdb: {out_of_order_time_window: 5m}}\n", "storage: {exemplars: {foo: 5}}\n", "storage: {foo: 5}\n", "storage: {}\n",
    job("relabel_configs: [null]"), job("relabel_configs: {}"), job("relabel_configs: [{foo: 1}]"), job("relabel_configs: [{action: x}]"), job("metric_relabel_configs: [null]"),
    relabel("source_labels: a, target_label: b"), relabel("action: REPLACE, source_labels: [a], target_label: b"), relabel("regex: 5, target_label: b"), relabel("target_label: b, replacement: 5"),
    relabel("action: labelmap, replacement: '$1'"), relabel("action: labelmap, replacement: 'x-$1'"), relabel("action: labelmap, replacement: ''"), relabel("modulus: -1, target_label: b, action: hashmod"),
    relabel("target_label: b, replacement: ''"), relabel("target_label: ''"), relabel("regex: null, target_label: b"),
] + [relabel(f"action: {action}, {fields}", key) for action in ACTIONS for fields in RULE_FIELDS
     for key in (["relabel_configs"] if fields else ["metric_relabel_configs"])]

# Where tocsin refuses on purpose what Prometheus lets pass.
STRICTER = [
    globally("body_size_limit: -1MB"),  # Prometheus takes a negative limit for none
    globally("sample_limit: 1.5"),  # it drops the fraction without a word
    tls("min_version: TLS13, max_version: TLS12"),  # it loads this, and then no connection comes about
]
# Where tocsin takes what Prometheus refuses, and why.
LOOSER = [
    tls("cert: x, key_file: y"),  # promtool alone refuses the mixture, Prometheus loads it
]
NOT_SUPPORTED = 9


def verdicts(case):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "prometheus.yml")
        file.write_text(case)
        theirs = subprocess.run([PEERS / "promtool", "check", "config", "--syntax-only", file], capture_output=True, text=True)
        ours = subprocess.run([TOCSIN, "check", "config", file], capture_output=True, text=True)
        lenient = subprocess.run([TOCSIN, "check", "config", "--config.unsupported=warn", file], capture_output=True, text=True)
    return theirs.returncode == 0, ours.returncode == 0, lenient.returncode == 0, (theirs.stderr + theirs.stdout).strip(), ours.stderr.strip()


def main():
    if not (PEERS / "promtool").exists():
        print(f"no promtool in {PEERS}: skipped")
        return 77
    differing = unsupported = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, (theirs, ours, lenient, their_words, our_words) in zip(CASES, pool.map(verdicts, CASES)):
            if theirs == ours or (case in STRICTER and not ours) or (case in LOOSER and ours):
                continue
            if theirs and "not supported" in our_words and lenient:
                unsupported += 1
                continue
            differing += 1
            print(f"DIFFERENT\n{case}  promtool: {theirs} {their_words}\n  tocsin: {ours} {our_words}\n")
    print(f"{len(CASES)} files, not supported: {unsupported}, differences: {differing}")
    return 1 if differing or unsupported != NOT_SUPPORTED else 0


if __name__ == "__main__":
    sys.exit(main())
