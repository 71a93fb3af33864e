"""The dashboards and their provisioning, checked without a Grafana."""

import copy
import re
import subprocess
import unittest

import model


class DashboardsTest(unittest.TestCase):
    def setUp(self):
        self.dashboards = model.load_all()

    def test_load_in_every_grafana_they_are_made_for(self):
        self.assertEqual({"overview.json", "blue-green.json", "nginx.json", "containers.json", "host.json",
                          "services.json", "alerting.json", "tocsin.json"}, set(self.dashboards))
        for name, dashboard in self.dashboards.items():
            with self.subTest(name):
                self.assertEqual(model.faults(dashboard), [])

    def test_are_what_the_definitions_make(self):
        said = subprocess.run([model.FOLDER / "generate", "--check"], capture_output=True, text=True, timeout=60)
        self.assertEqual(said.returncode, 0, said.stderr)

    def test_have_uids_and_titles_of_their_own(self):
        for key in ("uid", "title"):
            values = [dashboard[key] for dashboard in self.dashboards.values()]
            self.assertEqual(len(set(values)), len(values), values)

    def test_link_to_dashboards_that_exist(self):
        uids = {dashboard["uid"] for dashboard in self.dashboards.values()}
        for dashboard in self.dashboards.values():
            for panel in dashboard["panels"]:
                for link in panel.get("links", []):
                    self.assertIn(re.match(r"/d/([\w-]+)", link["url"])[1], uids)

    def test_ask_for_documented_metrics_only(self):
        known = model.documented_metrics(model.METRICS.read_text()) | model.OTHER_METRICS
        for name, dashboard in self.dashboards.items():
            with self.subTest(name):
                self.assertEqual(model.unknown_metrics(dashboard, known), [])


class ProvisioningTest(unittest.TestCase):
    """Reads the few keys that matter by pattern, so that no YAML library is needed."""

    def value(self, path, key):
        found = re.search(rf"^\s*(?:- )?{key}: *(.+?)\s*$", (model.FOLDER / "provisioning" / path).read_text(), re.M)
        self.assertIsNotNone(found, f"{path} has no {key}")
        return found[1]

    def test_takes_addresses_and_folders_from_the_environment(self):
        self.assertEqual(self.value("datasources/prometheus.yml", "url"), "$PROMETHEUS_URL")
        self.assertEqual(self.value("datasources/prometheus.yml", "type"), "prometheus")
        self.assertEqual(self.value("dashboards/tocsin.yml", "path"), "$DASHBOARDS_DIR")
        self.assertEqual(self.value("dashboards/tocsin.yml", "type"), "file")

    def test_every_setting_is_explained(self):
        readme = (model.FOLDER / "README.md").read_text()
        for path in sorted((model.FOLDER / "provisioning").rglob("*.yml")):
            for name in re.findall(r"\$([A-Z_]+)", path.read_text()):
                self.assertIn(name, readme)


class CheckTest(unittest.TestCase):
    """A broken dashboard is found: each case breaks a sound one in one place."""

    def setUp(self):
        self.dashboard = copy.deepcopy(model.load_all()["overview.json"])
        self.graph = next(panel for panel in self.dashboard["panels"] if panel["type"] == "graph")

    def assert_found(self, message):
        self.assertTrue(any(message in fault for fault in model.faults(self.dashboard)), model.faults(self.dashboard))

    def test_finds_a_newer_panel_type(self):
        self.graph["type"] = "timeseries"
        self.assert_found("is of type timeseries")

    def test_finds_a_newer_schema(self):
        self.dashboard["schemaVersion"] = 39
        self.assert_found("schemaVersion 39")

    def test_finds_a_panel_id_twice(self):
        self.graph["id"] = self.dashboard["panels"][0]["id"]
        self.assert_found("is there twice")

    def test_finds_panels_that_overlap(self):
        self.graph["gridPos"]["y"] -= 2
        self.assert_found("overlaps")

    def test_finds_a_panel_beyond_the_last_column(self):
        self.graph["gridPos"]["w"] = 25
        self.assert_found("leaves the 24 columns")

    def test_finds_a_graph_without_a_unit(self):
        self.graph["yaxes"][0]["format"] = ""
        self.assert_found("has no unit")

    def test_finds_a_metric_that_nobody_exposes(self):
        self.graph["targets"][0]["expr"] = 'sum by (pool) (rate(nginx_wishes_total{pool="a{b"}[5m])) / on (pool) up'
        self.assertEqual(model.metrics_of(self.graph["targets"][0]["expr"]), {"nginx_wishes_total", "up"})
        self.assertIn(f"'{self.graph['title']}' asks for nginx_wishes_total",
                      model.unknown_metrics(self.dashboard, model.OTHER_METRICS))

    def test_reads_names_from_the_documentation(self):
        text = "| `nginx_up` | gauge |\n| `nginx_pool_active{pool}` | gauge |\n nginx_not_a_name `net_{in,out}_total` `mem_*`"
        names = model.documented_metrics(text)
        self.assertEqual(names, {"nginx_up", "nginx_pool_active", "net_in_total", "net_out_total", "mem_*"})
        self.assertTrue(model.is_known("mem_free_bytes", names))
        self.assertFalse(model.is_known("nginx_up_bytes", names))


if __name__ == "__main__":
    unittest.main()
