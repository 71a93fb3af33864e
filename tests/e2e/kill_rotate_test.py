"""Kills and restarts the exporter while its log is written at full speed and rotated, scraping all the while: at the end
every counter is what it has to be, and none was ever lower than at a scrape before.

TOCSIN_KILL_ROUNDS=300 makes it long; TOCSIN_KILL_SEED repeats a run's choices.
"""

import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

import log_writer
from running import BIN, answers, free_ports, until

ROUNDS = int(os.environ.get("TOCSIN_KILL_ROUNDS", 12))
SEED = int(os.environ.get("TOCSIN_KILL_SEED", random.randrange(1 << 30)))
EXPORTER = BIN / "tocsin-exporter"
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
SAMPLE = re.compile(r'^(nginx_\w+_(?:total|bucket|count|sum))(\{.*\})? (\S+)$', re.M)
# What depends on when a line arrives, and what only a follower has.
NOT_ADDITIVE = re.compile(r"nginx_error_window|nginx_pool_failovers|nginx_log_(rotations|lost)")


def counters(page):
    return {name + (labels or ""): float(value) for name, labels, value in SAMPLE.findall(page)}


def slack(name, value):
    """Sums of fractions depend on the order of their terms in the last digit; whole numbers don't."""
    return 1e-9 * abs(value) if "_sum" in name else 0


def once(path):
    said = subprocess.run([EXPORTER, "once", f"--nginx.access-log={path}", "--nginx.log-format=json", "--log.level=error"],
                          capture_output=True, check=True, text=True)
    return counters(said.stdout.replace(str(path), "LOG"))


class Exporter:
    """One that is killed and started again on the same port and state."""

    def __init__(self, folder, log, log_format="json"):
        self.log, self.port = log, free_ports(1)[0]
        self.command = [EXPORTER, f"--nginx.access-log={log}", f"--nginx.log-format={log_format}", f"--state.path={folder}/state",
                        f"--web.listen-address=127.0.0.1:{self.port}", "--no-collector.host", "--no-collector.containers",
                        "--log.level=warn"]
        self.process = None
        self.said = open(folder / "exporter.log", "ab")

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=self.said)

    def stop(self, how):
        self.process.send_signal(how)
        code = self.process.wait(120)
        # SIGTERM before it listens to signals ends it, too.
        assert code in (0, -signal.SIGKILL, -signal.SIGTERM), f"the exporter ended with {code}"

    def scrape(self):
        """The counters, or None while it does not answer or has not caught up."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
                return counters(answer.read().decode().replace(str(self.log), "LOG"))
        except urllib.error.HTTPError as error:
            assert error.code == 503, error
        except (OSError, http.client.HTTPException):   # killed before, or while it was answering
            pass
        return None


class Scraper(threading.Thread):
    """Holds each scrape against the one before."""

    def __init__(self, exporter):
        super().__init__(daemon=True)
        self.exporter, self.last, self.scrapes, self.faults = exporter, {}, 0, []
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.02):
            self.look()

    def look(self):
        page = self.exporter.scrape()
        if page is None:
            return None
        for name, before in self.last.items():
            if page.get(name, -1) < before - slack(name, before):
                self.faults.append(f"{name} was {before}, then {page.get(name)}")
        self.last = page
        self.scrapes += 1
        return page


class Trial:
    """A folder, an exporter that follows a log in it, and the rounds of its life."""

    def __init__(self, test, name, log_format="json"):
        self.test, self.name, self.random = test, name, random.Random(f"{SEED} {name}")
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-kill."))
        self.log = self.dir / "logs/access.log"
        self.log.parent.mkdir()
        self.exporter = Exporter(self.dir, self.log, log_format)
        self.scraper = Scraper(self.exporter)
        self.kills = self.stops = 0

    def __enter__(self):
        self.exporter.start()
        until("the exporter answers", lambda: self.exporter.scrape() is not None)
        self.scraper.start()
        return self

    def __exit__(self, failed, *_):
        self.scraper.ended.set()
        if self.exporter.process.poll() is None:
            self.exporter.stop(signal.SIGKILL)
        self.exporter.said.close()
        if failed:
            print(f"{self.name}: seed {SEED}; what is left is in {self.dir}", flush=True)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def rounds(self):
        for _ in range(ROUNDS):
            time.sleep(self.random.choice((0.05, 0.3, 1.2, 2)))
            how = self.random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
            self.exporter.stop(how)
            self.kills += how == signal.SIGKILL
            self.stops += how == signal.SIGTERM
            time.sleep(self.random.choice((0, 0.1, 1)))
            self.exporter.start()

    def last_scrape(self, lines):
        """The counters once that many lines are counted; the last ones there were when they never are."""
        self.scraper.ended.set()
        self.scraper.join()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            page = self.scraper.look()
            if page and page.get('nginx_log_lines_total{file="LOG"}', 0) >= lines:
                break
            time.sleep(0.1)
        return self.scraper.last

    def report(self, lines, rotations, difference):
        print(f"{self.name}: {ROUNDS} rounds, {lines} lines, {self.kills} kills, {self.stops} stops, {rotations} rotations, "
              f"{self.scraper.scrapes} scrapes, {len(self.scraper.faults)} counters that went back, difference {difference:g}; "
              f"seed {SEED}", flush=True)


def expected(folder, counts):
    """Counters are sums over lines: what each kind of line adds is asked of `once`."""
    def of(kinds):
        path = folder / "sample.log"
        path.write_bytes(b"".join(log_writer.render(kind, 0) for kind in kinds))
        return once(path)

    teaching = list(range(log_writer.TEACHING))
    base = of(teaching)
    total = dict(base)
    for kind in range(log_writer.TEACHING, len(counts)):
        for name, value in of(teaching + [kind]).items():
            total[name] = total.get(name, 0) + counts[kind] * (value - base.get(name, 0))
    return {name: value for name, value in total.items() if not NOT_ADDITIVE.match(name)}


class RealNginx(threading.Thread):
    """nginx under load, whose log is buffered and rotated in both ways, none of its files being thrown away.

    Several files begin within one second, with the same request: $request_id tells them apart, as nothing else would.
    """

    CONF = """worker_processes 2; daemon off; pid nginx.pid; error_log stderr crit; USER
