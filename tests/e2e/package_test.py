"""The two Debian packages on a machine with systemd (a container of Debian 12): installed they run, and they go again.

  usage: package_test.py [FOLDER]      where the .deb files are; build/release/packages by default

Needs a container engine. The machine runs systemd as its first process, which wants CAP_SYS_ADMIN and the cgroups.
"""

import os
import pathlib
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build/release/packages"
IMAGE = "tocsin-test-systemd"
NAME = f"tocsin-package-test-{os.getpid()}"
DOCKERFILE = """
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends systemd systemd-sysv dbus adduser curl nginx-light
RUN rm -f /etc/nginx/sites-enabled/default
CMD ["/lib/systemd/systemd"]
"""
LIMIT_S = 60


def docker(*arguments, check=True, **options):
    said = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=300, **options)
    if check and said.returncode != 0:
        raise AssertionError(f"docker {' '.join(arguments)}: {said.stdout}{said.stderr}")
    return said


def inside(command, check=True):
    return docker("exec", NAME, "sh", "-c", command, check=check).stdout.strip()


def until(what, holds):
    end = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within {LIMIT_S} s: {what}\n" + inside(
                "systemctl status --no-pager tocsin tocsin-exporter; journalctl --no-pager -n 40", check=False))
        time.sleep(0.2)


def answer(url):
    return inside(f"curl -s {url}", check=False)


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        docker("build", "-q", "-t", IMAGE, "-", input=DOCKERFILE, env=os.environ | {"DOCKER_BUILDKIT": "0"})
        docker("run", "-d", "--name", NAME, "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined",
               "--security-opt", "apparmor=unconfined", "--cgroupns=host", "-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw",
               "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec", "-e", "container=docker", IMAGE)
        until("systemd is up", lambda: inside("systemctl is-system-running", check=False) in ("running", "degraded"))
        for package in sorted(PACKAGES.glob("*.deb")):
            docker("cp", str(package), f"{NAME}:/root/")
        inside("apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "
               "/root/*.deb")

    @classmethod
    def tearDownClass(cls):
        docker("rm", "-f", NAME, check=False)

    def test_1_both_run_with_what_they_come_with(self):
        until("tocsin is ready", lambda: "ready" in answer("127.0.0.1:9093/-/ready"))
        until("the exporter is ready", lambda: "ready" in answer("127.0.0.1:9113/-/ready"))
        until("the engine scrapes the exporter", lambda: '"1"' in answer(
            "-G 127.0.0.1:9093/api/v1/query --data-urlencode 'query=up{job=\"exporter\"}'"))
        self.assertIn("Watchdog", answer("127.0.0.1:9093/api/v1/alerts"))
        self.assertEqual(inside("systemctl is-enabled tocsin tocsin-exporter"), "enabled\nenabled")

    def test_2_they_run_without_rights(self):
        for service in ("tocsin", "tocsin-exporter"):
            with self.subTest(service):
                pid = inside(f"systemctl show -P MainPID {service}")
                status = inside(f"cat /proc/{pid}/status")
                self.assertNotIn("Uid:\t0\t", status)
                self.assertIn("CapEff:\t0000000000000000", status)
                self.assertIn("NoNewPrivs:\t1", status)
                overall = inside(f"systemd-analyze security --no-pager {service} | tail -n 1")
                self.assertRegex(overall, r"exposure level for .*: [0-2]\.\d (OK|SAFE)")

    def test_3_nginx_requests_are_counted(self):
        inside("printf 'server { listen 8080; location / { return 204; } }' > /etc/nginx/sites-enabled/test && "
               "systemctl restart nginx")
        until("the log is followed", lambda: "/var/log/nginx/access.log" in answer("127.0.0.1:9113/metrics"))
        inside("for i in 1 2 3; do curl -s -o /dev/null 127.0.0.1:8080/; done")
        until("three requests are counted", lambda: any(
            line.startswith("nginx_access_requests_total") and 'status="204"' in line and line.endswith(" 3")
            for line in answer("127.0.0.1:9113/metrics").splitlines()))

    def test_4_a_restart_keeps_the_counters(self):
        inside("systemctl restart tocsin-exporter")
        until("three requests are still counted", lambda: any(
            line.startswith("nginx_access_requests_total") and 'status="204"' in line and line.endswith(" 3")
            for line in answer("127.0.0.1:9113/metrics").splitlines()))

    def test_5_a_reload_takes_the_new_configuration_and_refuses_a_bad_one(self):
        self.assertEqual(inside("systemctl reload tocsin && systemctl is-active tocsin"), "active")
        inside("echo 'nonsense: 1' >> /etc/tocsin/prometheus.yml && systemctl reload tocsin")
        until("the refusal is shown", lambda: "tocsin_config_last_reload_successful 0" in answer(
            "127.0.0.1:9093/metrics"))
        self.assertIn("nonsense", inside("journalctl --no-pager -u tocsin"))
        self.assertEqual(inside("systemctl is-active tocsin"), "active")

    def test_6_removed_they_stop_and_purged_they_leave_nothing(self):
        inside("DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq tocsin tocsin-exporter")
        self.assertEqual(inside("ls -l /proc/[0-9]*/exe | grep -c /usr/bin/tocsin", check=False), "0")
        self.assertEqual(inside("ls -d /etc/tocsin /etc/tocsin-exporter /etc/default/tocsin* /var/lib/tocsin* "
                                "/var/lib/private/tocsin /usr/bin/tocsin* 2>/dev/null", check=False), "")


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        PACKAGES = pathlib.Path(sys.argv.pop(1)).resolve()
    if not list(PACKAGES.glob("*.deb")):
        sys.exit(f"no .deb in {PACKAGES}: packaging/build-deb makes them")
    unittest.main()
