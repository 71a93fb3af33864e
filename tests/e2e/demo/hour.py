"""An hour of samples with a demo in its middle, and what a backtest of the shipped rules says of it.

The demo's access log is read by a real tocsin-exporter once more, piece by piece, and the page is kept after each piece with
the time of its last line: so the samples of the demo's minutes have the log's own times. The normal traffic before and behind is
the demo's own, of before the chaos: a tenth of its lines, repeated with later or earlier times."""

import json
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.request

AROUND = 29 * 60      # seconds of normal traffic on either side
FINE, COARSE = 0.5, 5  # seconds between two pages, in the demo and around it
THINNED = 10
BATCH = 200           # pages of an import
MSEC = re.compile(r'"msec":"([\d.]+)"')


class Lines:
    """Lines of an access log with their times, in order."""

    def __init__(self, text):
        self.lines = [(float(at[1]), line) for line in text.splitlines() if (at := MSEC.search(line))]

    def failover(self):
        """When blue's first failed attempt was repeated on green."""
        return next(at for at, line in self.lines if '"upstream_status":"500, 200"' in line)

    def normal(self):
        """Those well before the chaos, thinned, as (seconds from the first, line), and how long they last."""
        first, last = self.lines[0][0], self.failover() - 0.2
        calm = [(at - first, line) for at, line in self.lines if at < last]
        return calm[::THINNED], last - first

    def hour(self):
        """All lines of the hour, and the times at which pages are taken."""
        calm, length = self.normal()
        first, last = self.lines[0][0], self.lines[-1][0]
        begin, end = first - AROUND, last + AROUND
        lines = list(self.lines)
        for start, stop in ((begin, first), (last, end)):
            at = start
            while at < stop:
                lines += [(at + offset, MSEC.sub(f'"msec":"{at + offset:.3f}"', line)) for offset, line in calm
                          if at + offset < stop]
                at += length
        times, at = [], begin
        while at <= end:
            times.append(at)
            at += FINE if first - COARSE < at < last else COARSE
        return sorted(lines), times


class Program:
    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r'msg="?Listening on"? address=(\S+)', line):
                self.url = "http://" + found[1]
                return
        raise AssertionError(f"{command[0]} has ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()


def pages(exporter, access_log, lines, times):
    """Yields (time, the exporter's page) for each time, with everything read that was logged before it."""
    read = 0
    with open(access_log, "a", buffering=1 << 20) as out:
        for at in times:
            before = read
            while read < len(lines) and lines[read][0] <= at:
                out.write(lines[read][1] + "\n")
                read += 1
            out.flush()
            deadline = time.monotonic() + 20
            while True:
                page = exporter.get("/metrics")
                counted = re.search(r"^nginx_log_lines_total\{[^}]*\} (\S+)", page, re.M)
                if read == before or (counted and int(float(counted[1])) == read):
                    break
                assert time.monotonic() < deadline, f"{read} lines were written, not read"
                time.sleep(0.002)
            yield at, page


def as_scraped(page, at):
    """The page's samples of nginx's metrics as a scrape stores them, with the time."""
    target = 'instance="127.0.0.1:9113",job="exporter"'
    stamp = f" {int(at * 1000)}\n"
    text = [f"up{{{target}}} 1{stamp}"]
    for line in page.splitlines():
        if sample := re.match(r"(nginx_\w+)(?:\{(.*)\})? (\S+)$", line):
            text.append(f"{sample[1]}{{{sample[2] + ',' if sample[2] else ''}{target}}} {sample[3]}{stamp}")
    return "".join(text)


def fill(programs, folder, log):
    """Imports the hour into a tocsin that keeps it in `folder`/storage. Its first and last time."""
    lines, times = log.hour()
    access_log = folder / "access.log"
    access_log.touch()
    with Program(programs / "tocsin-exporter", "--web.listen-address=127.0.0.1:0", f"--nginx.access-log={access_log}",
                 "--nginx.log-format=json", "--nginx.pool=blue", "--nginx.pool=green", "--no-collector.host",
                 "--no-collector.containers") as exporter, \
            Program(programs / "tocsin", "serve", "--web.listen-address=127.0.0.1:0",
                    f"--storage.path={folder}/storage") as engine:
        text = []

        def send():
            urllib.request.urlopen(urllib.request.Request(engine.url + "/api/v1/import/prometheus",
                                                          "".join(text).encode(), method="POST")).read()
            text.clear()

        for at, page in pages(exporter, access_log, lines, times):
            text.append(as_scraped(page, at))
            if len(text) == BATCH:
                send()
        send()
        engine.process.terminate()
        engine.process.wait()
    return times[0], times[-1]


def backtest(programs, rules, access_log):
    """What `tocsin rules backtest` says of the hour: (the failover's time, the text, the JSON)."""
    log = Lines(pathlib.Path(access_log).read_text())
    with tempfile.TemporaryDirectory() as name:
        begin, end = fill(programs, pathlib.Path(name), log)
        command = [programs / "tocsin", "rules", "backtest", "--rules", rules, "--storage", f"{name}/storage",
                   "--from", f"{begin:.3f}", "--to", f"{end:.3f}", "--evaluation-interval", "500ms"]
        text, found = (subprocess.run([*command, *more], check=True, capture_output=True, text=True).stdout
                       for more in ([], ["--format", "json"]))
    return log.failover(), text, json.loads(found)
