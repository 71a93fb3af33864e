#!/usr/bin/env python3
"""Serves a page of METRICS families with SERIES growing counters each at http://127.0.0.1:PORT/metrics; prints "ready".

    scrape_target.py METRICS SERIES PORT [--openmetrics]

The pages are made beforehand, so that serving one costs nothing but the sending; each request gets the next one.
"""
import argparse, http.server, itertools

PAGES = 16


def series(metric, index):
    pool = ("green", "blue")[index % 2]
    return (f'bench_metric_{metric}_total{{instance="10.0.{index // 256}.{index % 256}:9100",pool="{pool}",'
            f'code="{200 + index % 5 * 100}",path="/api/v1/r{index % 17}"}} ')


def pages(metrics, count, openmetrics):
    """Each family's header and the series' texts once; then the values of each page between them."""
    name = "bench_metric_{}" if openmetrics else "bench_metric_{}_total"
    heads = [f"# HELP {name.format(m)} made up\n# TYPE {name.format(m)} counter\n" for m in range(metrics)]
    texts = [[series(m, k) for k in range(count)] for m in range(metrics)]
    for page in range(PAGES):
        parts = []
        for head, lines in zip(heads, texts):
            parts.append(head)
            parts.extend(f"{text}{page * (k + 1) * 3 % 10**9}\n" for k, text in enumerate(lines))
        yield ("".join(parts) + ("# EOF\n" if openmetrics else "")).encode()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("metrics", "series", "port"):
        arguments.add_argument(name, type=int)
    arguments.add_argument("--openmetrics", action="store_true")
    args = arguments.parse_args()
    bodies = itertools.cycle(list(pages(args.metrics, args.series, args.openmetrics)))
    content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8" if args.openmetrics else "text/plain; version=0.0.4"

    class Page(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = next(bodies)
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", args.port), Page)
    print("ready", server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
