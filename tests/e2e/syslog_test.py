"""A real nginx that logs by syslog, over UDP and to a unix socket: every request of ab is counted."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from running import BIN, answers, ask, free_ports, until

REQUESTS = 10_000
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")


class SyslogTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-syslog."))
        self.dir.chmod(0o711)   # nginx' workers have to reach the socket
        (self.dir / "temp").mkdir()
        self.site, self.web, self.udp = free_ports(3)
        self.processes = []

    def tearDown(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(15)
        shutil.rmtree(self.dir, ignore_errors=True)

    def start_exporter(self, *arguments):
        self.processes.append(subprocess.Popen(
            [BIN / "tocsin-exporter", "--nginx.log-format=combined", f"--web.listen-address=127.0.0.1:{self.web}",
             "--no-collector.host", "--log.level=warn", *arguments]))
        answers(f"http://127.0.0.1:{self.web}/-/ready")

    def start_nginx(self, server):
        (self.dir / "nginx.conf").write_text(
            "worker_processes 2; daemon off; pid nginx.pid; error_log stderr crit;\n"
            + ("user www-data;\n" if os.geteuid() == 0 else "") +
            "events { worker_connections 512; }\nhttp {\n"
            + "".join(f"{kind}_temp_path temp/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) +
            f"access_log syslog:server={server},tag=web combined;\n"
            f"server {{ listen 127.0.0.1:{self.site}; location /up {{ access_log off; return 200; }}\n"
            "location / { return 200 ok; } }\n}\n")
        self.processes.append(subprocess.Popen([NGINX, "-p", f"{self.dir}/", "-c", "nginx.conf", "-e", "stderr"]))
        answers(f"http://127.0.0.1:{self.site}/up")

    def metric(self, name):
        page = ask(f"http://127.0.0.1:{self.web}/metrics")[2]
        found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.M)
        return float(found[1]) if found else 0

    def test_udp(self):
        listen = f"udp://127.0.0.1:{self.udp}"
        self.start_exporter(f"--nginx.syslog-listen={listen}")
        self.start_nginx(f"127.0.0.1:{self.udp}")
        subprocess.run(["ab", "-q", "-n", str(REQUESTS), "-c", "20", "-k", f"http://127.0.0.1:{self.site}/"],
                       check=True, stdout=subprocess.DEVNULL)
        lines = f'nginx_log_lines_total{{file="{listen}"}}'
        try:
            until("all requests are counted", lambda: self.metric(lines) >= REQUESTS)
        except AssertionError:
            pass   # the assertions say more
        self.assertEqual(self.metric(f'nginx_syslog_dropped_total{{listen="{listen}"}}'), 0)
        self.assertEqual(self.metric(lines), REQUESTS)
        self.assertEqual(self.metric('nginx_access_requests_total{method="GET",status="200"}'), REQUESTS)

    def test_unix_socket_which_is_removed_at_the_end(self):
        path = self.dir / "log.sock"
        self.start_exporter(f"--nginx.syslog-listen=unix://{path}")
        self.start_nginx(f"unix:{path}")
        # Not by ab: by default the kernel queues ten datagrams for such a socket, and nginx never waits.
        for requests in range(1, 51):
            ask(f"http://127.0.0.1:{self.site}/")
            if requests % 5 == 0:
                until("all are counted", lambda: self.metric('nginx_access_requests_total{method="GET",status="200"}') == requests)
        exporter = self.processes[0]
        exporter.terminate()
        self.assertEqual(exporter.wait(15), 0)
        self.assertFalse(path.exists())

    def test_counters_go_on_after_a_good_end_only(self):
        listen = f"udp://127.0.0.1:{self.udp}"
        arguments = (f"--nginx.syslog-listen={listen}", f"--state.path={self.dir}/state")
        total = 'nginx_access_requests_total{method="GET",status="200"}'
        self.start_exporter(*arguments)
        self.start_nginx(f"127.0.0.1:{self.udp}")
        for requests in (1, 2):
            ask(f"http://127.0.0.1:{self.site}/")
            until("it is counted", lambda: self.metric(total) == requests)
            self.processes[0].terminate()
            self.processes.pop(0).wait(15)
            self.start_exporter(*arguments)
            self.processes.insert(0, self.processes.pop())
        until("both are remembered", lambda: self.metric(total) == 2)
        self.processes[0].send_signal(signal.SIGKILL)
        self.processes.pop(0).wait(15)
        self.start_exporter(*arguments)
        until("an answer", lambda: self.metric("tocsin_exporter_checkpoint_failures_total") == 0
              and self.metric("tocsin_exporter_checkpoint_timestamp_seconds") > 0)
        self.assertEqual(self.metric(total), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
