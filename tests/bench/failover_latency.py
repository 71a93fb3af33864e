#!/usr/bin/env python3
"""From a log line to Slack: how long a failover takes through the real programs, with the shipped intervals and rules.

  usage: tests/bench/failover_latency.py PROGRAMS [--failovers N]

Writes access-log lines of a pool that takes over from the other, again and again, and takes the time until the Slack sink has
FailoverDetected; between two failovers there is time for the alert to end. With it the budget: until the exporter counts
(tail), and from there until the message is there (scrape, evaluation, group and send). An alert lasts 45 s, so several stacks
of an exporter and an engine stand side by side and are failed over in turn: 200 take minutes and not hours.
"""
import argparse, http.server, json, pathlib, re, shutil, socket, subprocess, sys, tempfile, threading, time, urllib.request

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAIRS = 50
# Seconds between two failovers of a stack: FailoverDetected ends 45 s after the last, that is told 2 s later at most, and a group
# with nothing to tell stays for up to 30 s, as Alertmanager's do. What fires meanwhile waits for its next group_interval of 2 s.
APART = 80


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slack:
    def __init__(self):
        self.heard, sink = {}, self  # (pool that serves now) -> moment of the last message

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                now, body = time.monotonic(), self.rfile.read(int(self.headers["Content-Length"])).decode()
                for pool in re.findall(r"FIRING\* \*Traffic moved from \w+ to (pool\d+)", body):
                    sink.heard.setdefault(pool, now)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def percentile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * q))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--failovers", type=int, default=200)
    args = parser.parse_args()
    slack, latencies, budget = Slack(), [], []
    mail = Controller(Sink(), hostname="127.0.0.1", port=free_port())  # a group whose mail fails lives on, and makes the next one wait
    mail.start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        exporters, processes = [], []
        try:
            for pair in range(PAIRS):
                port, log, prometheus = free_port(), folder / f"access{pair}.log", folder / f"prometheus{pair}"
                log.write_text("")
                exporters.append((port, open(log, "a", buffering=1)))
                processes.append(subprocess.Popen([args.programs / "tocsin-exporter", f"--web.listen-address=127.0.0.1:{port}", f"--nginx.access-log={log}",
                                                   "--nginx.log-format=json", f"--nginx.pool=pool{2 * pair}", f"--nginx.pool=pool{2 * pair + 1}", "--no-collector.host", "--no-collector.containers", "--web.enable-evidence"],
                                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
                shutil.copytree(ROOT / "prometheus", prometheus)
                for file in (prometheus / "targets").glob("*.yml"):
                    file.write_text(json.dumps([{"targets": [f"127.0.0.1:{port}"]}] if "exporter" in file.name else []))
                environment = {"SLACK_WEBHOOK_URL": f"http://127.0.0.1:{slack.server.server_port}/x", "SMTP_SMARTHOST": f"127.0.0.1:{mail.port}", "SMTP_REQUIRE_TLS": "false", "PATH": "/usr/bin:/bin"}
                processes.append(subprocess.Popen([args.programs / "tocsin", "serve", f"--config.file={prometheus}/prometheus.yml", f"--web.listen-address=127.0.0.1:{free_port()}",
                                                   f"--notify.config-file={prometheus}/alertmanager.yml"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(6)

            def line(pair, pool, status="200"):
                exporters[pair][1].write(json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), "request": "GET / HTTP/1.1", "status": "200",
                                                     "request_time": "0.001", "upstream_addr": "127.0.0.1:1", "upstream_status": status, "pool": pool, "release": "r"}) + "\n")

            def serve(pair, pool, lines):
                for _ in range(lines):
                    line(pair, pool)

            for pair in range(PAIRS):
                serve(pair, f"pool{2 * pair}", 40)
            time.sleep(2)
            done, last = 0, [0] * PAIRS
            while done < args.failovers:
                for pair in range(PAIRS):
                    if done >= args.failovers:
                        break
                    to = f"pool{2 * pair + (done // PAIRS + 1) % 2}"
                    time.sleep(max(0, last[pair] + APART - time.monotonic()))
                    slack.heard.pop(to, None)
                    last[pair] = started = time.monotonic()
                    serve(pair, to, 12)
                    counted = None
                    while to not in slack.heard and time.monotonic() < started + 10:
                        if counted is None:
                            page = urllib.request.urlopen(f"http://127.0.0.1:{exporters[pair][0]}/metrics", timeout=5).read().decode()
                            if re.search(rf'nginx_pool_active{{pool="{to}"}} 1', page):
                                counted = time.monotonic()
                        time.sleep(0.01)
                    if to not in slack.heard:
                        sys.exit(f"no message about {to} within 10 s")
                    latencies.append(slack.heard[to] - started)
                    budget.append((counted or slack.heard[to]) - started)
                    done += 1
                    time.sleep(0.137)  # not in step with the scrapes
                print(f"{done} failovers, p50 {percentile(latencies, .5) * 1000:.0f} ms", flush=True)
        finally:
            for process in processes:
                process.kill()
            mail.stop()
    print(f"{len(latencies)} failovers: p50 {percentile(latencies, .5) * 1000:.0f} ms, p90 {percentile(latencies, .9) * 1000:.0f} ms, "
          f"p99 {percentile(latencies, .99) * 1000:.0f} ms, most {max(latencies) * 1000:.0f} ms")
    rest = [a - b for a, b in zip(latencies, budget)]
    print(f"of these: tail and count p50 {percentile(budget, .5) * 1000:.0f} ms, p99 {percentile(budget, .99) * 1000:.0f} ms; scrape, evaluation, group and send "
          f"p50 {percentile(rest, .5) * 1000:.0f} ms, p99 {percentile(rest, .99) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
