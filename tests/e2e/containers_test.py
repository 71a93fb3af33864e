"""Containers of a real Docker engine as the exporter tells of them: each turn of their lives, their figures, and the
alerts that tocsin makes of them. Part of ./test --stack; needs an engine that answers (tests/e2e/docker-engine)."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from running import BIN, ROOT, ask, free_ports, until

IMAGE = "debian:bookworm-slim"
PREFIX = f"tocsin-c{os.getpid()}"
IDLE = ("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.2; done")


def docker(*arguments, check=True):
    said = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120)
    if check and said.returncode != 0:
        raise AssertionError(f"docker {' '.join(arguments)}: {said.stderr}")
    return said.stdout.strip()


def run(name, *options, command=IDLE):
    return docker("run", "-d", "--name", f"{PREFIX}-{name}", *options, IMAGE, *command)


def for_others(program):
    """A copy that another user may run: the build's folder may be for its owner alone."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-least."))
    unittest.addModuleCleanup(shutil.rmtree, folder)
    folder.chmod(0o755)
    return shutil.copy(program, folder)


class Exporter:
    def __init__(self, *arguments, **options):
        self.port, = free_ports(1)
        program = BIN / "tocsin-exporter"
        if "user" in options:
            program = for_others(program)
        self.process = subprocess.Popen(
            [program, f"--web.listen-address=127.0.0.1:{self.port}", "--no-collector.host", "--log.level=warn",
             *arguments], **options)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def samples(self):
        """name -> list of (labels, value); none at all while it does not answer."""
        found = {}
        try:
            page = ask(f"http://127.0.0.1:{self.port}/metrics")[2]
        except OSError:
            page = ""
        for line in page.splitlines():
            if line.startswith("#"):
                continue
            series, value = line.rsplit(" ", 1)
            name, _, labels = series.partition("{")
            pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))
            found.setdefault(name, []).append((pairs, float(value)))
        return found

    def value(self, metric, name=None, **labels):
        wanted = {**labels, **({"name": f"{PREFIX}-{name}"} if name else {})}
        for pairs, value in self.samples().get(metric, []):
            if wanted.items() <= pairs.items():
                return value
        return None

    def until(self, what, metric, value, name=None, seconds=20, **labels):
        until(f"{what}: {metric} {name} {labels} to be {value} (it is {self.value(metric, name, **labels)})",
              lambda: self.value(metric, name, **labels) == value, seconds)

    def until_state(self, name, state, seconds=20):
        self.until(f"{name} to be {state}", "container_state", 1, name, seconds, state=state)


def clean():
    left = docker("ps", "-aq", "--filter", f"name={PREFIX}")
    if left:
        docker("rm", "-f", *left.split(), check=False)
    for network in docker("network", "ls", "-q", "--filter", f"name={PREFIX}").split():
        docker("network", "rm", network, check=False)


class ContainersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exporter = Exporter()
        cls.addClassCleanup(cls.exporter.stop)
        until("the engine to be followed", lambda: cls.exporter.value("container_engine_up") == 1)

    def tearDown(self):
        clean()

    def test_life(self):
        exporter = self.exporter
        run("life")
        exporter.until_state("life", "running")
        self.assertEqual(exporter.value("container_restarts_total", "life"), 0)
        self.assertEqual(exporter.value("container_health_state", "life"), -1)
        docker("pause", f"{PREFIX}-life")
        exporter.until_state("life", "paused")
        docker("unpause", f"{PREFIX}-life")
        exporter.until_state("life", "running")
        docker("restart", f"{PREFIX}-life")
        exporter.until("a restart", "container_restarts_total", 1, "life")
        exporter.until_state("life", "running")
        docker("stop", f"{PREFIX}-life")
        exporter.until_state("life", "exited")
        self.assertEqual(exporter.value("container_exit_code", "life"), 0)
        self.assertIsNone(exporter.value("container_memory_usage_bytes", "life"))
        exporter.until("stopped on purpose", "container_expected_running", 1, "life")
        docker("start", f"{PREFIX}-life")
        exporter.until("a start by hand", "container_restarts_total", 2, "life")
        docker("rename", f"{PREFIX}-life", f"{PREFIX}-renamed")
        exporter.until_state("renamed", "running")
        self.assertIsNone(exporter.value("container_state", "life"))
        docker("rm", "-f", f"{PREFIX}-renamed")
        until("nothing of it", lambda: exporter.value("container_state", "renamed") is None)

    def test_a_job_that_ended_well_is_not_expected_and_one_that_failed_is(self):
        run("well", command=("true",))
        run("failed", command=("sh", "-c", "exit 3"))
        self.exporter.until_state("well", "exited")
        self.exporter.until("a failure", "container_exit_code", 3, "failed")
        self.assertEqual(self.exporter.value("container_expected_running", "well"), 0)
        self.assertEqual(self.exporter.value("container_expected_running", "failed"), 1)

    def test_health(self):
        run("health", "--health-cmd", "test -e /tmp/well", "--health-interval", "500ms", "--health-retries", "1",
            command=("sh", "-c", "touch /tmp/well; while :; do sleep 0.2; done"))
        self.exporter.until("healthy", "container_health_state", 1, "health")
        docker("exec", f"{PREFIX}-health", "rm", "/tmp/well")
        self.exporter.until("unhealthy", "container_health_status", 1, "health", status="unhealthy")
        self.assertEqual(self.exporter.value("container_health_state", "health"), 0)

    def test_oom_kills(self):
        # One that takes the first process with it, and one that does not.
        run("oom", "--memory", "16m", "--memory-swap", "16m", command=("sh", "-c", "tail /dev/zero; sleep 300"))
        self.exporter.until("a child killed", "container_oom_kills_total", 1, "oom")
        run("oom1", "--memory", "16m", "--memory-swap", "16m", command=("tail", "/dev/zero"))
        self.exporter.until("the first process killed", "container_oom_kills_total", 1, "oom1")
        self.exporter.until("its code", "container_exit_code", 137, "oom1")

    def test_a_restart_policy_is_followed(self):
        run("loop", "--restart", "always", command=("sh", "-c", "sleep 0.3; exit 1"))
        until("restarts", lambda: (self.exporter.value("container_restarts_total", "loop") or 0) >= 2)

    def test_a_service_that_vanishes_is_removed_until_its_successor_is_there(self):
        run("service", "--restart", "unless-stopped")
        self.exporter.until_state("service", "running")
        docker("rm", "-f", f"{PREFIX}-service")
        self.exporter.until_state("service", "removed")
        self.assertEqual(self.exporter.value("container_expected_running", "service"), 1)
        run("service", "--restart", "unless-stopped")
        self.exporter.until_state("service", "running")
        self.assertIsNone(self.exporter.value("container_state", "service", state="removed"))
        docker("update", "--restart", "no", f"{PREFIX}-service")
        docker("rm", "-f", f"{PREFIX}-service")
        until("no service any more", lambda: self.exporter.value("container_state", "service") is None)

    def test_a_compose_project(self):
        if not docker("compose", "version", check=False):
            self.skipTest("no docker compose")
        file = json.dumps({"name": PREFIX, "services": {
            name: {"image": IMAGE, "command": list(IDLE), "pull_policy": "never"} for name in ("a", "b")}})

        def compose(*arguments):
            said = subprocess.run(["docker", "compose", "-f", "-", *arguments], input=file, text=True,
                                  capture_output=True, timeout=120)
            self.assertEqual(said.returncode, 0, said.stderr)

        compose("up", "-d")
        self.exporter.until_state("a-1", "running")
        self.exporter.until_state("b-1", "running")
        self.assertEqual(self.exporter.value("container_threads", "a-1",
                                             container_label_com_docker_compose_service="a") is None, False)
        compose("rm", "-sf", "a")
        self.exporter.until_state("a-1", "removed")
        compose("down")
        until("nothing of the project",
              lambda: not any(pairs.get("name", "").startswith(PREFIX)
                              for pairs, _ in self.exporter.samples().get("container_state", [])))

    def test_networks(self):
        run("own")
        run("host", "--network", "host")
        run("other", "--network", f"container:{PREFIX}-own")
        for name in ("own", "host", "other"):
            self.exporter.until_state(name, "running")
        self.assertIsNotNone(self.exporter.value("container_network_receive_bytes_total", "own", interface="eth0"))
        self.assertIsNone(self.exporter.value("container_network_receive_bytes_total", "host"))
        self.assertIsNone(self.exporter.value("container_network_receive_bytes_total", "other"))

    def test_equals_docker_stats(self):
        run("stats", "--memory", "64m", command=("sh", "-c", "head -c 8m /dev/zero | tail -c 8m >/dev/null; sleep 300"))
        self.exporter.until_state("stats", "running")
        time.sleep(1)
        docker("exec", f"{PREFIX}-stats", "true")
        said = json.loads(docker("stats", "--no-stream", "--format", "{{json .}}", f"{PREFIX}-stats"))
        used, limit = (self.size(part) for part in said["MemUsage"].split(" / "))
        self.assertAlmostEqual(self.exporter.value("container_memory_working_set_bytes", "stats"), used,
                               delta=0.01 * used + 8192)
        self.assertEqual(self.exporter.value("container_spec_memory_limit_bytes", "stats"), limit)
        self.assertEqual(self.exporter.value("container_threads", "stats"), float(said["PIDs"]))
        received, sent = (self.size(part) for part in said["NetIO"].split(" / "))
        self.assertAlmostEqual(self.exporter.value("container_network_receive_bytes_total", "stats"), received,
                               delta=0.01 * received + 512)
        self.assertAlmostEqual(self.exporter.value("container_network_transmit_bytes_total", "stats"), sent,
                               delta=0.01 * sent + 512)

    @staticmethod
    def size(text):
        number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()
        factor = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit]
        return float(number) * factor

    def test_odd_labels_stay_readable(self):
        run("odd", "--label", 'com.docker.compose.service=we"b\nx\\')
        self.exporter.until_state("odd", "running")
        self.assertEqual(self.exporter.value("container_threads", "odd",
                                             container_label_com_docker_compose_service='we\\"b\\nx\\\\') is None, False)

    def test_many_at_once(self):
        count = int(os.environ.get("TOCSIN_MANY", "20"))
        for i in range(count):
            run(f"many{i}", "--network", "none", command=("sleep", "600"))
        mine = [pairs for pairs, value in self.exporter.samples()["container_state"]
                if value == 1 and pairs.get("state") == "running" and pairs["name"].startswith(f"{PREFIX}-many")]
        until("all of them", lambda: len(
            [1 for pairs, _ in self.exporter.samples().get("container_memory_usage_bytes", [])
             if pairs["name"].startswith(f"{PREFIX}-many")]) == count)
        self.assertLessEqual(len(mine), count)


