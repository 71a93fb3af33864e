"""A dashboard written for nginx-prometheus-exporter (Grafana's 12708) has data from ours, asked of a real Prometheus
that scrapes it in OpenMetrics and in the text format."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from running import BIN, ask, free_ports, until  # noqa: E402

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"

# Of each panel of the dashboard; $instance is what label_values(nginx_up, instance) gives.
EXPRESSIONS = [
    'nginx_up{instance=~"$instance"}',
    'irate(nginx_connections_accepted{instance=~"$instance"}[10s])',
    'irate(nginx_connections_handled{instance=~"$instance"}[10s])',
    'nginx_connections_active{instance=~"$instance"}',
    'nginx_connections_reading{instance=~"$instance"}',
    'nginx_connections_waiting{instance=~"$instance"}',
    'nginx_connections_writing{instance=~"$instance"}',
    'irate(nginx_http_requests_total{instance=~"$instance"}[10s])',
]

NGINX = """
{user}
pid nginx.pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  server {{ listen 127.0.0.1:{port}; location /stub_status {{ stub_status; }} }}
}}
"""

PROMETHEUS = """
global: {{scrape_interval: 250ms}}
scrape_configs:
- job_name: openmetrics
  scrape_protocols: [OpenMetricsText1.0.0]
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
- job_name: text
  scrape_protocols: [PrometheusText0.0.4]
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class NginxDashboardTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-dashboard."))
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.dir.chmod(0o711)
        nginx, exporter, prometheus = free_ports(3)
        user = "user www-data;" if os.geteuid() == 0 else ""
        (self.dir / "nginx.conf").write_text(NGINX.format(port=nginx, user=user))
        (self.dir / "prometheus.yml").write_text(PROMETHEUS.format(port=exporter))
        self.url = f"http://127.0.0.1:{prometheus}"
        self.instance = f"127.0.0.1:{exporter}"
        self.start(shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-p", f"{self.dir}/", "-c", "nginx.conf",
                   "-e", "error.log", "-g", "daemon off;")
        self.start(BIN / "tocsin-exporter", f"--web.listen-address={self.instance}", "--no-collector.host",
                   f"--nginx.scrape-uri=http://127.0.0.1:{nginx}/stub_status")
        self.start(PEERS / "prometheus", f"--config.file={self.dir}/prometheus.yml", f"--storage.tsdb.path={self.dir}/data",
                   f"--web.listen-address=127.0.0.1:{prometheus}")
        until("Prometheus is ready", lambda: ask(self.url + "/-/ready")[0] == 200, 30)

    def start(self, *command):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)

    def query(self, expression):
        answer = json.loads(ask(f"{self.url}/api/v1/query?query={urllib.parse.quote(expression)}")[2])
        self.assertEqual(answer["status"], "success", answer)
        return {series["metric"]["job"]: float(series["value"][1]) for series in answer["data"]["result"]}

    def test_every_panel_has_data_in_both_formats(self):
        until("both are scraped", lambda: self.query("nginx_up == 1").keys() == {"openmetrics", "text"}, 20)
        instances = json.loads(ask(f"{self.url}/api/v1/label/instance/values?match[]=nginx_up")[2])["data"]
        self.assertEqual(instances, [self.instance])
        for expression in EXPRESSIONS:
            with self.subTest(expression):
                asked = expression.replace("$instance", self.instance)
                until("data of both", lambda asked=asked: self.query(asked).keys() == {"openmetrics", "text"})


if __name__ == "__main__":
    if not (PEERS / "prometheus").exists():
        print(f"skipped: no peers in {PEERS}; tests/peers/install fetches them")
        sys.exit(77)
    unittest.main(verbosity=2)
