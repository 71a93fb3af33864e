#!/usr/bin/env python3
"""1000 alerting rules over 100k series in a real Prometheus and in tocsin: how long a round of the group takes; and a rule over
10k series of which 100 fire.

    rules_side_by_side.py [ROUNDS]

Both scrape the same page and evaluate the same files, one after the other; the median of the rounds counts.
"""

import http.server
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers/promql"))
from oracle import free_port, wait_for  # noqa: E402

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BIN", "build/release/bin")).resolve() / "tocsin"
RULES, SERIES, WIDE, FIRING = 1000, 100, 10_000, 100
PAGE = "".join(f'load{{service="s{rule}",instance="i{series}"}} {(rule * series) % 97}\n'
               for rule in range(RULES) for series in range(SERIES))
PAGE += "".join(f'wide{{instance="i{series}",rack="r{series % 40}"}} {series}\n' for series in range(WIDE))
PAGE = PAGE.encode()
GROUP = "groups:\n- name: all\n  interval: 5s\n  rules:\n" + "".join(
    f'  - {{alert: A{rule}, expr: \'load{{service="s{rule}"}} > 95\', for: 1m, labels: {{severity: page}}, '
    f'annotations: {{summary: "{{{{ $labels.instance }}}} at {{{{ $value }}}}"}}}}\n' for rule in range(RULES))
GROUP += f"""
- name: wide
  interval: 5s
  rules:
  - {{alert: Wide, expr: wide >= {WIDE - FIRING}, labels: {{severity: page}},
      annotations: {{summary: "{{{{ $labels.instance }}}} at {{{{ $value }}}}"}}}}
"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


def rounds(command, port, count):
    """The durations in seconds of both groups' rounds, of those after the samples are there."""
    process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/api/v1/rules"

        def groups():
            found = json.loads(urllib.request.urlopen(url + "?exclude_alerts=true").read())["data"]["groups"]
            return {group["name"]: group for group in found}

        def firing():
            found = json.loads(urllib.request.urlopen(url + "?rule_group[]=wide").read())["data"]["groups"]
            return sum(len(group["rules"][0].get("alerts", [])) for group in found)

        wait_for(lambda: firing() == FIRING, 60)
        durations = {"all": {}, "wide": {}}
        while any(len(each) <= count for each in durations.values()):
            for name, group in groups().items():
                durations[name][group["lastEvaluation"]] = group["evaluationTime"]
            time.sleep(1)
        # The first round may be one that made the alerts.
        return {name: list(each.values())[1:] for name, each in durations.items()}
    finally:
        process.kill()
        process.wait()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    target = free_port()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", target), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "rules.yml").write_text(GROUP)
        (folder / "prometheus.yml").write_text(
            "rule_files: [rules.yml]\nscrape_configs: [{job_name: page, scrape_interval: 5s, scrape_timeout: 5s, "
            f"static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]\n")
        config = f"--config.file={folder}/prometheus.yml"
        theirs = rounds([PEERS / "prometheus", config, f"--storage.tsdb.path={folder}/data"], free_port(), count)
        ours = rounds([TOCSIN, "serve", config], free_port(), count)
    for name, what in (("all", f"{RULES} rules over {RULES * SERIES} series"),
                       ("wide", f"a rule over {WIDE} series, {FIRING} alerts")):
        prometheus, tocsin = (statistics.median(each[name]) * 1000 for each in (theirs, ours))
        print(f"{what}: Prometheus {prometheus:.1f} ms, tocsin {tocsin:.2f} ms ({min(ours[name]) * 1000:.2f} to "
              f"{max(ours[name]) * 1000:.2f}): {prometheus / tocsin:.1f} times as fast")


if __name__ == "__main__":
    main()
