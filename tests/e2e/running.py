"""Starts ./run and other programs for the end-to-end tests, on free ports, and looks at what is left of them."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TOCSIN_BIN", ROOT / "build/release/bin"))
PORTS = ("NGINX_PORT", "BLUE_HOST_PORT", "GREEN_HOST_PORT", "NGINX_STATUS_PORT", "EXPORTER_PORT", "TOCSIN_PORT",
         "SINK_HTTP_PORT", "SINK_SMTP_PORT")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def ask(url, method="GET", data=None, headers=None):
    """(status, headers, body); any status is an answer."""
    request = urllib.request.Request(url, method=method, data=data, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def until(what, look, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := look():
                return found
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def answers(url):
    return until(f"an answer of {url}", lambda: ask(url)[0] == 200)


class Run:
    """A ./run of its own ports and folder. Use as a context; what is left of it is killed at the end."""

    def __init__(self, *arguments, **environment):
        self._parent = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-e2e."))
        self._parent.chmod(0o711)  # for nginx's workers
        self.dir = self._parent / "tocsin"
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        settings = {name: str(port) for name, port in self.ports.items()}
        inherited = {name: value for name, value in os.environ.items()
                     if name not in ("SLACK_WEBHOOK_URL", "SMTP_SMARTHOST")}
        self.process = subprocess.Popen(
            [ROOT / "run", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
            env={**inherited, **settings, "TOCSIN_BIN": str(BIN), "TOCSIN_RUN_DIR": str(self._parent), **environment})
        self._lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.wait(30)
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)
        self._reader.join(5)
        self.process.stdout.close()
        shutil.rmtree(self._parent, ignore_errors=True)

    @property
    def output(self):
        return "".join(self._lines)

    def up(self):
        """Waits until every part answers."""
        until("./run is up", lambda: "Tocsin is up" in self.output or self.process.poll() is not None, 60)
        if self.process.poll() is not None:
            raise AssertionError(f"./run has ended:\n{self.output}")
        return self

    def url(self, port_name, path=""):
        return f"http://127.0.0.1:{self.ports[port_name]}{path}"

    def wait(self, seconds):
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def left(self):
        """Processes that name this run's folder or one of its ports on their command line, or whose parent does."""
        marks = re.compile("|".join([re.escape(str(self.dir)), *(rf":{port}\b|={port}\b" for port in self.ports.values())]))
        found = set()
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                parent = re.search(r"^PPid:\s+(\d+)", (entry / "status").read_text(), re.M)[1]
                if command.startswith("nginx: worker"):
                    command = pathlib.Path(f"/proc/{parent}/cmdline").read_text()
            except OSError:
                continue
            if marks.search(command):
                found.add(int(entry.name))
        return found - {self.process.pid}

    def part(self, pattern):
        """The process id of the part whose command line matches."""
        for pid in sorted(self.left()):
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if re.search(pattern, command):
                return pid
        raise AssertionError(f"no part matches {pattern}")
