"""Containers of a real Docker engine as the exporter tells of them: each turn of their lives, their figures, and who may see
them. Part of ./test --stack."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

from containers import IDLE, IMAGE, PREFIX, Exporter, Watched, build_image, clean, docker, main, run
from running import BIN, ROOT, until

sys.path.insert(0, str(ROOT / "tests/dashboards"))
from model import metrics_in_tables  # noqa: E402


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
        for name in ("host", "other"):
            self.assertIsNotNone(self.exporter.value("container_memory_usage_bytes", name))

    def test_equals_docker_stats(self):
        run("stats", "--memory", "64m", command=("sh", "-c", "head -c 8m /dev/zero | tail -c 8m >/dev/null; sleep 300"))
        self.exporter.until_state("stats", "running")
        said = self.stats_at_rest("stats")
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

    def stats_at_rest(self, name):
        """What Docker says of one whose memory is the same before and after: the kernel settles it some time after the work."""
        found = None

        def look():
            nonlocal found
            before = self.exporter.value("container_memory_working_set_bytes", name)
            found = json.loads(docker("stats", "--no-stream", "--format", "{{json .}}", f"{PREFIX}-{name}"))
            return before == self.exporter.value("container_memory_working_set_bytes", name)

        until(f"the memory of {name} is at rest", look, 120)
        return found

    def test_equals_docker_stats_of_cpu_and_block_io(self):
        run("load", "--cpus", "0.2", command=(
            "sh", "-c", "dd if=/dev/zero of=/written bs=64k count=50 oflag=direct; while :; do :; done"))
        self.exporter.until_state("load", "running")
        until("it has written and works at its quota",
              lambda: (self.exporter.value("container_cpu_cfs_throttled_periods_total", "load") or 0) > 5, 60)

        def used():
            return time.monotonic(), self.exporter.value("container_cpu_usage_seconds_total", "load")

        began, before = used()
        said = json.loads(docker("stats", "--no-stream", "--format", "{{json .}}", f"{PREFIX}-load"))
        ended, after = used()
        # Docker's two readings lie between ours, so that both are means of the same seconds, held by the same quota.
        self.assertAlmostEqual(100 * (after - before) / (ended - began), float(said["CPUPerc"].rstrip("%")), delta=4)
        read, written = (self.size(part) for part in said["BlockIO"].split(" / "))
        for metric, theirs in (("container_fs_reads_bytes_total", read), ("container_fs_writes_bytes_total", written)):
            ours = sum(value for pairs, value in self.exporter.samples().get(metric, [])
                       if pairs["name"] == f"{PREFIX}-load")
            self.assertAlmostEqual(ours, theirs, delta=0.01 * theirs)

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
        count = int(os.environ.get("TOCSIN_MANY", "100"))
        with concurrent.futures.ThreadPoolExecutor(8) as starters:
            list(starters.map(lambda i: run(f"many{i}", "--network", "none", command=("sleep", "600")), range(count)))

        def mine(metric, **labels):
            return sum(value for pairs, value in self.exporter.samples().get(metric, [])
                       if pairs.get("name", "").startswith(f"{PREFIX}-many") and labels.items() <= pairs.items())

        until("all of them run", lambda: mine("container_state", state="running") == count, 120)
        self.assertEqual(mine("container_threads"), count, "each has figures")
        self.assertEqual(mine("container_state", state="removed"), 0)
        took = min(self.exporter.value("tocsin_exporter_collector_duration_seconds", collector="containers") for _ in range(20))
        print(f"{count} containers: {1e6 * took / count:.1f} us each", end=" ", flush=True)
        clean()
        until("none of them is left", lambda: mine("container_state") == 0, 120)


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

    def test_nginxs_upstreams_are_joined_to_containers(self):
        """By a container's own address, and by a port of the host that leads to it."""
        run("blue", "-p", "127.0.0.1::80")
        address = docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", f"{PREFIX}-blue")
        published = docker("port", f"{PREFIX}-blue", "80/tcp")
        with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
            exporter = Exporter(f"--nginx.access-log={log.name}")
            self.addCleanup(exporter.stop)
            exporter.until_state("blue", "running")
            for upstream in (f"{address}:3000", published, "192.0.2.1:3000"):
                line = {"request_method": "GET", "status": "200", "upstream_addr": upstream, "upstream_status": "200", "pool": "blue"}
                log.write(json.dumps(line) + "\n")
            log.flush()
            for upstream in (f"{address}:3000", published):
                exporter.until("joined", "nginx_upstream_container_info", 1, upstream=upstream, pool="blue",
                               container=f"{PREFIX}-blue")
            self.assertIsNone(exporter.value("nginx_upstream_container_info", upstream="192.0.2.1:3000"))

    def test_every_name_of_the_page_is_documented(self):
        run("whole", "--cpus", "0.5", "--memory", "64m", "--health-cmd", "true")
        run("ended", command=("true",))
        exporter = Exporter("--collector.host")
        self.addCleanup(exporter.stop)
        exporter.until_state("whole", "running")
        exporter.until_state("ended", "exited")
        names = {name for name in exporter.samples() if re.match("(container|machine|node)_", name)}
        self.assertGreater(len(names), 150)
        self.assertEqual(names - metrics_in_tables(ROOT / "docs/METRICS.md"), set())

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

    def socket_group(self):
        group = os.stat("/var/run/docker.sock").st_gid
        self.assertNotEqual(group, 0, "the engine's socket has no group of its own")
        return group

    def test_with_the_sockets_group_and_no_other_right(self):
        run("least")
        exporter = Exporter(user=65534, group=65534, extra_groups=[self.socket_group()])
        self.addCleanup(exporter.stop)
        exporter.until_state("least", "running")
        self.assertIsNotNone(exporter.value("container_network_receive_bytes_total", "least", interface="eth0"))
        self.assertIsNotNone(exporter.value("container_memory_usage_bytes", "least"))

    def test_in_a_container_without_any_capability(self):
        """As docs/CONTAINERS.md has it."""
        build_image()
        with open("/proc/self/mountinfo", encoding="utf-8") as mounts:  # systemd shares the root; not all machines have it
            is_shared = any(line.split()[4] == "/" and "shared:" in line for line in mounts)
        run("seen")
        docker("run", "-d", "--name", f"{PREFIX}-exporter", "-p", "127.0.0.1::9113", "--read-only", "--cap-drop", "ALL",
               "--user", "65534:65534", "--pid", "host", "--group-add", str(self.socket_group()),
               "-v", "/var/run/docker.sock:/var/run/docker.sock:ro", "-v", "/:/host:ro,rslave" if is_shared else "/:/host:ro", "tocsin-test/exporter",
               "--path.rootfs=/host")
        exporter = Watched(int(docker("port", f"{PREFIX}-exporter", "9113/tcp").rsplit(":", 1)[1]))
        exporter.until_state("seen", "running")
        for metric in ("container_cpu_usage_seconds_total", "container_memory_usage_bytes", "container_threads",
                       "container_network_receive_bytes_total"):
            self.assertIsNotNone(exporter.value(metric, "seen"), metric)
        self.assertEqual(exporter.value("node_uname_info", nodename=os.uname().nodename), None, "a uts namespace of its own")
        page = exporter.samples()
        failed = [pairs["collector"] for pairs, value in page["node_scrape_collector_success"] if value != 1]
        self.assertEqual(failed, [])
        self.assertEqual([value for pairs, value in page["node_filesystem_device_error"] if pairs["mountpoint"] == "/"], [0])


if __name__ == "__main__":
    main()
