"""The demo backend with a real Redis and a real PostgreSQL, which go away and come back while it serves."""

import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

from running import BIN, ask, free_ports, until


def find(program):
    """Debian keeps the server's programs apart, by version."""
    found = shutil.which(program) or max(map(str, pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}")), default=None)
    assert found, f"{program} is not installed; packaging/install-packages test installs it"
    return found


class Servers:
    """Both in a folder of their own. PostgreSQL refuses to be root, so both run as its user then."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-backend."))
        self.options = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self.options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.dir, user.pw_uid, user.pw_gid)
        self.redis_port, self.postgres_port = free_ports(2)
        password = self.dir / "password"
        password.write_text("p@ss word")
        password.chmod(0o644)
        subprocess.run([find("initdb"), "-D", self.dir / "data", "-U", "app", "--auth=scram-sha-256", "--no-sync",
                        f"--pwfile={password}"], check=True, stdout=subprocess.DEVNULL, cwd="/", **self.options)
        self.processes = {}
        self.start("redis")
        self.start("postgres")

    def start(self, name):
        command = {
            "redis": [find("redis-server"), "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "",
                      "--requirepass", "s3cret", "--dir", self.dir],
            "postgres": [find("postgres"), "-D", self.dir / "data", "-p", str(self.postgres_port), "-k", self.dir,
                         "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
        }[name]
        self.processes[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                                                **self.options)

    def stop(self, name):
        process = self.processes.pop(name)
        process.send_signal(signal.SIGINT)
        process.wait(30)

    def freeze(self, name, number=signal.SIGSTOP):
        """The whole server, so that connections stay open and nobody answers."""
        pid = self.processes[name].pid
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), number)
        os.kill(pid, number)

    def thaw(self, name):
        self.freeze(name, signal.SIGCONT)

    def close(self):
        for name in list(self.processes):
            self.stop(name)
        shutil.rmtree(self.dir, ignore_errors=True)


class BackendTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = Servers()
        cls.addClassCleanup(cls.servers.close)
        port, = free_ports(1)
        cls.url = f"http://127.0.0.1:{port}"
        cls.backend = subprocess.Popen(
            [BIN / "demo-backend", f"--port={port}", "--pool=blue", "--release=r1"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "REDIS_URL": f"redis://:s3cret@127.0.0.1:{cls.servers.redis_port}",
                 "DATABASE_URL": f"postgresql://app:p%40ss%20word@127.0.0.1:{cls.servers.postgres_port}/postgres"})
        cls.log = []
        reader = threading.Thread(target=lambda: cls.log.extend(cls.backend.stderr), daemon=True)
        reader.start()
        cls.addClassCleanup(cls.end, reader)

    @classmethod
    def end(cls, reader):
        cls.backend.terminate()
        code = cls.backend.wait(20)
        reader.join(5)
        cls.backend.stderr.close()
        assert code == 0, f"exit code {code}"
        assert "s3cret" not in "".join(cls.log) and "p@ss" not in "".join(cls.log), cls.log

    def setUp(self):
        until("both are there", lambda: self.get("/health") == "OK")

    def get(self, path):
        status, _, body = ask(self.url + path)
        self.assertEqual(status, 200, (path, body))
        return body

    def json(self, path):
        return json.loads(self.get(path))

    def up(self, dependency):
        line = f'app_dependency_up{{dependency="{dependency}"}} '
        return next(each[len(line):] for each in self.get("/metrics").splitlines() if each.startswith(line))

    def test_hits_and_visits_are_counted_and_cached(self):
        first = self.json("/api")["hits"]
        self.assertEqual(self.json("/api")["hits"], first + 1)
        status, _, body = ask(self.url + "/api/visits", "POST", b"")
        self.assertEqual(status, 201, body)
        visits = self.json("/api/visits")
        self.assertEqual(visits["total"], json.loads(body)["visit"])
        self.assertEqual((visits["latest"][0]["pool"], visits["latest"][0]["release"]), ("blue", "r1"))
        self.assertEqual(ask(self.url + "/api/visits")[1]["X-Cache"], "hit")
        self.assertEqual((self.up("redis"), self.up("postgres")), ("1", "1"))

    def test_without_redis_and_back(self):
        hits = self.json("/api")["hits"]
        self.servers.stop("redis")
        until("its loss is said", lambda: self.json("/healthz") == {"status": "OK", "away": ["redis"]}, 5)
        answer = self.json("/api")
        self.assertEqual((answer["status"], answer["hits"], answer["away"]), ("degraded", None, ["redis"]))
        self.assertEqual(ask(self.url + "/api/visits", "POST", b"")[0], 201)
        self.assertIsNotNone(self.json("/api/visits")["total"])
        self.assertEqual(self.up("redis"), "0")
        self.servers.start("redis")
        until("it is back", lambda: self.json("/api")["hits"] is not None, 10)
        self.assertLess(self.json("/api")["hits"], hits + 100)

    def test_without_postgres_and_back(self):
        ask(self.url + "/api/visits", "POST", b"")
        total = self.json("/api/visits")["total"]
        self.servers.stop("postgres")
        until("its loss is said", lambda: self.get("/health") == "OK, without postgres", 5)
        until("the cache is old", lambda: self.json("/api/visits") == {"total": None, "latest": [], "away": ["postgres"]}, 5)
        self.assertEqual(self.json("/api")["status"], "degraded")
        self.assertEqual(ask(self.url + "/api/visits", "POST", b"")[0], 503)
        self.servers.start("postgres")
        until("it is back", lambda: self.get("/health") == "OK", 10)
        until("what it had", lambda: self.json("/api/visits")["total"] == total, 5)

    def test_one_that_hangs_costs_a_second_and_not_the_service(self):
        for name, path in (("redis", "/api"), ("postgres", "/api/visits")):
            with self.subTest(name):
                self.servers.freeze(name)
                try:
                    until("its loss is said", lambda: name in self.json("/healthz").get("away", []), 8)
                    self.assertIn(name, self.json(path)["away"])
                finally:
                    self.servers.thaw(name)
                until("it is back", lambda: self.get("/health") == "OK", 15)


if __name__ == "__main__":
    unittest.main(verbosity=2)
