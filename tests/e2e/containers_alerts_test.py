"""The shipped rules in a real tocsin, over real containers: ContainerDown and BackendHighCPU from pending to resolved. Part of
./test --stack."""

import json
import shutil
import subprocess
import tempfile
import time
import unittest

from containers import PREFIX, Exporter, clean, docker, main, run
from running import BIN, ROOT, ask, free_ports, until


class AlertsTest(unittest.TestCase):
    """The shipped rules in a real tocsin, over a real container."""

    @classmethod
    def setUpClass(cls):
        cls.exporter = Exporter()
        cls.addClassCleanup(cls.exporter.stop)
        cls.port, = free_ports(1)
        cls.folder = tempfile.mkdtemp(prefix="tocsin-e2e.")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
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

    def tearDown(self):
        clean()

    def states(self, alert):
        """name -> state of those that there are"""
        alerts = json.loads(ask(f"http://127.0.0.1:{self.port}/api/v1/alerts")[2])["data"]["alerts"]
        return {each["labels"].get("name", "").removeprefix(f"{PREFIX}-"): each["state"]
                for each in alerts if each["labels"]["alertname"] == alert}

    def until_firing(self, alert, names):
        """All of them, each seen pending before."""
        pending = set()

        def look():
            states = self.states(alert)
            pending.update(name for name in names if states.get(name) == "pending")
            return all(states.get(name) == "firing" for name in names)

        until(f"{alert} to fire for {names}", look, 120)
        self.assertEqual(pending, set(names))

    def until_resolved(self, alert, name):
        until(f"{alert} of {name} to be resolved", lambda: name not in self.states(alert), 120)

    def test_container_down(self):
        """For one that was stopped, one that crashed and one that is gone; until each is back."""
        names = ("stopped", "crashed", "vanished")
        dies = ("sh", "-c", "while [ ! -e /die ]; do sleep 0.1; done; rm /die; exit 3")
        for name in names:
            run(name, "--restart", "no" if name == "crashed" else "unless-stopped", command=dies)
            self.exporter.until_state(name, "running")
        time.sleep(2)
        self.assertEqual(self.states("ContainerDown").keys() & set(names), set())
        docker("stop", "-t", "0", f"{PREFIX}-stopped")
        docker("exec", f"{PREFIX}-crashed", "touch", "/die")
        docker("rm", "-f", f"{PREFIX}-vanished")
        self.until_firing("ContainerDown", names)
        time.sleep(5)  # ten evaluations
        self.assertEqual({name: self.states("ContainerDown").get(name) for name in names}, dict.fromkeys(names, "firing"))
        docker("start", f"{PREFIX}-stopped", f"{PREFIX}-crashed")
        run("vanished", "--restart", "unless-stopped")
        for name in names:
            self.until_resolved("ContainerDown", name)

    def test_backend_high_cpu(self):
        run("busy", "--cpus", "0.1", command=("sh", "-c", "while [ ! -e /tmp/enough ]; do :; done; sleep 300"))
        self.until_firing("BackendHighCPU", ["busy"])
        docker("exec", f"{PREFIX}-busy", "touch", "/tmp/enough")
        self.until_resolved("BackendHighCPU", "busy")


if __name__ == "__main__":
    main()
