"""The host's figures against the real node_exporter's, read at the same moment."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from running import BIN, answers, ask, free_ports  # noqa: E402

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
COLLECTORS = ("cpu", "diskstats", "filefd", "filesystem", "loadavg", "meminfo", "netdev", "pressure", "stat", "time",
              "uname", "vmstat")
# What of the peer's we leave out on purpose: its own build, a figure of macOS alone, and the name of the collector that
# ours reads together with `cpu`.
LEFT_OUT = re.compile(r'node_exporter_build_info|node_filesystem_purgeable_bytes|node_scrape_collector_\w+{collector="stat"}')
# What may differ between two readings: it moves all the time, by itself or by our reading it.
ALLOWED = {"node_time_seconds": 2, "node_load1": 1, "node_load5": 1, "node_load15": 1, "node_procs_running": 64,
           "node_procs_blocked": 64, "node_filefd_allocated": 512, "node_disk_io_now": 64}
MOVING = re.compile(r"_total$|_bytes$|node_vmstat_|node_filesystem_files_free|node_memory_")


def parse(text):
    types, samples = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            types[name] = kind
        elif line and not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name, _, labels = series.partition("{")
            labels = ",".join(sorted(re.findall(r'\w+="(?:[^"\\]|\\.)*"', labels)))
            samples[f"{name}{{{labels}}}" if labels else name] = float(value)
    return types, samples


def node(samples):
    # The peer says 0 for `rotational` where it could not read all of a queue's files, whatever /sys says.
    return {re.sub(r'rotational="\d"', "", series): value for series, value in samples.items()
            if series.startswith("node_") and not LEFT_OUT.match(series)}


class HostTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ours, theirs = free_ports(2)
        only = [f"--collector.{name}" for name in COLLECTORS]
        cls.started = [
            subprocess.Popen([BIN / "tocsin-exporter", f"--web.listen-address=127.0.0.1:{ours}", "--log.level=error"]),
            subprocess.Popen([PEERS / "node-exporter", f"--web.listen-address=127.0.0.1:{theirs}",
                              "--collector.disable-defaults", *only], stderr=subprocess.DEVNULL)]
        urls = [f"http://127.0.0.1:{port}/metrics" for port in (ours, theirs)]
        for url in urls:
            answers(url)
        # The peer's before ours and after: what only grows lies between the two.
        before, mine, after = (ask(url)[2] for url in (urls[1], urls[0], urls[1]))
        cls.types, cls.mine = parse(mine)
        cls.peer_types, cls.before = parse(before)
        cls.mine, cls.before, cls.after = node(cls.mine), node(cls.before), node(parse(after)[1])

    @classmethod
    def tearDownClass(cls):
        for process in cls.started:
            process.terminate()
            process.wait(20)

    def test_has_the_same_series(self):
        mine, theirs = set(self.mine), set(self.before)
        self.assertEqual(theirs - mine, set())
        # Fields of /proc/meminfo that are newer than the peer's list of them.
        self.assertEqual({series for series in mine - theirs if not series.startswith("node_memory_")}, set())

    def test_has_the_same_types(self):
        for name, kind in self.peer_types.items():
            if name.startswith("node_") and name in self.types:
                self.assertEqual(self.types[name], kind, name)

    def test_has_the_same_values(self):
        compared = 0
        for series, value in self.mine.items():
            name = series.partition("{")[0]
            if series not in self.before or name.startswith("node_scrape_collector_duration"):
                continue
            low, high = sorted((self.before[series], self.after[series]))
            slack = ALLOWED.get(name, 0)
            if MOVING.search(name):
                # A second's work of a busy machine, or the rounding of a float.
                slack = max(slack, 1.0 if name.endswith("_seconds_total") else 64 << 20 if "bytes" in name else
                            0.02 * high + 2000)
            self.assertTrue(low - slack <= value <= high + slack, f"{series}: {value}, the peer has {low} to {high}")
            compared += 1
        self.assertGreater(compared, 100)


if __name__ == "__main__":
    if not (PEERS / "node-exporter").exists():
        print(f"skipped: no peers in {PEERS}; tests/peers/install fetches them")
        sys.exit(77)
    unittest.main(verbosity=2)
