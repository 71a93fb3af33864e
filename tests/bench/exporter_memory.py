#!/usr/bin/env python3
"""Resident memory of `tocsin-exporter` while it follows a log that is written at full speed, and scraped each second.

  usage: tests/bench/exporter_memory.py BUILD_FOLDER LOG [--limit MEGABYTES] [EXPORTER_FLAG...]

LOG is written anew, piece by piece, to the file that is followed; all of it has to be counted at the end. The peak is
from the first scrape on: at its start a process touches pages of its libraries that it gives back at once. Ends with 1
when it is more than --limit (12 by default; 0 for none).
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

PIECE = 1 << 20
MEGABYTE = 1e6


def kilobytes(pid, name):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1])


def scrape(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        return answer.read().decode()


def counted(page):
    return sum(float(value) for value in re.findall(r"^nginx_log_lines_total\{.*\} (\S+)$", page, re.M))


def follow(exporter, source, log, folder, flags):
    """Lines written, megabytes resident at the end and at most, seconds, bytes of a page."""
    said = folder / "exporter.log"
    with open(said, "wb") as err:
        process = subprocess.Popen([exporter, f"--nginx.access-log={log}", f"--state.path={folder}/state",
                                    "--web.listen-address=127.0.0.1:0", *flags], stderr=err)
    try:
        while "Following log" not in said.read_text():
            assert process.poll() is None, said.read_text()
            time.sleep(0.01)
        port = re.search(r"address=127\.0\.0\.1:(\d+)", said.read_text())[1]
        scrape(port)
        pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5")   # VmHWM begins anew
        began, scraped, lines = time.monotonic(), time.monotonic(), 0
        with open(source, "rb") as text, open(log, "ab", buffering=0) as out:
            while piece := text.read(PIECE):
                out.write(piece)
                lines += piece.count(b"\n")
                if time.monotonic() - scraped > 1:
                    scrape(port)
                    scraped = time.monotonic()
        while counted(page := scrape(port)) < lines:
            time.sleep(0.05)
        took = time.monotonic() - began
        return lines, kilobytes(process.pid, "VmRSS") * 1024 / MEGABYTE, kilobytes(process.pid, "VmHWM") * 1024 / MEGABYTE, took, len(page)
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--limit", type=float, default=12)
    options, flags = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        log = folder / "access.log"
        log.touch()
        lines, now, most, took, page = follow(options.build / "bin/tocsin-exporter", options.log, log, folder, flags)
    print(f"{lines} lines followed in {took:.1f} s, a page of {page} bytes: {now:.1f} MB resident at the end, {most:.1f} MB at most")
    return 1 if options.limit and most > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())
