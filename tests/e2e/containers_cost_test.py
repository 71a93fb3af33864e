"""What the exporter costs by the number of containers: the real process over a tree as a kernel of cgroup v2 shows it, and beside
an engine that this test plays. Files are plain ones, so that the kernel's own work in making them up is not in it."""

import http.server
import json
import os
import pathlib
import shutil
import socketserver
import statistics
import tempfile
import threading
import time
import unittest
import urllib.request

from containers import Exporter
from running import ROOT, until

FIXTURE = ROOT / "tests/exporter/containers/fixture/v2"
SCOPE = "sys/fs/cgroup/system.slice/docker-{}.scope"
ROUNDS = 40


def identity(number):
    return f"{number:064d}"


class Engine(socketserver.ThreadingUnixStreamServer):
    """Knows `count` containers of a compose project, and that nothing happens to them."""

    daemon_threads = True

    def __init__(self, path, count):
        self.ids = [identity(i) for i in range(count)]
        super().__init__(str(path), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def container(self, number):
        return {"Id": identity(number), "Name": f"/shop-web-{number}", "Config": {
            "Image": "registry.example/shop/web:2026.11", "Labels": {
                "com.docker.compose.project": "shop", "com.docker.compose.service": f"web{number}"}},
            "State": {"Status": "running", "Pid": number + 1, "StartedAt": "2026-11-21T09:00:00Z"},
            "HostConfig": {"NetworkMode": "shop_default", "RestartPolicy": {"Name": "always"}},
            "NetworkSettings": {"Networks": {"shop_default": {"IPAddress": f"10.0.{number // 250}.{number % 250}"}}}}


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/events"):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.rfile.read(1)  # until the other side goes
            return
        if self.path.startswith("/networks"):
            body = [{"Name": "shop_default"}]
        elif self.path.startswith("/containers/json"):
            body = [{"Id": each} for each in self.server.ids]
        else:
            body = self.server.container(int(self.path.split("/")[2]))
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return "exporter"

    def log_message(self, *_):
        pass


class CostTest(unittest.TestCase):
    def measure(self, count):
        """CPU seconds of a scrape, of one that asks for gzip, and resident bytes."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-cost."))
        self.addCleanup(shutil.rmtree, folder)
        source = next((FIXTURE / "sys/fs/cgroup/system.slice").iterdir())
        (folder / "sys/fs/cgroup/system.slice").mkdir(parents=True)
        shutil.copy(FIXTURE / "sys/fs/cgroup/cgroup.controllers", folder / "sys/fs/cgroup")
        for number in range(count):
            shutil.copytree(source, folder / SCOPE.format(identity(number)))
            (folder / f"proc/{number + 1}/net").mkdir(parents=True)
            shutil.copy(FIXTURE / "proc/1077/net/dev", folder / f"proc/{number + 1}/net")
        engine = Engine(folder / "engine.sock", count)
        exporter = Exporter(f"--path.rootfs={folder}", f"--docker.host=unix://{folder}/engine.sock")
        try:
            until("all are known", lambda: len(exporter.samples().get("container_threads", [])) == count, 60)
            time.sleep(4)  # starting is over, for memory, too
            return self.scrape(exporter)
        finally:
            exporter.stop()
            engine.shutdown()
            engine.server_close()

    def scrape(self, exporter):
        plain = self.cost(exporter, {})
        zipped = self.cost(exporter, {"Accept-Encoding": "gzip"})
        resident = int((pathlib.Path(f"/proc/{exporter.process.pid}/statm").read_text()).split()[1]) * os.sysconf("SC_PAGESIZE")
        return plain, zipped, resident

    def cost(self, exporter, headers):
        request = urllib.request.Request(f"http://127.0.0.1:{exporter.port}/metrics", headers=headers)

        def ask():
            with urllib.request.urlopen(request, timeout=20) as answer:
                answer.read()

        def costs():
            before = self.used(exporter)
            ask()
            time.sleep(0.002)
            return self.used(exporter) - before

        ask()
        return statistics.median(costs() for _ in range(ROUNDS))

    @staticmethod
    def used(exporter):
        """In nanoseconds of all threads, since the ticks of /proc/<pid>/stat are as long as a scrape."""
        tasks = pathlib.Path(f"/proc/{exporter.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def test_cost_by_the_number_of_containers(self):
        cost = {}
        for count in (1, 40, 200, 600):
            cost[count], zipped, resident = self.measure(count)
            print(f"{count} containers: {1e3 * cost[count]:.2f} ms of CPU a scrape, the page's way over HTTP among it; "
                  f"{1e3 * zipped:.2f} ms with gzip, as Prometheus asks for it; {resident / 1e6:.1f} MB resident")
            if count == 200:
                self.assertLess(resident, 15e6)
        each = (cost[200] - cost[1]) / 199
        print(f"each: {1e6 * each:.1f} us at 200, {1e6 * (cost[600] - cost[1]) / 599:.1f} us at 600")
        # How much it is, a machine decides; that it is not more a container for more of them, we do.
        self.assertLess((cost[600] - cost[1]) / 599, 2 * each)


if __name__ == "__main__":
    unittest.main(verbosity=2)
