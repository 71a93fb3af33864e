"""A dashboard written for node_exporter (Grafana's 1860, its first rows) has data from ours, asked of a real Prometheus that scrapes
it in OpenMetrics and in the text format."""

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

CORES = "count(count(node_cpu_seconds_total{$node}) by (cpu))"
ROOT_FS = 'mountpoint="/",fstype!="rootfs",$node'

# By row and panel. $node is how each selects the machine, $rate its window.
QUICK = {
    "Pressure": ["irate(node_pressure_cpu_waiting_seconds_total{$node}[$rate])",
                 "irate(node_pressure_memory_waiting_seconds_total{$node}[$rate])",
                 "irate(node_pressure_io_waiting_seconds_total{$node}[$rate])"],
    "CPU Busy": ['100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle",$node}[$rate])))'],
    "Sys Load": [f"scalar(node_load1{{$node}}) * 100 / {CORES}"],
    "RAM Used": ["((node_memory_MemTotal_bytes{$node} - node_memory_MemFree_bytes{$node}) / node_memory_MemTotal_bytes{$node}) * 100",
                 "(1 - (node_memory_MemAvailable_bytes{$node} / node_memory_MemTotal_bytes{$node})) * 100"],
    "SWAP Used": ["((node_memory_SwapTotal_bytes{$node} - node_memory_SwapFree_bytes{$node}) / node_memory_SwapTotal_bytes{$node}) * 100"],
    "Root FS Used": [f"100 - ((node_filesystem_avail_bytes{{{ROOT_FS}}} * 100) / node_filesystem_size_bytes{{{ROOT_FS}}})"],
    "CPU Cores": [CORES],
    "Uptime": ["node_time_seconds{$node} - node_boot_time_seconds{$node}"],
    "RootFS Total": [f"node_filesystem_size_bytes{{{ROOT_FS}}}"],
    "RAM Total": ["node_memory_MemTotal_bytes{$node}"],
    "SWAP Total": ["node_memory_SwapTotal_bytes{$node}"],
}
BASIC = {
    "CPU Basic": [f"sum(irate(node_cpu_seconds_total{{{mode},$node}}[$rate])) / scalar({CORES})" for mode in (
        'mode="system"', 'mode="user"', 'mode="iowait"', 'mode=~".*irq"', 'mode="idle"',
        'mode!="idle",mode!="user",mode!="system",mode!="iowait",mode!="irq",mode!="softirq"')],
    "Memory Basic": ["node_memory_MemTotal_bytes{$node} - node_memory_MemFree_bytes{$node} - (node_memory_Cached_bytes{$node}"
                     " + node_memory_Buffers_bytes{$node} + node_memory_SReclaimable_bytes{$node})",
                     "node_memory_Cached_bytes{$node} + node_memory_Buffers_bytes{$node} + node_memory_SReclaimable_bytes{$node}",
                     "node_memory_MemFree_bytes{$node}", "node_memory_SwapTotal_bytes{$node} - node_memory_SwapFree_bytes{$node}"],
    "Network Traffic Basic": ["irate(node_network_receive_bytes_total{$node}[$rate]) * 8",
                              "irate(node_network_transmit_bytes_total{$node}[$rate]) * 8"],
    "Disk Space Used Basic": ["100 - ((node_filesystem_avail_bytes{device!~'rootfs',$node} * 100)"
                              " / node_filesystem_size_bytes{device!~'rootfs',$node})"],
}
DISKS = 'device=~"[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+",$node'
DETAIL = {
    "CPU": [f"sum by (mode) (irate(node_cpu_seconds_total{{{mode},$node}}[$rate])) / scalar({CORES})" for mode in (
        'mode="system"', 'mode="user"', 'mode="nice"', 'mode="iowait"', 'mode="irq"', 'mode="softirq"', 'mode="steal"', 'mode="idle"')],
    "Memory Stack": ["node_memory_MemTotal_bytes{$node} - node_memory_MemFree_bytes{$node} - node_memory_Buffers_bytes{$node}"
                     " - node_memory_Cached_bytes{$node} - node_memory_Slab_bytes{$node} - node_memory_PageTables_bytes{$node}"
                     " - node_memory_SwapCached_bytes{$node}",
                     *(f"node_memory_{name}_bytes{{$node}}" for name in (
                         "PageTables", "SwapCached", "Slab", "Cached", "Buffers", "MemFree"))],
    "Network Traffic": ["irate(node_network_receive_packets_total{$node}[$rate])"],
    "Disk Space Used": ["node_filesystem_size_bytes{$node} - node_filesystem_avail_bytes{$node}"],
    "Disk IOps": [f"irate(node_disk_reads_completed_total{{{DISKS}}}[$rate])",
                  f"irate(node_disk_writes_completed_total{{{DISKS}}}[$rate])"],
    "I/O Usage Read / Write": [f"irate(node_disk_read_bytes_total{{{DISKS}}}[$rate])",
                               f"irate(node_disk_written_bytes_total{{{DISKS}}}[$rate])"],
    "I/O Utilization": [f"irate(node_disk_io_time_seconds_total{{{DISKS}}}[$rate])"],
    "CPU spent in guests": ['sum by (instance) (irate(node_cpu_guest_seconds_total{mode="user",$node}[$rate]))',
                            'sum by (instance) (irate(node_cpu_guest_seconds_total{mode="nice",$node}[$rate]))'],
}

