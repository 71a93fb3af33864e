"""The proxy before two demo backends: failover within a request, the log, headers, and what the template refuses."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
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
                            ("PROXY_RETRY_NON_IDEMPOTENT", "yes"), ("PROXY_READ_TIMEOUT", "0s"),
                            ("DOMAIN", "a;b"), ("NGINX_RESOLVER", "dns"), ("SERVICE1_UPSTREAM", "x"), ("HTPASSWD_FILE", "a b")):
            with self.subTest(name):
                said = render(**{name: value})
                self.assertEqual((said.returncode, said.stdout), (1, ""))
                self.assertIn(f"{name} is '{value}'", said.stderr)


class SwitchTest(unittest.TestCase):
    @staticmethod
    def switch(proxy, *arguments):
        return subprocess.run([ROOT / "nginx/switch-backend", "--prefix", proxy.dir, *arguments], capture_output=True,
                              text=True, timeout=60)

    @staticmethod
    def serving(proxy):
        return ask(proxy.site + "/version")[1]["X-App-Pool"]

    def test_switches_and_rolls_back_without_a_failed_request(self):
        with Proxy() as proxy:
            answers_seen, stop = [], threading.Event()

            def visit():
                while not stop.is_set():
                    answers_seen.append(ask(proxy.site + "/version")[0])

            visitors = [threading.Thread(target=visit) for _ in range(4)]
            for visitor in visitors:
                visitor.start()
            for pool, before in (("green", "blue"), ("blue", "green")):
                said = self.switch(proxy, pool)
                self.assertEqual((said.returncode, said.stdout), (0, f"switched from {before} to {pool}\n"), said.stderr)
                self.assertEqual({self.serving(proxy) for _ in range(20)}, {pool})  # from now on, not soon
            stop.set()
            for visitor in visitors:
                visitor.join()
            self.assertEqual(set(answers_seen), {200})
            self.assertGreater(len(answers_seen), 20)
            self.assertEqual(self.switch(proxy, "blue").stdout, "blue serves already\n")

    def test_refuses_a_pool_that_is_not_well_unless_forced(self):
        with Proxy() as proxy:
            proxy.chaos("green", "start?mode=error")
            said = self.switch(proxy, "green")
            self.assertEqual(said.returncode, 1)
            self.assertIn("green does not answer well at /version; blue goes on serving", said.stderr)
            self.assertEqual(self.serving(proxy), "blue")
            status = self.switch(proxy, "status").stdout.splitlines()
            self.assertRegex(status[0], r"^blue +127\.0\.0\.1:\d+ +serves *$")
            self.assertRegex(status[1], r"^green +127\.0\.0\.1:\d+ +backup +does not answer well at /version$")
            self.assertEqual(self.switch(proxy, "--force", "green").returncode, 0)
            self.assertIn("switched", self.switch(proxy, "blue").stdout)

    def test_wrong_command_lines_and_places(self):
        for arguments, code, words in ((("red",), 2, "unknown argument 'red'"), ((), 2, "usage"),
                                       (("--prefix", "/nonexistent", "status"), 1, "there is no nginx.conf in /nonexistent")):
            said = subprocess.run([ROOT / "nginx/switch-backend", *arguments], capture_output=True, text=True)
            self.assertEqual(said.returncode, code, arguments)
            self.assertIn(words, said.stderr)


class HttpsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-tls."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=site.test", "-addext", "subjectAltName=DNS:site.test",
                        "-keyout", cls.folder / "key.pem", "-out", cls.folder / "cert.pem"], check=True, capture_output=True)
        (cls.folder / "users").write_text(
            "admin:" + subprocess.run(["openssl", "passwd", "-apr1", "pw"], capture_output=True, text=True).stdout)
        (cls.folder / "users").chmod(0o644)
        cls.folder.chmod(0o755)
        cls.port, nobody = free_ports(2)
        cls.proxy = Proxy(NGINX_TLS_LISTEN=f"127.0.0.1:{cls.port}", NGINX_TLS_PORT=str(cls.port), DOMAIN="site.test",
                          TLS_CERTIFICATE=str(cls.folder / "cert.pem"), TLS_CERTIFICATE_KEY=str(cls.folder / "key.pem"),
                          HTPASSWD_FILE=str(cls.folder / "users"), GRAFANA_UPSTREAM=f"127.0.0.1:{nobody}",
                          ACME_ROOT=str(cls.folder)).__enter__()
        cls.addClassCleanup(cls.proxy.__exit__)

    def get(self, path, *options, name="site.test"):
        said = subprocess.run(["curl", "-s", "-i", "--cacert", self.folder / "cert.pem", "--connect-to", "::127.0.0.1:",
                               *options, f"https://{name}:{self.port}{path}"], capture_output=True, text=True)
        return said.returncode, said.stdout

    def test_serves_its_name_and_refuses_others_in_the_handshake(self):
        code, answer = self.get("/version")
        self.assertEqual(code, 0)
        self.assertIn('"pool":"blue"', answer)
        self.assertIn("Strict-Transport-Security: max-age=31536000", answer)
        for name in ("other.test", "127.0.0.1"):
            self.assertEqual(self.get("/", "-k", name=name), (35, ""))

    def test_http_is_sent_to_https_but_for_the_certificates_and_health(self):
        site = self.proxy.site
        said = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", site + "/a?b"],
                              capture_output=True, text=True).stdout
        self.assertEqual(said, f"301 https://site.test:{self.port}/a?b")
        challenge = self.folder / ".well-known/acme-challenge"
        challenge.mkdir(parents=True)
        (challenge / "token").write_text("answer")
        self.assertEqual(ask(site + "/.well-known/acme-challenge/token")[2], "answer")
        self.assertEqual(ask(site + "/health")[2], "OK")

    def test_monitoring_needs_a_password_and_is_limited(self):
        self.assertIn(" 401 ", self.get("/grafana/")[1].splitlines()[0])
        self.assertIn(" 502 ", self.get("/grafana/", "-u", "admin:pw")[1].splitlines()[0])
        said = subprocess.run(["curl", "-ks", "--connect-to", "::127.0.0.1:", "-Z", "-o", "/dev/null", "-w", "%{http_code}\n",
                               f"https://site.test:{self.port}/grafana/[1-400]"], capture_output=True, text=True).stdout
        self.assertEqual(set(said.split()), {"401", "429"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