class ReachTest(unittest.TestCase):
    def tearDown(self):
        clean()

    def test_by_cgroups_alone(self):
        identity = run("alone")
        exporter = Exporter("--docker.host=none")
        self.addCleanup(exporter.stop)
        until("its figures", lambda: exporter.value("container_memory_usage_bytes", id=identity) is not None)
        self.assertIsNone(exporter.value("container_engine_up"))
        self.assertIsNone(exporter.value("container_state"))

    def test_without_rights_to_the_socket(self):
        identity = run("refused")
        exporter = Exporter(user=65534, group=65534, extra_groups=[], stderr=subprocess.PIPE, text=True)
        until("its figures", lambda: exporter.value("container_memory_usage_bytes", id=identity) is not None)
        self.assertEqual(exporter.value("container_engine_up"), 0)
        time.sleep(4)
        exporter.process.terminate()
        said = [line for line in exporter.process.communicate()[1].splitlines() if "container engine" in line]
        self.assertEqual(len(said), 1, said)
        self.assertIn("permission denied", said[0].lower())

    def test_with_the_sockets_group_and_no_other_right(self):
        group = os.stat("/var/run/docker.sock").st_gid
        if group == 0:
            self.skipTest("the socket has no group of its own")
        run("least")
        exporter = Exporter(user=65534, group=65534, extra_groups=[group])
        self.addCleanup(exporter.stop)
        exporter.until_state("least", "running")
        self.assertIsNotNone(exporter.value("container_network_receive_bytes_total", "least", interface="eth0"))
        self.assertIsNotNone(exporter.value("container_memory_usage_bytes", "least"))


class AlertsTest(unittest.TestCase):
    """The shipped rules in a real tocsin, over a real container."""

    @classmethod
    def setUpClass(cls):
        cls.exporter = Exporter()
        cls.addClassCleanup(cls.exporter.stop)
        cls.port, = free_ports(1)
        cls.folder = subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip()
        config = {"global": {"scrape_interval": "500ms", "scrape_timeout": "400ms", "evaluation_interval": "500ms"},
                  "rule_files": [str(ROOT / "prometheus/rules/containers.yml")],
                  "scrape_configs": [{"job_name": "exporter",
                                      "static_configs": [{"targets": [f"127.0.0.1:{cls.exporter.port}"]}]}]}
        path = f"{cls.folder}/prometheus.yml"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        cls.engine = subprocess.Popen([BIN.resolve() / "tocsin", "serve", f"--config.file={path}", "--log.level=warn",
                                       f"--web.listen-address=127.0.0.1:{cls.port}"], cwd=cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.engine.terminate()
        cls.engine.wait(20)
        subprocess.run(["rm", "-rf", cls.folder], check=False)

    def tearDown(self):
        clean()

    def state(self, alert, name):
        body = ask(f"http://127.0.0.1:{self.port}/api/v1/alerts")[2]
        for each in json.loads(body)["data"]["alerts"]:
            if each["labels"]["alertname"] == alert and each["labels"].get("name") == f"{PREFIX}-{name}":
                return each["state"]
        return "inactive"

    def until_alert(self, alert, name, state, seconds=60):
        until(f"{alert} of {name} to be {state} (it is {self.state(alert, name)})",
              lambda: self.state(alert, name) == state, seconds)

    def test_container_down(self):
        run("down", "--restart", "unless-stopped")
        self.exporter.until_state("down", "running")
        docker("stop", f"{PREFIX}-down")
        self.until_alert("ContainerDown", "down", "pending")
        self.until_alert("ContainerDown", "down", "firing")
        docker("rm", f"{PREFIX}-down")
        self.exporter.until_state("down", "removed")
        self.assertEqual(self.state("ContainerDown", "down"), "firing")
        run("down", "--restart", "unless-stopped")
        self.until_alert("ContainerDown", "down", "inactive")

    def test_backend_high_cpu(self):
        run("busy", "--cpus", "0.1", command=("sh", "-c", "while [ ! -e /tmp/enough ]; do :; done; sleep 300"))
        self.until_alert("BackendHighCPU", "busy", "pending")
        self.until_alert("BackendHighCPU", "busy", "firing")
        docker("exec", f"{PREFIX}-busy", "touch", "/tmp/enough")
        self.until_alert("BackendHighCPU", "busy", "inactive")


if __name__ == "__main__":
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode != 0:
        print("no Docker engine answers; tests/e2e/docker-engine starts one")
        sys.exit(1)
    unittest.main(verbosity=2)
