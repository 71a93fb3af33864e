"""An exporter beside a real Docker engine that is stopped, killed, begun again, and reached by TCP and TLS; and an exporter that
is itself begun again. The engine is the test's own, so that the machine's goes on undisturbed. Part of ./test --stack."""

import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from containers import OwnEngine, Exporter, command, in_own_network
from running import free_ports, until

GROUP = 64242  # of nobody


class EngineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = OwnEngine()
        cls.addClassCleanup(cls.engine.remove)
        cls.engine.start("--group", str(GROUP))

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-e2e."))
        self.addCleanup(shutil.rmtree, self.folder)

    def tearDown(self):
        left = self.engine.docker("ps", "-aq").split()
        if left:
            self.engine.docker("rm", "-f", *left)

    def follow(self, *arguments, **options):
        exporter = Exporter(*(arguments or (f"--docker.host={self.engine.host}",)), **options)
        self.addCleanup(exporter.stop)
        until("the engine is followed", lambda: exporter.value("container_engine_up") == 1, 60)
        return exporter

    def restart(self, *options):
        self.engine.stop()
        self.engine.start("--group", str(GROUP), *options)

    def test_an_engine_that_ends_with_its_containers_and_comes_back(self):
        exporter = self.follow()
        self.engine.run("always", "--restart", "always")
        self.engine.run("plain")
        for name in ("always", "plain"):
            exporter.until_state(name, "running")
        self.engine.stop()
        exporter.until("the engine is gone", "container_engine_up", 0)
        until("no figures of what does not run", lambda: exporter.value("container_memory_usage_bytes", "plain") is None)
        self.assertIsNotNone(exporter.value("container_expected_running", "plain"), "what is known stays")
        self.engine.start("--group", str(GROUP))
        exporter.until("the engine is back", "container_engine_up", 1)
        exporter.until_state("always", "running")
        exporter.until_state("plain", "exited")
        exporter.until("a new run", "container_restarts_total", 1, "always")
        self.assertEqual(exporter.value("container_restarts_total", "plain"), 0)
        until("figures again", lambda: exporter.value("container_memory_usage_bytes", "always") is not None)

    def test_an_engine_that_is_killed_while_its_containers_go_on(self):
        self.restart("--live-restore")
        exporter = self.follow()
        self.engine.run("on", "--restart", "always")
        self.engine.run("service", "--restart", "always")
        exporter.until_state("on", "running")
        exporter.until_state("service", "running")
        self.engine.kill()
        exporter.until("the engine is gone", "container_engine_up", 0)
        used = exporter.value("container_cpu_usage_seconds_total", "on")
        until("its figures go on", lambda: exporter.value("container_cpu_usage_seconds_total", "on") > used)
        exporter.until_state("on", "running")
        self.engine.start("--group", str(GROUP), "--live-restore")
        exporter.until("the engine is back", "container_engine_up", 1)
        self.assertEqual(exporter.value("container_state", "on", state="running"), 1)
        self.assertEqual(exporter.value("container_restarts_total", "on"), 0)
        self.engine.docker("rm", "-f", self.engine.docker("ps", "-q", "--filter", "name=service"))
        exporter.until_state("service", "removed")
        self.engine.docker("rm", "-f", self.engine.docker("ps", "-q", "--filter", "name=on"))
        self.restart()

    def test_what_vanished_is_remembered_by_the_next_exporter(self):
        arguments = (f"--docker.host={self.engine.host}", f"--state.path={self.folder}")
        exporter = self.follow(*arguments)
        ids = {name: self.engine.run(name, "--restart", "always") for name in ("seen", "unseen", "back", "stays")}
        for name in ids:
            exporter.until_state(name, "running")
        self.engine.docker("rm", "-f", ids["seen"])
        exporter.until_state("seen", "removed")
        self.assertEqual(exporter.stop(), 0)  # at once: it writes what it knows at its end
        self.engine.docker("rm", "-f", ids["unseen"], ids["back"])
        self.engine.run("back", "--restart", "always")
        exporter = self.follow(*arguments)
        exporter.until_state("seen", "removed")
        exporter.until_state("unseen", "removed")
        exporter.until_state("back", "running")
        exporter.until_state("stays", "running")
        time.sleep(1.5)  # of the writing, each second
        exporter.kill()
        exporter = self.follow(*arguments)
        exporter.until_state("seen", "removed")
        self.engine.run("seen", "--restart", "always")
        exporter.until_state("seen", "running")
        self.assertIsNone(exporter.value("container_state", "seen", state="removed"))

    def test_the_sockets_group_is_right_enough(self):
        self.engine.run("least")
        exporter = self.follow(f"--docker.host={self.engine.host}", user=65534, group=65534, extra_groups=[GROUP])
        exporter.until_state("least", "running")
        self.assertIsNotNone(exporter.value("container_memory_usage_bytes", "least"))

    def test_over_tcp_and_tls(self):
        self.make_certificates()
        plain, secure = free_ports(2)
        self.engine.stop()
        self.engine.start("--group", str(GROUP), "--host", f"tcp://127.0.0.1:{secure}", "--tlsverify", "--tlscacert",
                          self.folder / "ca.pem", "--tlscert", self.folder / "server.pem", "--tlskey", self.folder / "server.key")
        self.engine.run("far")
        ours = [f"--docker.host=https://127.0.0.1:{secure}", f"--docker.ssl-ca-cert={self.folder / 'ca.pem'}"]
        exporter = self.follow(*ours, f"--docker.ssl-client-cert={self.folder / 'client.pem'}",
                               f"--docker.ssl-client-key={self.folder / 'client.key'}")
        exporter.until_state("far", "running")
        refused = Exporter(*ours, stderr=subprocess.PIPE, text=True)
        refused.until("refused without a certificate", "container_engine_up", 0)
        time.sleep(3)
        refused.process.terminate()
        said = [line for line in refused.process.communicate()[1].splitlines() if "container engine" in line]
        self.assertEqual(len(said), 1, said)
        self.engine.stop()
        self.engine.start("--group", str(GROUP), "--host", f"tcp://127.0.0.1:{plain}", "--tls=false")
        self.follow(f"--docker.host=tcp://127.0.0.1:{plain}").until_state("far", "exited")
        self.restart()

    def make_certificates(self):
        def openssl(*arguments):
            command("openssl", *arguments, cwd=self.folder)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ca", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem")
        for name in ("server", "client"):
            (self.folder / f"{name}.ext").write_text(f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={name}Auth\n")
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                    "-extfile", f"{name}.ext", "-out", f"{name}.pem")


if __name__ == "__main__":
    if shutil.which("dockerd") is None:
        raise SystemExit("no dockerd; tests/e2e/docker-engine installs it")
    in_own_network()
    unittest.main(verbosity=2)
