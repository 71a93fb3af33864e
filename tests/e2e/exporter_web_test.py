"""The exporter's two sides of HTTP: nginx's stub_status over every way that it can be asked, and its own server behind
TLS, users, reloads and a socket of systemd's."""

import base64
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from running import BIN, answers, ask, free_ports, until

NGINX = """
error_log {dir}/error.log;
pid {dir}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4;
    scgi_temp_path {dir}/t5;
    server {{
        listen 127.0.0.1:{plain};
        listen unix:{dir}/nginx.sock;
        location = /status {{ stub_status; }}
        location = /private {{ stub_status; auth_basic private; auth_basic_user_file {dir}/users; }}
    }}
    server {{
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {dir}/server.pem;
        ssl_certificate_key {dir}/server.key;
        ssl_client_certificate {dir}/ca.pem;
        ssl_verify_client on;
        location = /status {{ stub_status; }}
    }}
}}
"""


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_certificates(folder):
    """ca.pem, and server and client certificates of it."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-subj", "/CN=test authority",
            "-days", "2")
    for name, names in (("server", "IP:127.0.0.1"), ("client", "DNS:exporter.example.test")):
        openssl("req", *key, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr", "-subj", f"/CN={name}")
        (folder / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
                "-CAcreateserial", "-extfile", folder / f"{name}.ext", "-out", folder / f"{name}.pem", "-days", "2")


class Folder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-web."))
        cls.dir.chmod(0o711)
        make_certificates(cls.dir)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir, ignore_errors=True)

    def start(self, *flags, **options):
        """An exporter; its log ends in self.log()."""
        with open(self.dir / "exporter.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen([BIN / "tocsin-exporter", "--no-collector.host", *flags], stderr=log, **options)
        self.addCleanup(self.stop, process)
        return process

    def stop(self, process):
        process.terminate()
        self.assertEqual(process.wait(15), 0)

    def log(self):
        return (self.dir / "exporter.log").read_text(encoding="utf-8")

    def address(self):
        line = until("the exporter's address", lambda: [l for l in self.log().splitlines() if "Listening on" in l])[0]
        return line.split("address=")[1].split()[0]


class StubStatusTest(Folder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain, cls.tls = free_ports(2)
        (cls.dir / "users").write_text("me:{PLAIN}secret\n")
        (cls.dir / "nginx.conf").write_text(NGINX.format(dir=cls.dir, plain=cls.plain, tls=cls.tls))
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        cls.nginx = subprocess.Popen([program, "-c", cls.dir / "nginx.conf", "-e", cls.dir / "error.log", "-g", "daemon off;"])
        answers(f"http://127.0.0.1:{cls.plain}/status")

    @classmethod
    def tearDownClass(cls):
        cls.nginx.terminate()
        cls.nginx.wait(15)
        super().tearDownClass()

    def metrics(self, *flags):
        self.start("--web.listen-address=127.0.0.1:0", *flags)
        return ask(f"http://{self.address()}/metrics")[2]

    def test_every_way_to_ask_at_once(self):
        page = self.metrics(
            f"--nginx.scrape-uri=http://127.0.0.1:{self.plain}/status", f"--nginx.scrape-uri=unix:{self.dir}/nginx.sock:/status",
            f"--nginx.scrape-uri=https://127.0.0.1:{self.tls}/status", f"--nginx.scrape-uri=http://me:secret@127.0.0.1:{self.plain}/private",
            f"--nginx.ssl-ca-cert={self.dir}/ca.pem", f"--nginx.ssl-client-cert={self.dir}/client.pem",
            f"--nginx.ssl-client-key={self.dir}/client.key")
        for address in (f"http://127.0.0.1:{self.plain}/status", f"unix:{self.dir}/nginx.sock:/status",
                        f"https://127.0.0.1:{self.tls}/status", f"http://127.0.0.1:{self.plain}/private"):
            self.assertIn(f'nginx_up{{addr="{address}"}} 1\n', page)
            self.assertIn(f'nginx_connections_active{{addr="{address}"}}', page)
        self.assertNotIn("secret", page + self.log())

    def test_one_uri_has_no_label(self):
        page = self.metrics(f"--nginx.scrape-uri=http://127.0.0.1:{self.plain}/status")
        self.assertIn("nginx_up 1\n", page)
        self.assertIn("nginx_http_requests_total ", page)

    def test_a_certificate_of_a_stranger_is_refused_unless_told_otherwise(self):
        uri = f"--nginx.scrape-uri=https://127.0.0.1:{self.tls}/status"
        shown = (f"--nginx.ssl-client-cert={self.dir}/client.pem", f"--nginx.ssl-client-key={self.dir}/client.key")
        self.assertIn("nginx_up 0\n", self.metrics(uri, *shown))
        self.assertIn("certificate", self.log())
        self.assertIn("nginx_up 1\n", self.metrics(uri, *shown, "--no-nginx.ssl-verify"))
        self.assertIn("nginx_up 0\n", self.metrics(uri, f"--nginx.ssl-ca-cert={self.dir}/ca.pem"))  # without our own

    def test_a_refused_password_is_down_and_not_shown(self):
        self.assertIn("nginx_up 0\n", self.metrics(f"--nginx.scrape-uri=http://me:wrongsecret@127.0.0.1:{self.plain}/private"))
        self.assertIn("401", self.log())
        self.assertNotIn("wrongsecret", self.log())

    def test_gives_up_at_the_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            page = self.metrics(f"--nginx.scrape-uri=http://127.0.0.1:{silent.getsockname()[1]}/status", "--nginx.timeout=200ms")
        self.assertIn("nginx_up 0\n", page)
        self.assertIn("timed out after 200ms", self.log())


class OwnServerTest(Folder):
    def web(self, text):
        (self.dir / "web.yml").write_text(text)

    def tls(self):
        return "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"

    def users(self, password):
        made = subprocess.run(["htpasswd", "-nbBC", "5", "alice", password], capture_output=True, text=True, check=True)
        return "basic_auth_users: {alice: '" + made.stdout.strip().split(":", 1)[1] + "'}\n"

    def get(self, path, password=None, authority="ca.pem"):
        context = ssl.create_default_context(cafile=self.dir / authority)
        request = urllib.request.Request(f"https://{self.address()}{path}")
        if password is not None:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"alice:{password}".encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=10, context=context) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_tls_users_and_reloads(self):
        self.web(self.tls() + self.users("old"))
        process = self.start("--web.listen-address=127.0.0.1:0", f"--web.config.file={self.dir}/web.yml")
        self.assertEqual(self.get("/metrics"), 401)
        self.assertEqual(self.get("/metrics", "old"), 200)
        self.web(self.tls() + self.users("new"))
        self.assertEqual(self.get("/metrics", "old"), 401)
        self.assertEqual(self.get("/metrics", "new"), 200)
        self.web("tls_server_config: {cert_fil: x}\n")
        process.send_signal(signal.SIGHUP)
        until("the complaint", lambda: "web.yml:1:21: " in self.log())
        self.assertEqual(self.get("/metrics", "new"), 200)

    def test_a_bad_file_ends_the_start(self):
        self.web("tls_server_config: {cert_file: none.pem, key_file: none.key}\n")
        ended = subprocess.run([BIN / "tocsin-exporter", f"--web.config.file={self.dir}/web.yml"], capture_output=True,
                               text=True, timeout=20)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("web.yml:1:32: ", ended.stderr)

    def test_serves_on_a_socket_that_systemd_passes(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            # What systemd does between fork and exec: the socket as descriptor 3, and the process's own number.
            script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --no-collector.host --web.systemd-socket 3<&%d' % listener.fileno()
            process = subprocess.Popen(["/bin/bash", "-c", script, BIN / "tocsin-exporter"], pass_fds=[listener.fileno()],
                                       stderr=subprocess.DEVNULL)
            self.addCleanup(self.stop, process)
            answers(f"http://127.0.0.1:{port}/metrics")


if __name__ == "__main__":
    unittest.main(verbosity=2)
