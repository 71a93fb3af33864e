"""Containers of a real Podman, by its service's socket and by their cgroups. Podman keeps all that it has in the test's own
folder. Part of ./test --stack."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from containers import IDLE, PREFIX, Exporter, command, tiny_image
from running import until

# Podman asks for more than an unprivileged machine may give, unless it is told what to ask for.
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")
# crun refuses to run where cgroup v2, mounted beside v1's controllers, has some of its own; Docker's runc does not.
BESIDE = pathlib.Path("/sys/fs/cgroup/unified/cgroup.controllers")
RUNTIME = ("--runtime", "runc") if BESIDE.exists() and BESIDE.read_text(encoding="utf-8").strip() else ()


class PodmanTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-podman."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.options = ("--root", cls.folder / "root", "--runroot", cls.folder / "run", "--tmpdir", cls.folder / "tmp",
                       "--cgroup-manager=cgroupfs", "--events-backend=file", *RUNTIME)
        subprocess.run(["podman", *cls.options, "import", "-", "tocsin-tiny"], input=tiny_image(), check=True,
                       capture_output=True, timeout=120)
        cls.host = f"unix://{cls.folder}/podman.sock"
        cls.service = subprocess.Popen(["podman", *cls.options, "system", "service", "--time=0", cls.host],
                                       stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end)
        until("Podman's socket", lambda: (cls.folder / "podman.sock").exists(), 60)
        cls.exporter = Exporter(f"--docker.host={cls.host}")
        cls.addClassCleanup(cls.exporter.stop)
        until("Podman is followed", lambda: cls.exporter.value("container_engine_up") == 1, 60)

    @classmethod
    def end(cls):
        command("podman", *cls.options, "rm", "-f", "-t", "0", "-a", check=False)
        cls.service.terminate()
        cls.service.wait(60)

    def podman(self, *arguments):
        return command("podman", *self.options, *arguments)

    def run_container(self, name, *options, command=IDLE):
        return self.podman("run", "-d", "--name", f"{PREFIX}-{name}", "--network", "none", *LIMITS, *options, "tocsin-tiny", *command)

    def test_life(self):
        exporter = self.exporter
        self.run_container("life", "--memory", "64m", "--restart", "always", "--label", "com.docker.compose.service=web")
        exporter.until_state("life", "running")
        self.assertGreater(exporter.value("container_memory_usage_bytes", "life",
                                          container_label_com_docker_compose_service="web"), 0)
        self.assertEqual(exporter.value("container_spec_memory_limit_bytes", "life"), 64 << 20)
        self.podman("pause", f"{PREFIX}-life")
        exporter.until_state("life", "paused")
        self.podman("unpause", f"{PREFIX}-life")
        exporter.until_state("life", "running")
        self.podman("stop", f"{PREFIX}-life")
        exporter.until_state("life", "exited")
        exporter.until("it never ends by itself", "container_expected_running", 1, "life")
        self.podman("start", f"{PREFIX}-life")
        exporter.until_state("life", "running")
        exporter.until("begun again", "container_restarts_total", 1, "life")
        self.podman("rename", f"{PREFIX}-life", f"{PREFIX}-renamed")
        exporter.until_state("renamed", "running")
        self.podman("rm", "-f", "-t", "0", f"{PREFIX}-renamed")
        exporter.until_state("renamed", "removed")

    def test_one_that_fails(self):
        self.run_container("failed", command=("sh", "-c", "exit 3"))
        self.exporter.until("its code", "container_exit_code", 3, "failed")
        self.exporter.until_state("failed", "exited")

    def test_by_cgroups_alone(self):
        identity = self.run_container("alone")
        exporter = Exporter("--docker.host=none")
        self.addCleanup(exporter.stop)
        until("its figures", lambda: exporter.value("container_memory_usage_bytes", id=identity) is not None, 60)


if __name__ == "__main__":
    if shutil.which("podman") is None:
        raise SystemExit("no podman; packaging/install-packages stack installs it")
    if os.geteuid() != 0:
        raise SystemExit("Podman's containers in a folder of their own need root")
    unittest.main(verbosity=2)
