#!/usr/bin/env python3
"""A real Prometheus and tocsin scrape the same pages with the same options; what they make of them must be the same: the
series and their values in order, the stale markers, the exemplars, what /api/v1/targets and metadata say, what they ask
the target for, and the kind of error where there is one.

    scrape_differential.py [--random N] [--seed S]
"""
import argparse, collections, gzip, http.server, json, os, pathlib, re, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../promql"))
from oracle import free_port, wait_for
from pages import BY_HAND, Generator

PEERS = os.path.join(os.environ.get("PEERS", os.path.expanduser("~/peers")), "bin")
TOCSIN = os.path.join(os.path.abspath(os.environ.get("TOCSIN_BIN", "build/release/bin")), "tocsin")
SIDES = ("prometheus", "tocsin")
INTERVAL, ROUNDS = 2, 4
EVERYTHING = '{__name__=~".+",__name__!="scrape_duration_seconds"}'

# What an error says, in Prometheus' words and in ours.
ERRORS = [
    ("timeout", r"context deadline exceeded|timed out|did not end within"), ("refused", r"connection refused"),
    ("status", r"server returned HTTP status (\d+)"), ("no type", r"blank Content-Type|no Content-Type"),
    ("type", r"unsupported Content-Type|unparsable|received unsupported"), ("tls", r"HTTP response to HTTPS|wrong version number|SSL|tls:"),
    ("body size", r"body size limit|larger than \d+ bytes"), ("sample limit", r"sample limit exceeded"), ("label limit", r"label_limit exceeded"),
    ("label name length", r"label_name_length_limit exceeded"), ("label value length", r"label_value_length_limit exceeded"),
    ("target limit", r"target_limit exceeded.*"), ("names", r"invalid metric name or label names|label name must not be empty"),
    ("parse", r"metric name|invalid timestamp|while parsing|data does not end with # EOF|unexpected data after # EOF|^\d+:\d+: |strconv|invalid UTF-8|unit .* not a suffix|expected|invalid metric type|unsupported character|"
              r"not UTF-8|label name .* is not unique|duplicate label"),
]


def kind_of(error):
    if not error:
        return ""
    for name, pattern in ERRORS:
        found = re.search(pattern, error)
        if found:
            return name + (" " + found.group(1) if found.groups() else "")
    return "unknown: " + error


