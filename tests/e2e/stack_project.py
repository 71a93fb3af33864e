"""docker-compose.yml as a compose project of tests/e2e/stack_test.py, and the load that it gets."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

from running import ROOT, ask, free_ports
from running import until as until_true

DOMAIN = "tocsin.test"
PASSWORD = "s3cret"
VICTIMS = ("burner", "stopper", "ill", "looper", "eater")


def until(what, look, seconds=20):
    """As running.until; what fails or is no JSON is just not there yet."""

    def patient():
        try:
            return look()
        except (AssertionError, ValueError):
            return False

    return until_true(what, patient, seconds)


class Stack:
    """A compose project of its own names and ports, on this machine's engine."""

    def __init__(self):
        self.project = f"tocsintest{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-stack."))
        self.folder.chmod(0o755)
        names = ("NGINX_PORT", "NGINX_TLS_PORT", "BLUE_HOST_PORT", "GREEN_HOST_PORT", "SINK_PORT")
        self.ports = dict(zip(names, free_ports(len(names))))
        hashed = subprocess.run(["htpasswd", "-niBC", "5", "x"], input=PASSWORD, capture_output=True, text=True, check=True)
        self.settings = {
            **{name: str(port) for name, port in self.ports.items()}, "TEST_FOLDER": str(self.folder), "DOMAIN": DOMAIN,
            "COMPOSE_PROFILES": "demo,tls", "MONITORING_PASSWORD": PASSWORD,
            "MONITORING_PASSWORD_HASH": hashed.stdout.strip().removeprefix("x:"), "ALERT_COOLDOWN_SEC": "0",
            "DOCKER_GID": str(os.stat("/var/run/docker.sock").st_gid), "NGINX_LOG_MAX_BYTES": "400000",
            "ACME_SERVER": "https://pebble:14000/dir", "MONITORING_BURST": "40"}
        self.make_configuration()
        self.make_pebble()
        (self.folder / "go").mkdir()
        (self.folder / "stand-in").mkdir()
        shutil.copy(ROOT / "tests/e2e/stand-ins/grafana.py", self.folder / "stand-in")

    def make_configuration(self):
        """The shipped files with shorter pauses: what waits ten minutes in life waits one here."""
        shutil.copytree(ROOT / "prometheus", self.folder / "prometheus")
        notify = self.folder / "prometheus/alertmanager.yml"
        text = notify.read_text()
        for old, new in (("group_wait: 10s", "group_wait: 1s"), ("group_interval: 30s", "group_interval: 2s")):
            assert old in text, f"alertmanager.yml has no '{old}' any more"
            text = text.replace(old, new)
        notify.write_text(text)
        for rules in (self.folder / "prometheus/rules").glob("*.yml"):
            rules.write_text(re.sub(r"\[(5|10)m\]", "[40s]", rules.read_text()).replace("[1m]", "[20s]"))

    def make_pebble(self):
        folder = self.folder / "pebble"
        folder.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pebble",
                        "-addext", "subjectAltName=DNS:pebble", "-keyout", folder / "key.pem", "-out", folder / "ca.pem"],
                       check=True, capture_output=True)
        # Beside it a certificate of the site that runs out soon.
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", f"/CN={DOMAIN}",
                        "-addext", f"subjectAltName=DNS:{DOMAIN}", "-keyout", folder / "short-key.pem", "-out",
                        folder / "short.pem"], check=True, capture_output=True)
        for key in ("key.pem", "short-key.pem"):
            (folder / key).chmod(0o644)
        (folder / "config.json").write_text(json.dumps({"pebble": {
            "listenAddress": "0.0.0.0:14000", "managementListenAddress": "0.0.0.0:15000", "certificate": "/pebble/ca.pem",
            "privateKey": "/pebble/key.pem", "httpPort": 8080, "tlsPort": 8443, "ocspResponderURL": "",
            "externalAccountBindingRequired": False}}))

    def compose(self, *arguments, check=True, timeout=240):
        said = subprocess.run(
            ["docker", "compose", "-p", self.project, "-f", ROOT / "docker-compose.yml", "-f",
             ROOT / "tests/e2e/stack.override.yml", "--project-directory", ROOT, *arguments],
            capture_output=True, text=True, timeout=timeout, env={**os.environ, **self.settings})
        if check and said.returncode != 0:
            raise AssertionError(f"docker compose {' '.join(arguments)}: {said.stderr[-2000:]}")
        return said.stdout

    def down(self, *options):
        """As a person would, again if need be: an engine can for a moment count a container that restarts to a network it has left."""
        until("compose down", lambda: self.compose("down", *options) is not None, 20)

    def up(self, *services):
        self.compose("up", "-d", "--no-build", "--pull", "never", *services)

    def container(self, service):
        return f"{self.project}-{service}-1"

    def docker(self, *arguments, check=True):
        said = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120)
        if check and said.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)}: {said.stderr}")
        return said.stdout.strip()

    def inside(self, service, *command, check=True):
        return self.docker("exec", self.container(service), *command, check=check)

    def touch(self, service, path):
        self.inside(service, "touch", path)

    def states(self):
        said = self.compose("ps", "-a", "--format", "json")
        rows = json.loads(said) if said.startswith("[") else [json.loads(line) for line in said.splitlines()]
        return {row["Service"]: row["Health"] or row["State"] for row in rows}

    def all_healthy(self):
        states = self.states()
        return states and all(state == "healthy" for service, state in states.items() if service != "pebble")

    def get(self, path, password=None, method="GET", extra=()):
        """(status, header lines in lower case, body), by HTTPS."""
        command = ["curl", "-ks", "-m", "15", "-i", "-X", method, "--connect-to", "::127.0.0.1:", *extra]
        if password:
            command += ["-u", f"admin:{password}"]
        url = path if path.startswith("http") else f"https://{DOMAIN}:{self.ports['NGINX_TLS_PORT']}{path}"
        said = subprocess.run([*command, url], capture_output=True, text=True, timeout=30)
        head, _, body = said.stdout.partition("\n\n")
        status = int(head.split(" ", 2)[1]) if head else 0
        return status, head.lower(), body

    def json(self, path, password=None):
        status, _, body = self.get(path, password)
        assert status == 200, f"{path} answered {status}: {body[:200]}"
        return json.loads(body)

    def chaos(self, pool, what):
        status, _, body = ask(f"http://127.0.0.1:{self.ports[f'{pool.upper()}_HOST_PORT']}/chaos/{what}", "POST", b"")
        assert status == 200, body

    def query(self, expression):
        found = self.get("/alerts/api/v1/query", PASSWORD, extra=["-G", "--data-urlencode", f"query={expression}"])[2]
        result = json.loads(found)["data"]["result"]
        return float(result[0]["value"][1]) if result else None

    @contextlib.contextmanager
    def connected(self):
        """A TLS connection to nginx."""
        context = ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", self.ports["NGINX_TLS_PORT"]), 5) as raw:
            with context.wrap_socket(raw, server_hostname=DOMAIN) as tls:
                yield tls

    def serial(self):
        with self.connected() as tls:
            return hashlib.sha256(tls.getpeercert(True)).hexdigest()

    def messages(self):
        return json.loads(ask(f"http://127.0.0.1:{self.ports['SINK_PORT']}/messages")[2])

    def close(self):
        self.compose("down", "-v", "--remove-orphans", "-t", "2", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Load:
    """ab in the background, under a name that leads to this machine for it alone."""

    def __init__(self, stack):
        hosts = stack.folder / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {DOMAIN}\n")
        url = f"https://{DOMAIN}:{stack.ports['NGINX_TLS_PORT']}/version"
        self.process = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec ab -l -q -n 5000 -c 200 "$1"', hosts, url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def goes_on(self):
        return self.process.poll() is None

    def result(self):
        said = self.process.communicate(timeout=180)[0]
        figures = {name: int(re.search(rf"^{name}: +(\d+)", said, re.M)[1]) if re.search(rf"^{name}:", said, re.M) else 0
                   for name in ("Complete requests", "Failed requests", "Non-2xx responses")}
        assert figures["Complete requests"] == 5000, said
        assert figures["Failed requests"] == 0 and figures["Non-2xx responses"] == 0, said
        rate = re.search(r"Requests per second: +([\d.]+)", said)[1]
        return f"0 failed of 5000, no answer but 2xx, {float(rate):.0f}/s"


class Poll:
    """GETs one after another until it is left, none of which may fail."""

    def __init__(self, stack, path):
        self.stack, self.path, self.count, self.bad, self.stop = stack, path, 0, [], threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.stop.wait(0.05):
            status = self.stack.get(self.path)[0]
            self.count += 1
            if status != 200:
                self.bad.append(status)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        assert not self.bad, f"{len(self.bad)} of {self.count} answers of {self.path} were {set(self.bad)}"
