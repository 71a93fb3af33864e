"""What the tests of containers share: an exporter of their own, a Docker engine's command line, an engine of their own, and a
container image of a few kilobytes."""

import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

from running import BIN, ROOT, ask, free_ports, until

IMAGE = "debian:bookworm-slim"
PREFIX = f"tocsin-c{os.getpid()}"
IDLE = ("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.2; done")
PATIENCE = 60  # seconds; a busy machine's engine is slow


def command(*words, check=True, **options):
    words = [str(word) for word in words]
    said = subprocess.run(words, capture_output=True, text=True, timeout=300, **options)
    if check and said.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {said.stderr}")
    return said.stdout.strip()


def docker(*arguments, check=True):
    return command("docker", *arguments, check=check)


def run(name, *options, command=IDLE):
    return docker("run", "-d", "--name", f"{PREFIX}-{name}", *options, IMAGE, *command)


def clean():
    left = docker("ps", "-aq", "--filter", f"name={PREFIX}")
    if left:
        docker("rm", "-f", *left.split(), check=False)
    for network in docker("network", "ls", "-q", "--filter", f"name={PREFIX}").split():
        docker("network", "rm", network, check=False)


def main():
    """Sees to an engine with its compose and its image before the tests, on any machine."""
    subprocess.run([ROOT / "tests/e2e/docker-engine"], check=True)
    unittest.main(module="__main__", verbosity=2)


def for_others(program):
    """A copy that another user may run: the build's folder may be for its owner alone."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-least."))
    unittest.addModuleCleanup(shutil.rmtree, folder)
    folder.chmod(0o755)
    return shutil.copy(program, folder)


def build_image():
    """tocsin-test/exporter, by the Dockerfile that ships, around the programs that are compiled already (as tests/e2e/images)."""
    with tempfile.TemporaryDirectory(prefix="tocsin-image.") as folder:
        context = pathlib.Path(folder)
        shutil.copytree(ROOT / "packaging", context / "packaging")
        (context / "prebuilt").mkdir()
        for program in ("tocsin", "tocsin-exporter", "demo-backend"):
            command("strip", "-o", context / "prebuilt" / program, BIN / program)
        command("docker", "build", "-q", "-f", context / "packaging/Dockerfile", "--target", "exporter", "-t", "tocsin-test/exporter",
                context, env={**os.environ, "DOCKER_BUILDKIT": "0"})


def parse(page):
    """name -> list of (labels, value)"""
    found = {}
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        series, value = line.rsplit(" ", 1)
        name, _, labels = series.partition("{")
        pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))
        found.setdefault(name, []).append((pairs, float(value)))
    return found


class Watched:
    """An exporter's page that is asked for again and again."""

    def __init__(self, port):
        self.port = port

    def samples(self):
        """None at all while it does not answer."""
        try:
            return parse(ask(f"http://127.0.0.1:{self.port}/metrics")[2])
        except OSError:
            return {}

    def value(self, metric, name=None, **labels):
        wanted = {**labels, **({"name": f"{PREFIX}-{name}"} if name else {})}
        for pairs, value in self.samples().get(metric, []):
            if wanted.items() <= pairs.items():
                return value
        return None

    def until(self, what, metric, value, name=None, seconds=PATIENCE, **labels):
        until(f"{what}: {metric} {name} {labels} to be {value} (it is {self.value(metric, name, **labels)})",
              lambda: self.value(metric, name, **labels) == value, seconds)

    def until_state(self, name, state, seconds=PATIENCE):
        self.until(f"{name} to be {state}", "container_state", 1, name, seconds, state=state)


class Exporter(Watched):
    def __init__(self, *arguments, **options):
        super().__init__(free_ports(1)[0])
        program = BIN / "tocsin-exporter"
        if "user" in options:
            program = for_others(program)
        self.process = subprocess.Popen(
            [program, f"--web.listen-address=127.0.0.1:{self.port}", "--no-collector.host", "--log.level=warn",
             *arguments], **options)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait(20)


def tiny_image():
    """A shell and what it needs to idle, fail and eat memory, out of this machine's own files, as a tar for `import`."""
    programs = [shutil.which(name) for name in ("sh", "sleep", "tail", "touch", "true")]
    files = set(programs)
    for program in programs:
        files |= set(re.findall(r"(/\S+) \(0x", command("ldd", program)))
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", dereference=True) as archive:
        for file in sorted(files):
            archive.add(file, arcname=file)
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(folder)
    return tar.getvalue()


def in_own_network():
    """Goes on in a network namespace of its own: an engine takes the machine's bridge and rules of packets for its own."""
    if os.environ.get("TOCSIN_OWN_NETWORK") != "yes":
        os.environ["TOCSIN_OWN_NETWORK"] = "yes"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    command("ip", "link", "set", "lo", "up")


class OwnEngine:
    """A Docker engine beside the machine's, without networks, which a test may stop, kill and start again. To be used
    in_own_network()."""

    IMAGE = "tocsin-tiny"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-engine."))
        self.folder.chmod(0o711)
        self.socket = self.folder / "docker.sock"
        self.host = f"unix://{self.socket}"
        self.process = None

    def start(self, *options):
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--data-root", self.folder / "data", "--exec-root", self.folder / "exec", "--pidfile",
                 self.folder / "pid", "--host", self.host, "--bridge", "none", "--iptables=false", "--ip-forward=false",
                 "--shutdown-timeout", "2", *options], stdout=log, stderr=log, start_new_session=True)
        until("the engine answers", self.answers, PATIENCE)
        if not self.docker("image", "ls", "-q", self.IMAGE):
            subprocess.run(["docker", "-H", self.host, "import", "-", self.IMAGE], input=tiny_image(), check=True,
                           capture_output=True, timeout=120)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("the engine has ended: " + (self.folder / "log").read_text()[-2000:])
        return subprocess.run(["docker", "-H", self.host, "version"], capture_output=True, check=False,
                              timeout=60).returncode == 0

    def docker(self, *arguments, check=True):
        return command("docker", "-H", self.host, *arguments, check=check)

    def run(self, name, *options, command=IDLE):
        return self.docker("run", "-d", "--network", "none", "--name", f"{PREFIX}-{name}", *options, self.IMAGE, *command)

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        # Its containerd dies with it. Where nobody reaps that one, it seems to live on by its number.
        for file in ("pid", "exec/containerd/containerd.pid"):
            (self.folder / file).unlink(missing_ok=True)

    def remove(self):
        """Nothing of it is left, its containers among it."""
        if self.process.poll() is not None:
            self.start()
        left = self.docker("ps", "-aq", check=False).split()
        if left:
            self.docker("rm", "-f", *left, check=False)
        self.stop()
        command("umount", "-l", self.folder / "data", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
