#!/usr/bin/env python3
"""How long `tocsin serve` takes from its start to its first scrape, with an empty store on disk.

    start_to_scrape.py --tocsin build/release/bin/tocsin [--starts 20] [--interval-ms 10]

A target takes the time of the first request. Scrapes are spread over their interval, which is short here, so that it is the
start that is measured. Prints the median and the worst.
"""
import argparse, http.server, pathlib, statistics, subprocess, tempfile, threading, time


class Target(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        self.first, self.asked = None, threading.Event()
        super().__init__(("127.0.0.1", 0), Page)

    def handle_error(self, *_):
        """The engine was stopped while it read."""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if not self.server.asked.is_set():
            self.server.first = time.monotonic()
            self.server.asked.set()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b"up_to_now 1\n")

    def log_message(self, *_):
        pass


def start(args):
    with tempfile.TemporaryDirectory() as name, Target() as target:
        folder = pathlib.Path(name)
        threading.Thread(target=target.serve_forever, daemon=True).start()
        config = folder / "prometheus.yml"
        config.write_text(f"global: {{scrape_interval: {args.interval_ms}ms, scrape_timeout: {args.interval_ms}ms}}\n"
                          f"scrape_configs:\n- job_name: a\n  static_configs: [{{targets: ['127.0.0.1:{target.server_port}']}}]\n")
        begin = time.monotonic()
        process = subprocess.Popen([args.tocsin, "serve", f"--config.file={config}", "--web.listen-address=127.0.0.1:0",
                                    f"--storage.path={folder}/storage", "--log.level=error"])
        try:
            if not target.asked.wait(20):
                raise TimeoutError("no scrape within 20 s")
            return (target.first - begin) * 1000
        finally:
            process.terminate()
            process.wait()
            target.shutdown()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tocsin", required=True)
    arguments.add_argument("--starts", type=int, default=20)
    arguments.add_argument("--interval-ms", type=int, default=10)
    args = arguments.parse_args()
    took = sorted(start(args) for _ in range(args.starts))
    print(f"start to first scrape: median {statistics.median(took):.0f} ms, worst of {len(took)} {took[-1]:.0f} ms")


if __name__ == "__main__":
    main()