events { worker_connections 256; }
http {
  TEMP
  log_format pools escape=json '{"id":"$request_id","time":"$time_iso8601","request":"$request","status":$status,'
    '"body_bytes_sent":$body_bytes_sent,"upstream_status":"$status","upstream_addr":"10.0.0.1:80",'
    '"request_time":$request_time,"pool":"$arg_pool","release":"1"}';
  access_log LOG pools buffer=64k flush=1s;
  server { listen 127.0.0.1:PORT; location /up { access_log off; return 200; }
    location /no { return 404; } location / { return 200 ok; } }
}
"""

    def __init__(self, folder, log, choose):
        super().__init__(daemon=True)
        self.log, self.choose, self.port = log, choose, free_ports(1)[0]
        (folder / "temp").mkdir()
        folder.chmod(0o711)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        conf = (self.CONF.replace("USER", "user www-data;" if os.geteuid() == 0 else "").replace("LOG", str(log))
                .replace("TEMP", " ".join(f"{kind}_temp_path temp/{kind};" for kind in kinds)).replace("PORT", str(self.port)))
        (folder / "nginx.conf").write_text(conf)
        self.process = subprocess.Popen([NGINX, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr"])
        answers(f"http://127.0.0.1:{self.port}/up")
        self.ended = threading.Event()
        self.files, self.requests, self.rotations = [], 0, 0

    def run(self):
        while not self.ended.is_set():
            path = self.choose.choice(("/?pool=blue", "/?pool=blue", "/?pool=green", "/no?pool=blue"))
            wanted = self.choose.choice((500, 2000, 5000))
            load = subprocess.Popen(["ab", "-q", "-k", "-n", str(wanted), "-c", "8", f"http://127.0.0.1:{self.port}{path}"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self.choose.random() < 0.5:
                time.sleep(self.choose.random() * 0.2)
                self.rename()    # in the midst of it
            assert load.wait(60) == 0, "ab failed"
            self.requests += wanted
            if self.choose.random() < 0.2:
                self.copy_and_truncate()

    def flush(self):
        self.process.send_signal(signal.SIGUSR1)

    def rename(self):
        self.files.append(self.log.with_name(f"access.log.{len(self.files) + 1}"))
        self.log.rename(self.files[-1])
        self.flush()
        until("nginx has reopened its log", self.log.exists)
        self.rotations += 1

    def copy_and_truncate(self):
        """With all buffers written: what nginx writes between the two steps nobody can know."""
        time.sleep(1.5)
        self.files.append(self.log.with_name(f"access.log.{len(self.files) + 1}"))
        shutil.copyfile(self.log, self.files[-1])
        os.truncate(self.log, 0)
        self.rotations += 1

    def stop(self):
        """What it has logged in all, in one file."""
        self.ended.set()
        self.join()
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(15)
        whole = self.log.parent.parent / "whole.log"
        with open(whole, "wb") as out:
            for path in [*self.files, self.log]:
                out.write(path.read_bytes())
        return whole


class KillRotateTest(unittest.TestCase):
    maxDiff = None

    def check(self, trial, page, want):
        wrong = {name: (value, page.get(name)) for name, value in want.items()
                 if abs(page.get(name, 0) - value) > slack(name, value)}
        wrong |= {name: (0, value) for name, value in page.items()
                  if value and name not in want and not NOT_ADDITIVE.match(name)}
        difference = sum(abs((got or 0) - value) for value, got in wrong.values())
        lines = sum(value for name, value in want.items() if name.startswith("nginx_log_lines_total"))
        trial.report(int(lines), int(page.get('nginx_log_rotations_total{file="LOG"}', 0)), difference)
        self.assertEqual(trial.scraper.faults[:10], [])
        self.assertEqual(dict(list(wrong.items())[:10]), {}, "(expected, counted)")
        self.assertEqual(page['nginx_log_lost_bytes_total{file="LOG"}'], 0)

    def generated(self, mode):
        with Trial(self, mode) as trial:
            writer = subprocess.Popen([sys.executable, log_writer.__file__, trial.log.parent, mode, str(SEED)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            try:
                trial.rounds()
                wrote = json.loads(writer.communicate(timeout=120)[0])
            finally:
                writer.kill()
                writer.wait()
            counts = wrote["counts"]
            page = trial.last_scrape(sum(counts))
            want = expected(trial.dir, counts)
            self.assertEqual(want['nginx_access_requests_total{pool="blue",method="POST",status="201"}'], counts[3])
            self.check(trial, page, want)

    def test_a_real_nginx(self):
        with Trial(self, "nginx") as trial:
            nginx = RealNginx(trial.dir, trial.log, random.Random(f"{SEED} load"))
            try:
                nginx.start()
                trial.rounds()
            finally:
                whole = nginx.stop()
            page = trial.last_scrape(nginx.requests)
            want = {name: value for name, value in once(whole).items() if not NOT_ADDITIVE.match(name)}
            self.assertEqual(want['nginx_log_lines_total{file="LOG"}'], nginx.requests)
            self.check(trial, page, want)

    def test_renamed(self):
        self.generated("rename")

    def test_copied_and_truncated(self):
        self.generated("copytruncate")


if __name__ == "__main__":
    unittest.main(verbosity=2)