class Target(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cases, served, asked, lock = [], collections.Counter(), {}, threading.Lock()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        _, side, number = path.split("/")
        case = self.cases[int(number)]
        with self.lock:
            page = case.pages[min(self.served[side, number], len(case.pages) - 1)]
            self.served[side, number] += 1
            shown = {name: self.headers.get_all(name) for name in sorted(set(self.headers.keys()))
                     if name.lower() not in ("user-agent", "connection", "host")}
            self.asked[side, number] = query, {name.title(): value for name, value in shown.items()}
        if case.delay:
            time.sleep(case.delay)
        now = int(time.time()) // 20 * 20  # the same for both, most of the time
        body = page.replace("{now}", str(now * 1000)).replace("{now_s}", str(now)).encode()
        try:
            self.send_response(case.status)
            if case.type:
                self.send_header("Content-Type", case.type)
            if "gzip" in self.headers.get("Accept-Encoding", "") and int(number) % 2:
                self.send_header("Content-Encoding", "gzip")
                body = gzip.compress(body)
            if case.status == 204:
                body = b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 1024

    def handle_error(self, request, client_address):
        pass  # a target that is let go of when a program ends


def config(cases, side, port):
    lines = [f"global: {{scrape_interval: {INTERVAL}s, scrape_timeout: {INTERVAL}s}}", "scrape_configs:"]
    for number, case in enumerate(cases):
        options = case.options.replace("TARGET", f"'127.0.0.1:{port}'")
        lines += [f"- job_name: case{number:04}", f"  metrics_path: /{side}/{number}"]
        lines += ["  " + line for line in options.splitlines()]
        if "static_configs" not in options:
            lines.append(f"  static_configs: [{{targets: ['127.0.0.1:{port}']}}]")
    return "\n".join(lines) + "\n"


def ask(base, path):
    try:
        with urllib.request.urlopen(base + "/api/v1/" + path) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def key(labels):
    return json.dumps(labels, sort_keys=True)


def series_of(base):
    """By job: each series with its values in order, repetitions once, and whether it has a value now."""
    found = collections.defaultdict(dict)
    now = {key(one["metric"]) for one in ask(base, "query?query=" + urllib.parse.quote(EVERYTHING))["data"]["result"]}
    for one in ask(base, "query?query=" + urllib.parse.quote(EVERYTHING + "[1h]"))["data"]["result"]:
        job = re.search(r"case\d{4}", json.dumps(one["metric"]))
        values = [value for _, value in one["values"]]
        values = [value for i, value in enumerate(values) if i == 0 or value != values[i - 1]]
        if not job:
            continue  # honor_labels has taken the job: of several at once
        found[job.group(0)][key(one["metric"])] = (values, key(one["metric"]) in now)
    return found


def known_differences(theirs, ours):
    """Takes out what is meant to differ: blanks before a name are no part of it here, as the format has it; and after a scrape that failed half way Prometheus leaves the series that
    it had read by then without a stale marker, so that their last value stays for five minutes; here all of them end."""
    for series in theirs.values():
        for labels in list(series):
            series[re.sub(r'"__name__": "( |\\t)+', '"__name__": "', labels)] = series.pop(labels)
    for job, series in ours.items():
        failed = any('"__name__": "up"' in labels and values[-1] == "0" for labels, (values, _) in series.items())
        for labels, (values, now) in series.items() if failed else ():
            if not now and theirs.get(job, {}).get(labels) == (values, True):
                theirs[job][labels] = values, False


def exemplars_of(base):
    found = {}
    for one in ask(base, "query_exemplars?query=" + urllib.parse.quote('{__name__=~".+"}') + "&start=0&end=9999999999")["data"]:
        found[key(one["seriesLabels"])] = list({key(e["labels"]): (e["labels"], e["value"]) for e in one["exemplars"]}.values())
    return found


def targets_of(base, side, query):
    data = ask(base, "targets" + query)["data"]
    for target in data.get("activeTargets") or []:
        target["lastError"] = kind_of(target["lastError"])
        target["lastScrape"], target["lastScrapeDuration"] = len(target["lastScrape"]) >= 20, target["lastScrapeDuration"] >= 0
    text = json.dumps(data, sort_keys=True).replace("/" + side + "/", "/side/")
    data = json.loads(text)
    for name in ("activeTargets", "droppedTargets"):
        if data.get(name):
            data[name] = sorted(data[name], key=key)
    return data


def differences(what, theirs, ours, cases):
    """Prints what is not the same, by case; gives how many."""
    count = 0
    for name in sorted(set(theirs) | set(ours)):
        if theirs.get(name) == ours.get(name):
            continue
        count += 1
        case = re.search(r"case(\d{4})", str(name))
        page = cases[int(case.group(1))].pages if case else ""
        print(f"--- {what} {name} {page}\n  wanted: {str(theirs.get(name))[:6000]}\n  got:    {str(ours.get(name))[:6000]}")
    return count


def by_case(side, data):
    active = {target["scrapePool"] + key(target["labels"]): target for target in data.get("activeTargets") or []}
    return {**active, "rest": {name: value for name, value in data.items() if name != "activeTargets"}}


def metadata_of(base, query):
    data = ask(base, query)
    return json.dumps(data, sort_keys=True) if data["status"] == "error" else \
        {name: sorted(map(key, entries)) for name, entries in data["data"].items()} if isinstance(data["data"], dict) else sorted(map(key, data["data"]))


def compare(bases, cases):
    (theirs, ours), count = [series_of(base) for base in bases], 0
    known_differences(theirs, ours)
    count += differences("series of", theirs, ours, cases)
    samples = sum(len(series) for series in theirs.values())
    (theirs, ours) = [exemplars_of(base) for base in bases]
    count += differences("exemplars of", theirs, ours, cases)
    print(f"{samples} series, {len(theirs)} with exemplars")
    for query in ("", "?state=active", "?state=dropped", "?state=any", "?state=Active", "?scrapePool=case0003", "?scrapePool=none&state=x"):
        (theirs, ours) = [by_case(side, targets_of(base, side, query)) for base, side in zip(bases, SIDES)]
        count += differences(f"targets{query} of", theirs, ours, cases)
    for query in ("metadata", "metadata?limit=0", "metadata?metric=a", "metadata?metric=a&limit_per_metric=1", "metadata?limit=x", "targets/metadata?metric=a_seconds",
                  "targets/metadata?match_target=" + urllib.parse.quote('{job=~"case00.*"}'), "targets/metadata?limit=x", "scrape_pools"):
        (theirs, ours) = [{query: metadata_of(base, query)} for base in bases]
        if "limit_per_metric" in query:  # which one is left is not said
            theirs, ours = [{name: {m: len(e) for m, e in value.items()} for name, value in side.items()} for side in (theirs, ours)]
        count += differences("answer to", theirs, ours, cases)
    (theirs, ours) = [{f"case{int(n):04}": asked for (s, n), asked in Target.asked.items() if s == side} for side in SIDES]
    return count + differences("request of", theirs, ours, cases)


def all_scraped(targets, jobs):
    return len(targets) > jobs * 0.9 and all(target["health"] != "unknown" for target in targets)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--random", type=int, default=150, help="how many random jobs beside those by hand")
    arguments.add_argument("--seed", type=int, default=1)
    args = arguments.parse_args()
    if not os.path.exists(PEERS + "/prometheus"):
        print("skipped: no " + PEERS + "/prometheus; tests/peers/install fetches it")
        return 77
    generator = Generator(args.seed)
    cases = BY_HAND + [generator.case() for _ in range(args.random)]
    Target.cases = cases
    target = Server(("127.0.0.1", 0), Target)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        ports = [free_port(), free_port()]
        for side in SIDES:
            pathlib.Path(folder, side + ".yml").write_text(config(cases, side, target.server_port))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": open(os.path.join(folder, "log"), "w"), "cwd": folder}
        processes = [subprocess.Popen([PEERS + "/prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                       f"--web.listen-address=127.0.0.1:{ports[0]}", "--enable-feature=exemplar-storage", "--web.external-url=http://here.test:1234/", "--web.route-prefix=/"], **quiet),
                     subprocess.Popen([TOCSIN, "serve", f"--config.file={folder}/tocsin.yml", f"--web.listen-address=127.0.0.1:{ports[1]}", "--web.external-url=http://here.test:1234/"], **quiet)]
        try:
            bases = [f"http://127.0.0.1:{port}" for port in ports]
            for base in bases:
                wait_for(lambda b=base: all_scraped(ask(b, "targets")["data"]["activeTargets"], len(cases)), 60)
            enough = lambda side: all(Target.served[side, n] >= ROUNDS for (s, n) in list(Target.served) if s == side)
            wait_for(lambda: all(enough(side) for side in SIDES), 60)
            time.sleep(0.5)
            count = compare(bases, cases)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
    print(f"{len(cases)} jobs, differences: {count}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
