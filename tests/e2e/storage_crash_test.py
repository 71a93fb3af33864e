"""kill -9 of `tocsin serve` under load, again and again: with --storage.wal-sync=always no sample that was acknowledged to
remote write is missing afterwards, and every restart answers. Give TOCSIN_CRASH_ROUNDS for more rounds than the few of
the usual run."""

import http.client
import http.server
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from running import BIN, ask, free_ports, until

ROUNDS = int(os.environ.get("TOCSIN_CRASH_ROUNDS", "8"))
SERIES = 2000


class Target(http.server.ThreadingHTTPServer):
    """Exposes a counter of its own scrapes, and many series beside it."""

    daemon_threads = True

    def __init__(self, port):
        self.scrapes = 0
        super().__init__(("127.0.0.1", port), Page)

    def handle_error(self, *_):
        """The engine was killed while it read."""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.scrapes += 1
        count = self.server.scrapes
        lines = [f"scrapes_total {count}"] + [f'load_total{{i="{i}"}} {count * i}' for i in range(SERIES)]
        body = ("\n".join(lines) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Engine:
    def __init__(self, folder, port, *flags):
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(folder / "tocsin.log", "ab")
        self.process = subprocess.Popen(
            [BIN / "tocsin", "serve", f"--config.file={folder}/prometheus.yml", f"--web.listen-address=127.0.0.1:{port}",
             f"--storage.path={folder}/storage", *flags], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def ready(self):
        until("the engine is ready", lambda: ask(f"{self.url}/-/ready")[0] == 200)
        return self

    def samples(self, selector, window="1h"):
        """{(labels' i, milliseconds): value} of every sample."""
        query = urllib.parse.urlencode({"query": f"{selector}[{window}]"})
        status, _, body = ask(f"{self.url}/api/v1/query?{query}")
        assert status == 200, body
        return {(series["metric"].get("i", ""), at): value
                for series in json.loads(body)["data"]["result"] for at, value in series["values"]}

    def stop(self, how):
        self.process.send_signal(how)
        self.process.wait(20)
        self.log.close()


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def write_request(series):
    """A remote write 1.0 body of [(labels, milliseconds, value)], in snappy's format without any compression."""
    request = b""
    for labels, at, value in series:
        pairs = b"".join(field(1, field(1, name.encode()) + field(2, text.encode()))
                         for name, text in sorted(labels.items()))
        sample = b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at)
        request += field(1, pairs + field(2, sample))
    body = varint(len(request))
    for start in range(0, len(request), 1 << 16):
        literal = request[start:start + (1 << 16)]
        body += b"\xf4" + struct.pack("<H", len(literal) - 1) + literal
    return body


class Sender(threading.Thread):
    """Pushes a sample of each of its series again and again, until the engine is gone; remembers what was acknowledged."""

    SERIES = 100

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url = url
        self.acknowledged = {}

    def run(self):
        at = 0
        while True:
            at = max(at + 1, int(time.time() * 1000))
            body = write_request([({"__name__": "pushed", "i": str(i)}, at, at % 1000003 + i)
                                  for i in range(self.SERIES)])
            try:
                status, _, answer = ask(f"{self.url}/api/v1/write", "POST", body,
                                        {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
                                         "X-Prometheus-Remote-Write-Version": "0.1.0"})
            except (OSError, http.client.HTTPException):
                return
            assert status in (200, 204), (status, answer)
            for i in range(self.SERIES):
                self.acknowledged[str(i), at / 1000] = str(at % 1000003 + i)


def settled(samples):
    """All but those of the newest scrape, which may still be on its way into the log."""
    newest = max((at for _, at in samples), default=0)
    return {key: value for key, value in samples.items() if key[1] < newest}


class StorageCrash(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory(prefix="tocsin-crash.")
        self.addCleanup(held.cleanup)
        self.folder = pathlib.Path(held.name)
        self.port, target_port = free_ports(2)
        target = Target(target_port)
        threading.Thread(target=target.serve_forever, daemon=True).start()
        self.addCleanup(target.server_close)
        self.addCleanup(target.shutdown)
        (self.folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 50ms, scrape_timeout: 50ms}\n"
            "scrape_configs:\n- job_name: known\n  static_configs:\n"
            f"  - targets: ['127.0.0.1:{target_port}']\n")
        self.engine = None
        self.addCleanup(lambda: self.engine and self.engine.process.kill())

    def start(self, *flags):
        self.engine = Engine(self.folder, self.port, *flags)
        return self.engine

    def test_nothing_acknowledged_is_lost_by_kills(self):
        acknowledged = {}
        for number in range(ROUNDS):
            engine = self.start("--storage.wal-sync=always").ready()
            missing = acknowledged.items() - engine.samples("pushed").items()
            self.assertFalse(missing, f"round {number}: {len(missing)} of {len(acknowledged)} samples are gone")
            sender = Sender(engine.url)
            sender.start()
            until("a few acknowledgements", lambda: len(sender.acknowledged) > 3 * Sender.SERIES)
            time.sleep(random.random() * 0.3)
            engine.stop(signal.SIGKILL)
            sender.join(20)
            self.assertFalse(sender.is_alive())
            acknowledged |= sender.acknowledged
        engine = self.start("--storage.wal-sync=always").ready()
        self.assertFalse(acknowledged.items() - engine.samples("pushed").items())
        print(f"{ROUNDS} kills, {len(acknowledged)} samples acknowledged, none lost")
        engine.stop(signal.SIGTERM)

    def test_an_orderly_stop_loses_nothing_either(self):
        engine = self.start().ready()
        until("a few scrapes", lambda: len(engine.samples("scrapes_total")) > 3)
        stored = settled(engine.samples("scrapes_total"))
        engine.stop(signal.SIGTERM)
        engine = self.start().ready()
        self.assertFalse(stored.items() - engine.samples("scrapes_total").items())
        engine.stop(signal.SIGTERM)

    def test_it_is_not_ready_while_it_reads_its_log(self):
        """The log is a pipe, which nobody has opened yet for writing: reading it waits for as long."""
        (self.folder / "storage/wal").mkdir(parents=True)
        log = self.folder / "storage/wal/00000001.wal"
        os.mkfifo(log)
        engine = self.start()
        until("it answers", lambda: ask(f"{engine.url}/-/healthy")[0] == 200)
        self.assertEqual(ask(f"{engine.url}/-/ready")[0], 503)
        self.assertEqual(ask(f"{engine.url}/api/v1/query?query=up")[0], 503)
        with open(log, "wb"):
            engine.ready()
        engine.stop(signal.SIGTERM)

    def test_a_second_process_is_kept_out(self):
        self.start().ready()
        second = subprocess.run([BIN / "tocsin", "serve", "--web.listen-address=127.0.0.1:0",
                                 f"--storage.path={self.folder}/storage"], capture_output=True, text=True, timeout=20)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another process uses the folder", second.stderr)

    def test_a_full_disk_stops_no_sample(self):
        """A limit on the size of its files is a full disk to the process: writes fail, the signal is ignored."""
        engine = Engine.__new__(Engine)
        engine.url = f"http://127.0.0.1:{self.port}"
        engine.log = open(self.folder / "tocsin.log", "ab")
        engine.process = subprocess.Popen(
            ["bash", "-c", 'trap "" XFSZ; ulimit -f 64; exec "$@" 2> >(cat >&2)', "_", BIN / "tocsin", "serve",
             f"--config.file={self.folder}/prometheus.yml", f"--web.listen-address=127.0.0.1:{self.port}",
             f"--storage.path={self.folder}/storage"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=engine.log)
        self.engine = engine
        engine.ready()
        until("the disk is full", lambda: "\ntocsin_storage_wal_writable 0\n" in ask(f"{engine.url}/metrics")[2])
        before = len(engine.samples("scrapes_total"))
        until("samples go on", lambda: len(engine.samples("scrapes_total")) > before + 3)
        text = (self.folder / "tocsin.log").read_text()
        self.assertEqual(text.count("Can't write the write-ahead log"), 1)
        engine.process.stdout.close()
        engine.stop(signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
