"""The proxy before two demo backends: failover within a request, the log, headers, and what the template refuses."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from running import BIN, ROOT, answers, ask, free_ports, until


def render(**settings):
    return subprocess.run([ROOT / "nginx/render"], capture_output=True, text=True, env={**os.environ, **settings})


class Proxy:
    """nginx and both backends, in a folder of their own."""

    def __init__(self, **settings):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-nginx."))
        self.dir.chmod(0o711)
        for folder in ("logs", "temp"):
            (self.dir / folder).mkdir()
        site, status, blue, green = free_ports(4)
        self.ports = {"blue": blue, "green": green}
        self.site, self.status = f"http://127.0.0.1:{site}", f"http://127.0.0.1:{status}/stub_status"
        if os.geteuid() == 0:
            settings["NGINX_USER"] = "www-data"
        configuration = render(NGINX_LISTEN=f"127.0.0.1:{site}", NGINX_STATUS_LISTEN=f"127.0.0.1:{status}",
                               BLUE_UPSTREAM=f"127.0.0.1:{blue}", GREEN_UPSTREAM=f"127.0.0.1:{green}", **settings)
        configuration.check_returncode()
        (self.dir / "nginx.conf").write_text(configuration.stdout)
        path = os.environ["PATH"] + ":/usr/sbin"
        self.backends = {name: subprocess.Popen(
            [BIN / "demo-backend", f"--pool={name}", f"--release={name}-1", f"--port={port}"], stderr=subprocess.DEVNULL)
            for name, port in self.ports.items()}
        self.nginx = subprocess.Popen(
            [shutil.which("nginx", path=path), "-p", f"{self.dir}/", "-c", "nginx.conf", "-e", "logs/error.log",
             "-g", "daemon off;"])

    def __enter__(self):
        for port in self.ports.values():
            answers(f"http://127.0.0.1:{port}/healthz")
        answers(self.site + "/health")
        return self

    def __exit__(self, *_):
        for process in (self.nginx, *self.backends.values()):
            process.terminate()
        for process in (self.nginx, *self.backends.values()):
            process.wait(15)
        shutil.rmtree(self.dir, ignore_errors=True)

    def chaos(self, pool, what):
        self.assert_ok(ask(f"http://127.0.0.1:{self.ports[pool]}/chaos/{what}", "POST"))

    @staticmethod
    def assert_ok(answer):
        assert answer[0] == 200, answer

    def log(self):
        """The whole lines; one that nginx is just writing is left for the next look."""
        text = (self.dir / "logs/access.log").read_text(errors="replace")
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def last_line(self, path):
        """nginx logs a request after it has answered it."""
        return until(f"the log line of {path}",
                     lambda: next((line for line in reversed(self.log()) if path in line["request"]), None), 5)


class NginxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.proxy = Proxy().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.proxy.__exit__()

    def tearDown(self):
        for pool in self.proxy.ports:
            self.proxy.chaos(pool, "stop")
        until("blue serves", lambda: ask(self.proxy.site + "/version")[1]["X-App-Pool"] == "blue", 5)

    def test_active_pool_serves_with_its_headers_and_the_security_headers(self):
        status, headers, body = ask(self.proxy.site + "/version?plain")
        self.assertEqual((status, headers["X-App-Pool"], headers["X-Release-Id"]), (200, "blue", "blue-1"))
        self.assertIn('"pool":"blue"', body)
        self.assertEqual(headers["X-Frame-Options"], "SAMEORIGIN")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("frame-ancestors", headers["Content-Security-Policy"])
        line = self.proxy.last_line("/version?plain")
        self.assertEqual((line["status"], line["upstream_status"], line["pool"], line["release"]), ("200", "200", "blue", "blue-1"))
        self.assertEqual(line["upstream_addr"], f"127.0.0.1:{self.proxy.ports['blue']}")
        self.assertEqual(line["request_id"], headers["X-Request-ID"])
        self.assertAlmostEqual(float(line["msec"]), time.time(), delta=10)

    def test_failed_get_is_repeated_on_the_backup_within_the_request(self):
        for mode, first in (("error", "500"), ("timeout", "504")):
            with self.subTest(mode):
                self.proxy.chaos("blue", f"start?mode={mode}")
                status, headers, _ = ask(f"{self.proxy.site}/version?{mode}")
                self.assertEqual((status, headers["X-App-Pool"]), (200, "green"))
                line = self.proxy.last_line(f"?{mode}")
                self.assertEqual((line["upstream_status"], line["pool"], line["release"]), (f"{first}, 200", "green", "green-1"))
                self.tearDown()

    def test_post_is_not_repeated(self):
        self.proxy.chaos("blue", "start")
        self.assertEqual(ask(self.proxy.site + "/?post", "POST", b"x")[0], 500)
        self.assertEqual(self.proxy.last_line("?post")["upstream_status"], "500")

    def test_both_pools_failing_reaches_the_client(self):
        self.proxy.chaos("blue", "start")
        self.proxy.chaos("green", "start")
        self.assertEqual(ask(self.proxy.site + "/?both")[0], 500)
        self.assertEqual(self.proxy.last_line("?both")["upstream_status"], "500, 500")

    def test_health_is_nginx_own_and_not_logged(self):
        status, _, body = ask(self.proxy.site + "/health?unlogged")
        self.assertEqual((status, body), (200, "OK"))
        ask(self.proxy.site + "/after-health")
        self.proxy.last_line("/after-health")  # nginx writes lines in the order that requests end
        self.assertFalse([line for line in self.proxy.log() if "?unlogged" in line["request"]])

    def test_chaos_and_metrics_are_not_reached_from_outside(self):
        self.assertEqual(ask(self.proxy.site + "/chaos/start", "POST", b"")[0], 403)
        self.assertEqual(ask(self.proxy.site + "/metrics")[0], 403)

    def test_stub_status_has_a_port_of_its_own(self):
        self.assertIn("Active connections:", ask(self.proxy.status)[2])
        self.assertEqual(ask(self.proxy.site + "/stub_status")[0], 404)

    def test_hostile_request_is_one_valid_line(self):
        host, _, port = self.proxy.site.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 5) as client:
            client.sendall(b'GET /evil"\\\x01\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            while client.recv(4096):
                pass
        log = self.proxy.dir / "logs/access.log"
        until("its line", lambda: [line for line in log.read_bytes().split(b"\n")[:-1] if b"/evil" in line], 5)
        lines = [line for line in log.read_bytes().split(b"\n")[:-1] if b"/evil" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn("/evil", json.loads(lines[0].decode(errors="replace"))["request"])


class SettingsTest(unittest.TestCase):
    def test_green_can_be_the_active_pool(self):
        with Proxy(ACTIVE_POOL="green") as proxy:
            self.assertEqual(ask(proxy.site + "/version")[1]["X-App-Pool"], "green")
            proxy.chaos("green", "start")
            self.assertEqual(ask(proxy.site + "/version")[1]["X-App-Pool"], "blue")

    def test_post_is_repeated_when_told_to(self):
        with Proxy(PROXY_RETRY_NON_IDEMPOTENT="on") as proxy:
            proxy.chaos("blue", "start")
            self.assertEqual(ask(proxy.site + "/", "POST", b"x")[0], 200)

    def test_bad_values_are_refused_by_name(self):
        for name, value in (("ACTIVE_POOL", "red"), ("BLUE_UPSTREAM", "a;b"), ("NGINX_LISTEN", "80; evil"),
                            ("PROXY_RETRY_NON_IDEMPOTENT", "yes"), ("PROXY_READ_TIMEOUT", "0s")):
            with self.subTest(name):
                said = render(**{name: value})
                self.assertEqual((said.returncode, said.stdout), (1, ""))
                self.assertIn(f"{name} is '{value}'", said.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