PROMETHEUS = """
global: {{scrape_interval: 500ms}}
scrape_configs:
- job_name: openmetrics
  scrape_protocols: [OpenMetricsText1.0.0]
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
- job_name: text
  scrape_protocols: [PrometheusText0.0.4]
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class HostDashboardTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-dashboard."))
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        exporter, prometheus = free_ports(2)
        (cls.dir / "prometheus.yml").write_text(PROMETHEUS.format(port=exporter))
        cls.url = f"http://127.0.0.1:{prometheus}"
        cls.instance = f"127.0.0.1:{exporter}"
        cls.start(BIN / "tocsin-exporter", f"--web.listen-address={cls.instance}", "--docker.host=none")
        cls.start(PEERS / "prometheus", f"--config.file={cls.dir}/prometheus.yml", f"--storage.tsdb.path={cls.dir}/data",
                  f"--web.listen-address=127.0.0.1:{prometheus}")
        until("Prometheus is ready", lambda: ask(cls.url + "/-/ready")[0] == 200, 30)

    @classmethod
    def start(cls, *command):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(process.wait, 30)
        cls.addClassCleanup(process.terminate)

    def get(self, path, **parameters):
        answer = json.loads(ask(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")[2])
        self.assertEqual(answer["status"], "success", answer)
        return answer["data"]

    def has_data(self, expression, job):
        asked = expression.replace("$node", f'instance="{self.instance}",job="{job}"').replace("$rate", "10s")
        return len(self.get("query", query=asked)["result"]) > 0

    def test_every_panel_has_data_in_both_formats(self):
        until("both are scraped", lambda: len(self.get("query", query="node_load1")["result"]) == 2, 30)
        for row in (QUICK, BASIC, DETAIL):
            for panel, expressions in row.items():
                for expression in expressions:
                    for job in ("openmetrics", "text"):
                        with self.subTest(panel, expression=expression, job=job):
                            until("data", lambda e=expression, j=job: self.has_data(e, j), 10)

    def test_the_variables_find_the_machine(self):
        until("it is scraped", lambda: len(self.get("query", query="node_uname_info")["result"]) == 2, 30)
        def values(label):
            return self.get(f"label/{label}/values", **{"match[]": "node_uname_info"})

        self.assertEqual(values("job"), ["openmetrics", "text"])
        self.assertEqual(values("nodename"), [os.uname().nodename])
        self.assertEqual(values("instance"), [self.instance])
        disks = self.get("query", query='node_disk_io_now{job="text"}')["result"]
        self.assertTrue(disks, "$diskdevices")


if __name__ == "__main__":
    if not (PEERS / "prometheus").exists():
        print(f"skipped: no peers in {PEERS}; tests/peers/install fetches them")
        sys.exit(77)
    unittest.main(verbosity=2)
