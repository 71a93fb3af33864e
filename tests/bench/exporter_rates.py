#!/usr/bin/env python3
"""Lines a second of `tocsin-exporter once`, of mtail, and of simdjson's walk, on one core and in turn.

  usage: tests/bench/exporter_rates.py BUILD_FOLDER LOG [--rounds N] [--mtail PROGRAM] [--combined LOG]

LOG is JSON as nginx/nginx.conf.template has it (tests/e2e/log_writer.py writes such lines). BUILD_FOLDER is of the preset `bench`. With --mtail, or when
mtail is among the peers (tests/peers/install), the ratio to it is printed: both programs read the same file to its
end on one core, and the time is the processor's that the whole process took, so that a busy machine counts for nothing.

simdjson's walk is timed in the same way: its process reads the file in pieces as large as the exporter's. "simdjson
loaded" is the walk alone over a text that is in memory already; the exporter's time has reading and starting in it then,
and the walk's has not.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PEERS = pathlib.Path.home() / "peers" / "bin"


def pinned(command):
    """The command on one core: the last one, where the system has least to do."""
    return ["taskset", "-c", str(os.cpu_count() - 1), *command]


def seconds(command):
    process = subprocess.Popen(pinned(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def as_combined(log, out):
    """The same requests in nginx's combined format."""
    import json

    with open(log, encoding="utf-8") as source, open(out, "w", encoding="utf-8") as sink:
        for line in source:
            fields = json.loads(line)
            sink.write(
                f'{fields["remote_addr"]} - - [30/Oct/2025:21:00:00 +0000] "{fields["request"]}" {fields["status"]} '
                f'{fields["body_bytes_sent"]} "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) '
                f'Gecko/20100101 Firefox/128.0"\n'
            )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mtail", default=shutil.which("mtail", path=f"{PEERS}:{os.environ.get('PATH', '')}"))
    parser.add_argument("--combined", type=pathlib.Path, help="the log in the combined format; written when missing")
    options = parser.parse_args()

    combined = options.combined or pathlib.Path(tempfile.gettempdir()) / (options.log.name + ".combined")
    if not combined.exists():
        as_combined(options.log, combined)
    with open(options.log, "rb") as log:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: log.read(1 << 20), b""))

    exporter = str(options.build / "bin" / "tocsin-exporter")
    walk = options.build / "bench" / "bench_exporter_simdjson_walk"
    rates = {"json": [], "combined": [], "simdjson": [], "simdjson loaded": [], "mtail": []}
    for _ in range(options.rounds):
        rates["json"].append(lines / seconds([exporter, "once", f"--nginx.access-log={options.log}"]))
        rates["combined"].append(lines / seconds([exporter, "once", f"--nginx.access-log={combined}"]))
        if walk.exists():
            rates["simdjson"].append(lines / seconds([str(walk), str(options.log)]))
            printed = subprocess.run(pinned([str(walk), "--loaded", str(options.log)]), check=True, capture_output=True, text=True)
            rates["simdjson loaded"].append(float(printed.stdout.split()[0]))
        if options.mtail:
            program = str(HERE / "exporter_mtail.mtail")
            with tempfile.TemporaryDirectory() as folder:
                took = seconds([options.mtail, "-one_shot", "-progs", program, "-logs", str(options.log), "-log_dir", folder])
            rates["mtail"].append(lines / took)

    print(f"{lines} lines of JSON, {options.rounds} rounds, one of {os.cpu_count()} cores")
    for name, values in rates.items():
        if values:
            each = "  ".join(f"{value / 1e6:.2f}" for value in values)
            print(f"  {name:<15} {statistics.median(values) / 1e6:6.2f} million lines/s   ({each})")
    for name in ("simdjson", "simdjson loaded", "mtail", "combined"):
        if rates[name]:
            each = "  ".join(f"{ours / other:.2f}" for ours, other in zip(rates["json"], rates[name]))
            print(f"  json against {name}: {statistics.median(rates['json']) / statistics.median(rates[name]):.2f} times   ({each})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
