"""docker-compose.yml on a real engine, whole, and a line for each thing that has to hold. Run by tests/e2e/stack, which makes
the images; needs root, for a name in /etc/hosts that only ab sees."""

import base64
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

from running import ROOT, ask
from stack_alerts import Provoker
from stack_project import DOMAIN, PASSWORD, Load, Poll, Stack, until

BASE = "debian:bookworm-slim"
VICTIMS = ("burner", "stopper", "ill", "looper", "eater")


class Table:
    def __init__(self):
        self.failed = 0
        self.begin = time.monotonic()

    def check(self, what, function):
        begin = time.monotonic()
        try:
            said, verdict = function() or "", "ok"
        except Exception as error:  # whatever it is, the other lines are wanted, too
            said, verdict = f"{type(error).__name__}: {error}", "FAILED"
            if not isinstance(error, AssertionError):
                said += "".join(traceback.format_tb(error.__traceback__)[-2:]).rstrip()
            self.failed += 1
        print(f"{verdict:6}  {what}{': ' if said else ''}{said}  ({time.monotonic() - begin:.1f} s)", flush=True)


class Checks:
    def __init__(self, stack, provoke):
        self.stack, self.provoke = stack, provoke

    def configuration_is_clean(self):
        said = subprocess.run(["docker", "compose", "config", "-q"], cwd=ROOT, capture_output=True, text=True)
        assert said.returncode == 0 and not said.stdout + said.stderr, said.stdout + said.stderr

    def images_are_small(self):
        """What each adds to the image that it is made of, and its labels."""
        def look(image):
            return json.loads(self.stack.docker("image", "inspect", image))[0]

        said = []
        for image, base, most in (("tocsin/tocsin-exporter", BASE, 40), ("tocsin/tocsin", BASE, 45), ("tocsin/demo-backend", BASE, 35),
                                  ("tocsin/demo", BASE, 100), ("tocsin/nginx", self.nginx_base(), 1)):
            looked = look(image)
            megabytes = (looked["Size"] - look(base)["Size"]) / 1e6
            assert megabytes <= most, f"{image}: {megabytes:.0f} MB more than {base}"
            assert looked["Config"]["User"] not in ("", "root", "0") and looked["Config"]["Healthcheck"], image
            labels = {name.removeprefix("org.opencontainers.image.") for name in looked["Config"]["Labels"]}
            assert labels >= {"title", "description", "licenses", "vendor", "version", "revision"}, (image, labels)
            said.append(f"{image.removeprefix('tocsin/')} {looked['Size'] / 1e6:.0f}")
        return f"{', '.join(said)} MB; {BASE} is {look(BASE)['Size'] / 1e6:.0f}"

    @staticmethod
    def nginx_base():
        return re.search(r"^ARG NGINX=(\S+)$", (ROOT / "packaging/Dockerfile.nginx").read_text(), re.M)[1]

    def sources_in_the_image_are_whole(self):
        """What .dockerignore lets through is all that compiling needs; here the programs come from outside."""
        with tempfile.TemporaryDirectory() as folder:
            for command in (
                    ["docker", "build", "-q", "-f", "packaging/Dockerfile", "--target", "sources", "-t", "tocsin-test/sources", "."],
                    ["docker", "create", "--name", self.stack.project, "tocsin-test/sources", "true"],
                    ["docker", "cp", f"{self.stack.project}:/src", folder], ["docker", "rm", self.stack.project],
                    ["cmake", "-G", "Ninja", "-S", f"{folder}/src", "-B", f"{folder}/build", "-DTOCSIN_TESTS=OFF"],
                    ["ninja", "-n", "-C", f"{folder}/build", "tocsin", "tocsin-exporter", "demo-backend"]):
                said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120,
                                      env={**os.environ, "DOCKER_BUILDKIT": "0"})
                assert said.returncode == 0, f"{' '.join(command)}: {said.stdout[-500:]}{said.stderr[-1000:]}"

    def programs_do_not_tell_where_they_were_built(self):
        """So that the same sources give the same bytes, wherever they are compiled."""
        with tempfile.TemporaryDirectory() as folder:
            for image, program in (("tocsin-exporter", "tocsin-exporter"), ("tocsin", "tocsin"), ("demo-backend", "demo-backend")):
                container = self.stack.docker("create", f"tocsin/{image}")
                self.stack.docker("cp", f"{container}:/usr/bin/{program}", folder)
                self.stack.docker("rm", container)
                told = set(re.findall(rb"(?:/src|/root|/home|/work|/build)/[\w./-]+", (pathlib.Path(folder) / program).read_bytes()))
                assert not told, f"{program}: {sorted(told)[:5]}"

    def comes_up_healthy(self):
        begin = time.monotonic()
        self.stack.up()
        until("all are healthy", self.stack.all_healthy, 120)
        took = time.monotonic() - begin
        assert took < 60, f"took {took:.0f} s: {self.stack.states()}"
        return f"{len(self.stack.states())} containers in {took:.0f} s"

    def urls(self):
        expected = (("/health", 200, "OK"), ("/version", 200, '"pool":"blue"'), ("/api", 200, '"hits"'),
                    ("/api/visits", 200, '"total"'), ("/service1/ping", 200, "pong"), ("/service2/ping", 200, "pong"),
                    ("/service1/metrics", 403, ""), ("/metrics", 403, ""), ("/chaos/start", 403, ""))
        for path, status, text in expected:
            answer = self.stack.get(path)
            assert answer[0] == status and text in answer[2], f"{path}: {answer}"
        for header in ("strict-transport-security: max-age=31536000", "x-frame-options: sameorigin",
                       "x-content-type-options: nosniff", "content-security-policy:"):
            assert header in self.stack.get("/")[1], header
        large = self.stack.folder / "large"
        large.write_bytes(bytes(1 << 21))
        assert self.stack.get("/api/visits", method="POST", extra=["--data-binary", f"@{large}"])[0] == 413
        return f"{len(expected)} paths"

    def panels_have_data(self):
        """Asked as Grafana asks them, before anything is broken: of Prometheus, and of tocsin, its second data source."""
        said = []
        for source in (f"tocsin:{PASSWORD}@prometheus.monitoring:9090/prometheus", "alerting.monitoring:9093"):
            asked = subprocess.run(
                ["docker", "run", "--rm", "--network", f"{self.stack.project}_monitoring", "--user", "0", "-v", f"{ROOT}:/src:ro",
                 "tocsin/demo", "python3", "/src/tests/dashboards/panels", "--within", "60", f"http://{source}"],
                capture_output=True, text=True, timeout=180)
            assert asked.returncode == 0, f"{source}: {asked.stdout}{asked.stderr}"
            assert "no PSI" not in asked.stdout or not pathlib.Path("/proc/pressure/cpu").exists(), asked.stdout
            said.append(f"{source.rpartition('@')[2].partition('.')[0]}: {asked.stdout.splitlines()[-1]}")
        return "; ".join(said)

    def monitoring_asks_for_a_password(self):
        for path, text in (("/prometheus/-/healthy", "Healthy"), ("/prometheus/query", "<html"),
                           ("/alerts/api/v1/alerts", "Watchdog"), ("/alerts/", "<html"), ("/grafana/", '"path"')):
            for password, status in ((None, 401), ("wrong", 401), (PASSWORD, 200)):
                answer = self.stack.get(path, password)
                assert answer[0] == status, f"{path} with password {password}: {answer[0]}"
            assert text.lower() in answer[2].lower(), f"{path}: {answer[2][:200]}"
        return "/prometheus/ /alerts/ /grafana/"

    def grafana_gets_what_it_needs(self):
        """Its own path, WebSockets, and no password of nginx's, which it would take for one of its own users'."""
        seen = self.stack.json("/grafana/d/a?b=c", PASSWORD)
        headers = seen["headers"]
        assert seen["path"] == "/grafana/d/a?b=c", seen
        assert "authorization" not in headers and headers["host"] == f"{DOMAIN}:{self.stack.ports['NGINX_TLS_PORT']}", headers
        assert headers["x-forwarded-proto"] == "https" and headers["x-forwarded-for"], headers
        secret = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        with self.stack.connected() as tls:
            tls.sendall(f"GET /grafana/api/live/ws HTTP/1.1\r\nHost: {DOMAIN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        f"Authorization: Basic {secret}\r\n\r\n".encode())
            said = b""
            while b"\r\n\r\n" not in said:
                said += tls.recv(4096) or b"\r\n\r\n"
            assert said.startswith(b"HTTP/1.1 101 "), said
            tls.sendall(b"both ways")
            assert tls.recv(4096) == b"both ways"

    def http_goes_to_https(self):
        plain = f"http://{DOMAIN}:{self.stack.ports['NGINX_PORT']}"
        status, head, _ = self.stack.get(f"{plain}/a?b=c")
        assert status == 301 and f"location: https://{DOMAIN}:{self.stack.ports['NGINX_TLS_PORT']}/a?b=c" in head, head
        assert self.stack.get(f"{plain}/health")[2] == "OK"
        assert self.stack.get(f"{plain}/.well-known/acme-challenge/none")[0] == 404
        for name in ("127.0.0.1", "other.test"):
            said = subprocess.run(["curl", "-ks", "--connect-to", "::127.0.0.1:", "-m", "5",
                                   f"https://{name}:{self.stack.ports['NGINX_TLS_PORT']}/"], capture_output=True)
            assert said.returncode == 35, f"{name}: curl ended with {said.returncode}"
        return "bare address and unknown name refused in the handshake"

    def only_monitoring_is_limited(self):
        address = f"https://{DOMAIN}:{self.stack.ports['NGINX_TLS_PORT']}"

        def statuses(path):
            said = subprocess.run(
                ["curl", "-ks", "--connect-to", "::127.0.0.1:", "-Z", "--parallel-max", "30", "-u", f"admin:{PASSWORD}",
                 "-o", "/dev/null", "-w", "%{http_code}\n", f"{address}{path}?n=[1-200]"], capture_output=True, text=True)
            return said.stdout.split()

        limited, free = statuses("/alerts/-/healthy"), statuses("/version")
        assert "429" in limited and "200" in limited, set(limited)
        assert set(free) == {"200"}, set(free)
        return f"{limited.count('429')} of 200 answered 429; /version 0"

    def nothing_else_is_reached(self):
        published = {}
        for service in self.stack.states():
            ports = json.loads(self.stack.docker("inspect", "-f", "{{json .HostConfig.PortBindings}}",
                                                 self.stack.container(service))) or {}
            for bindings in ports.values():
                published.setdefault(service, []).extend(binding["HostIp"] for binding in bindings)
        assert set(published) == {"nginx", "app_blue", "app_green", "sinks"}, published  # sinks: this test's own
        assert all(ip == "127.0.0.1" for ips in published.values() for ip in ips), published
        # All at once, because a name that is not there can take ten seconds.
        code = """if True:
            import socket, sys, threading
            def reach(at):
                host, port = at.split(":")
                try:
                    socket.create_connection((host, int(port)), 2)
                    print(at, flush=True)
                except OSError:
                    pass
            for at in sys.argv[1:]:
                threading.Thread(target=reach, args=(at,)).start()"""
        tries = {
            "front": ["redis:6379", "postgres:5432", "exporter.monitoring:9113", "alerting.monitoring:9093", "alerting:9093",
                      "prometheus:9090", "nginx:8088", "service1:8080"],
            "back": ["nginx:8080", "alerting:9093", "deb.debian.org:80", "redis:6379"],
            "monitoring": ["redis:6379", "postgres:5432", "app_blue:8080", "deb.debian.org:80", "alerting.monitoring:9093"]}

        def reached(network):
            return self.stack.docker("run", "--rm", "--network", f"{self.stack.project}_{network}", "tocsin/demo", "python3", "-c",
                                     code, *tries[network]).split()

        with concurrent.futures.ThreadPoolExecutor() as pool:
            found = dict(zip(tries, pool.map(reached, tries)))
        assert found == {"front": ["service1:8080"], "back": ["redis:6379"], "monitoring": ["alerting.monitoring:9093"]}, found
        return "from outside and between the networks"

    def containers_are_confined(self):
        for service in self.stack.states():
            if service in (*VICTIMS, "pebble", "service2"):  # service2 is as service1, and down right now
                continue
            said = json.loads(self.stack.docker("inspect", self.stack.container(service)))[0]
            host = said["HostConfig"]
            user = self.stack.inside(service, "id", "-u", check=False)
            assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and user not in ("", "0"), (service, user)
            assert "no-new-privileges:true" in host["SecurityOpt"] and host["Memory"] and host["NanoCpus"], service
            assert host["RestartPolicy"]["Name"] == "unless-stopped" and said["State"]["Health"], service
        return "read-only, no capability, not root, limits, health checks"

    def failover_under_load(self):
        load = Load(self.stack)
        time.sleep(1)
        begin = time.time()
        self.stack.chaos("blue", "start?mode=error")
        try:
            until("green serves", lambda: '"green"' in self.stack.get("/version")[2], 5)
            told = self.provoke.seconds_to_slack("FailoverDetected", begin)
            said = load.result()
        finally:
            self.stack.chaos("blue", "stop")
        until("blue serves again", lambda: '"blue"' in self.stack.get("/version")[2], 10)
        self.provoke.expect("FailoverDetected")
        return f"{said}; in Slack after {told:.1f} s"

    def check_failover_passes(self):
        ports = {name: str(port) for name, port in self.stack.ports.items()}
        said = subprocess.run([ROOT / "check_failover.sh", "127.0.0.1"], capture_output=True, text=True, timeout=180,
                              env={**os.environ, **ports})
        assert said.returncode == 0 and said.stdout.endswith("PASS\n"), said.stdout + said.stderr
        return "; ".join(line[6:] for line in said.stdout.splitlines() if line.startswith("PASS "))

    def switch(self, *arguments):
        return self.stack.inside("nginx", "/usr/share/tocsin/nginx/switch-backend", *arguments)

    def switch_and_roll_back_under_load(self):
        load, switches = Load(self.stack), 0
        while load.goes_on():
            for pool in ("green", "blue"):
                self.switch(pool)
                served = self.stack.get("/version")[2]
                assert f'"{pool}"' in served, f"after the switch to {pool}: {served}"
                switches += 1
        assert switches >= 4, switches
        return f"{switches} switches, {load.result()}"

    def switch_refuses_and_lasts(self):
        self.stack.chaos("green", "start?mode=error")
        try:
            self.switch("green")
        except AssertionError as error:
            assert "does not answer well" in str(error), error
        else:
            raise AssertionError("it switched to a pool that fails")
        finally:
            self.stack.chaos("green", "stop")
        self.switch("green")
        self.stack.compose("restart", "nginx")
        until("green serves after a restart", lambda: '"green"' in self.stack.get("/version")[2], 20)
        self.switch("blue")

    def without(self, service, away):
        with Poll(self.stack, "/api") as poll:
            self.stack.compose("stop", service)
            until(f"{away} is missed", lambda: away in self.stack.json("/api").get("away", []), 10)
            status, _, body = ask(f"http://127.0.0.1:{self.stack.ports['BLUE_HOST_PORT']}/health")
            assert status == 200 and away in body, (status, body)
            assert self.stack.states()["app_blue"] == "healthy"
            self.stack.compose("start", service)
            until("it is back", lambda: self.stack.json("/api")["status"] == "OK", 30)
        return f"{poll.count} GETs, all 200"

    def without_redis(self):
        return self.without("redis", "redis")

    def without_postgres(self):
        return self.without("postgres", "postgres")

    def nginx_before_its_backends(self):
        apps = ("app_blue", "app_green")
        self.stack.compose("rm", "-sf", *apps)
        self.stack.compose("restart", "nginx")
        until("nginx is up", lambda: self.stack.get("/health")[2] == "OK", 20)
        assert self.stack.get("/version")[0] in (502, 504)
        self.stack.up(*apps)
        begin = time.monotonic()
        until("nginx finds them", lambda: self.stack.get("/version")[0] == 200, 30)
        return f"found {time.monotonic() - begin:.0f} s after their start"

    def rotation_loses_nothing(self):
        until("a rotated log", lambda: "access.log.1" in self.stack.inside("nginx", "ls", "/srv/nginx/logs"), 20)
        until("the exporter saw it", lambda: (self.stack.query('sum(nginx_log_rotations_total)') or 0) > 0, 20)
        lost = self.stack.query("sum(nginx_log_lost_bytes_total)")
        assert lost == 0, lost
        return f"{self.stack.query('sum(nginx_log_rotations_total)'):.0f} rotations, 0 bytes lost"

    def certificates(self):
        until("pebble's certificate", lambda: self.stack.serial() != self.first_serial, 90)
        issued = self.stack.serial()
        self.stack.inside("certbot", "/bin/sh", "/usr/share/tocsin/obtain-certificates", "once", "--force-renewal")
        until("the renewed one", lambda: self.stack.serial() != issued, 20)
        return "self-signed, issued, renewed: three serials"

    def survives_down_and_up(self):
        stack = self.stack
        status = stack.get("/api/visits", method="POST")[0]
        assert status == 201, status
        visits, hits = stack.json("/api/visits")["total"], stack.json("/api")["hits"]
        serial = stack.serial()
        time.sleep(1.2)  # Redis syncs its file each second
        counted = stack.query('sum(nginx_access_requests_total)')
        stack.down("-t", "10")
        stack.up()
        until("all are healthy", stack.all_healthy, 120)
        now = until("the database", lambda: stack.json("/api/visits")["total"], 30)
        assert now >= visits, (now, visits)
        assert stack.json("/api")["hits"] > hits
        assert stack.serial() == serial
        until("the exporter's counters", lambda: (stack.query("sum(nginx_access_requests_total)") or 0) >= counted, 20)
        return f"{visits} visits, {hits} hits, {counted:.0f} counted requests, the certificate"


def main():
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode != 0:
        sys.exit("no Docker engine answers; tests/e2e/docker-engine starts one")
    stack, table = Stack(), Table()
    provoke = Provoker(stack)
    checks = Checks(stack, provoke)
    try:
        table.check("docker compose config -q is clean", checks.configuration_is_clean)
        table.check("images are small and say what they are", checks.images_are_small)
        table.check("an image has all that its programs are compiled of", checks.sources_in_the_image_are_whole)
        table.check("programs do not tell where they were built", checks.programs_do_not_tell_where_they_were_built)
        table.check("all healthy within 60 s of built images", checks.comes_up_healthy)
        checks.first_serial = hashlib.sha256(ssl.PEM_cert_to_DER_cert(
            stack.inside("nginx", "cat", "/srv/nginx/self-signed/certificate.pem"))).hexdigest()
        table.check("every URL answers as it should", checks.urls)
        table.check("every panel of the dashboards has data", checks.panels_have_data)
        table.check("what alerts on containers are for is under way", provoke.containers)
        table.check("monitoring asks for a password", checks.monitoring_asks_for_a_password)
        table.check("Grafana gets its path, WebSockets and no password", checks.grafana_gets_what_it_needs)
        table.check("HTTP goes to HTTPS", checks.http_goes_to_https)
        table.check("rate limits", checks.only_monitoring_is_limited)
        table.check("what is not exposed is refused", checks.nothing_else_is_reached)
        table.check("containers are confined", checks.containers_are_confined)
        table.check("a certificate is issued and renewed by webroot", checks.certificates)
        table.check("a certificate that runs out", provoke.certificate)
        table.check("failover under load", checks.failover_under_load)
        table.check("switch and roll back under load", checks.switch_and_roll_back_under_load)
        table.check("a switch is refused to a failing pool, and lasts", checks.switch_refuses_and_lasts)
        table.check("check_failover.sh", checks.check_failover_passes)
        table.check("rotated logs", checks.rotation_loses_nothing)
        table.check("Redis away and back", checks.without_redis)
        table.check("PostgreSQL away and back", checks.without_postgres)
        table.check("nginx before its backends", checks.nginx_before_its_backends)
        table.check("bad and lost log lines, bad rules, Slack away", provoke.slack_away)
        table.check("slow pools, then failing ones", provoke.slow_and_errors)
        table.check("alerts are told", provoke.all_fire)
        table.check("their causes end", provoke.end_causes)
        table.check("nginx and the exporter are missed", provoke.nginx_and_exporter_down)
        table.check("alerts resolve", provoke.all_resolve)
        table.check("no alert is forgotten", provoke.none_is_forgotten)
        table.check("data survives down and up", checks.survives_down_and_up)
    finally:
        if table.failed:
            print(stack.compose("logs", "--tail", "15", check=False))
        stack.close()
    seconds = time.monotonic() - table.begin
    print(f"stack: {'PASSED' if not table.failed else f'{table.failed} FAILED'} in {seconds:.0f} s", flush=True)
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()
