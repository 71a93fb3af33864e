"""What we ship, judged by the real Prometheus and Alertmanager: configuration, rules, and both programs' metrics."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.path.insert(0, str(ROOT / "tests/dashboards"))
sys.path.insert(0, str(ROOT / "tests/peers/promql"))
sys.path.insert(0, str(ROOT / "tests/peers"))
import model  # noqa: E402
import oracle  # noqa: E402
from promql_differential import compare_query, flatten  # noqa: E402
from promtool_test import VARIABLES  # noqa: E402
from running import Run, ask, free_ports, until  # noqa: E402

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = os.path.join(os.path.abspath(os.environ.get("TOCSIN_BIN", "build/release/bin")), "tocsin")
# What prometheus/alertmanager.yml takes from the environment, filled in as ./run would.
SETTINGS = {"SLACK_WEBHOOK_URL": "http://127.0.0.1:9080/services/local", "SMTP_SMARTHOST": "127.0.0.1:9025",
            "SMTP_REQUIRE_TLS": "false"}


def peer(program, *arguments, **options):
    return subprocess.run([PEERS / program, *arguments], capture_output=True, text=True, timeout=120, **options)


def expand(text):
    """${NAME} and ${NAME:-default}, as tocsin expands them."""
    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", lambda found: SETTINGS.get(found[1], found[2] or ""), text)


def fill_in(expression):
    """A dashboard's variables as Grafana would."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


class ShippedTest(unittest.TestCase):
    def assert_accepts(self, said):
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    def test_promtool_accepts_configuration_and_rules(self):
        self.assert_accepts(peer("promtool", "check", "config", ROOT / "prometheus/prometheus.yml"))

    def test_rules_pass_their_unit_tests_under_promtool(self):
        tests = sorted((ROOT / "tests/prometheus").glob("*_test.yml"))
        self.assertTrue(tests)
        self.assert_accepts(peer("promtool", "test", "rules", *tests))

    def test_amtool_accepts_the_filled_in_notification_file(self):
        with tempfile.TemporaryDirectory() as folder:
            filled = pathlib.Path(folder) / "alertmanager.yml"
            filled.write_text(expand((ROOT / "prometheus/alertmanager.yml").read_text()))
            self.assert_accepts(peer("amtool", "check-config", filled))


class ScrapedTest(unittest.TestCase):
    """Everything up by ./run, and a real Prometheus beside it that loads the very same configuration."""

    @classmethod
    def setUpClass(cls):
        cls.run_context = Run().up()
        for _ in range(50):
            ask(cls.run_context.url("NGINX_PORT", "/version"))

    @classmethod
    def tearDownClass(cls):
        cls.run_context.__exit__()

    def test_promtool_has_no_complaint_about_our_metrics(self):
        for port in ("EXPORTER_PORT", "TOCSIN_PORT"):
            with self.subTest(port):
                page = ask(self.run_context.url(port, "/metrics"))[2]
                said = peer("promtool", "check", "metrics", input=page)
                # Names that are the peers' own (nginx exporter, node_exporter, cAdvisor) are kept, also where promtool would have them otherwise.
                theirs = re.compile(r"(nginx_connections_(accepted|handled)|node_\w+|container_memory_failcnt) ")
                complaints = [line for line in (said.stdout + said.stderr).splitlines() if line and not theirs.match(line)]
                self.assertEqual(complaints, [])

    def test_prometheus_scrapes_both_programs_and_evaluates_the_rules(self):
        port = free_ports(1)[0]
        url = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryDirectory() as data:
            process = subprocess.Popen(
                [PEERS / "prometheus", f"--config.file={self.run_context.dir}/prometheus/prometheus.yml",
                 f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                until("Prometheus is ready", lambda: ask(url + "/-/ready")[0] == 200, 30)
                until("all targets are up", lambda: self.targets(url) == {"exporter": "up", "tocsin": "up", "backend": "up"})
                until("all rules are evaluated", lambda: self.rule_health(url) == {"ok"})
                self.assertEqual(self.query(url, "count(nginx_pool_active)"), "2")
            finally:
                process.terminate()
                log = process.communicate(timeout=30)[1]
            complaints = [line for line in log.splitlines()
                      if re.search(r"level=(WARN|ERROR)", line) and "exiting gracefully" not in line]
            self.assertEqual(complaints, [])

    def test_every_shipped_query_answers_the_same_on_both(self):
        """A Prometheus scrapes and writes what it has into a tocsin that does nothing else."""
        folder = pathlib.Path(self.run_context.dir) / "prometheus"
        tocsin = oracle.Tocsin(TOCSIN)
        config = folder / "and-write.yml"
        config.write_text((folder / "prometheus.yml").read_text() + f"\nremote_write: [{{url: {tocsin.url}/api/v1/write}}]\n")
        prometheus = oracle.Prometheus(PEERS / "prometheus", config=config)
        try:
            until("all rules are evaluated", lambda: self.rule_health(prometheus.url) == {"ok"})
            time.sleep(10)
            at = int(time.time()) - 2
            everything = {"query": '{__name__=~".+"}[10s]', "time": at}
            samples = lambda server: sorted(map(str, flatten(server.ask("query", **everything)["data"])))
            until("all is written", lambda: samples(prometheus) == samples(tocsin))
            queries = {rule["query"] for group in self.api(prometheus.url, "rules")["groups"] for rule in group["rules"]}
            for dashboard in model.load_all().values():
                queries |= {fill_in(expression) for _, expression in model.expressions(dashboard)}
            self.assertGreater(len(queries), 50)
            for query in sorted(queries):
                with self.subTest(query):
                    for instant, times in ((True, [at * 1000]), (False, [(at - 10) * 1000, at * 1000, 1000])):
                        same, wanted, got = compare_query(prometheus, tocsin, query, instant, times)
                        self.assertTrue(same, f"wanted {wanted}, got {got}")
            print(f"{len(queries)} queries answered", flush=True)
        finally:
            config.unlink()
            prometheus.stop()
            tocsin.stop()

    def api(self, url, path):
        return json.loads(ask(url + "/api/v1/" + path)[2])["data"]

    def targets(self, url):
        """The worst health of each job."""
        health = {}
        for target in self.api(url, "targets?state=active")["activeTargets"]:
            job = target["labels"]["job"]
            health[job] = target["health"] if health.get(job, "up") == "up" else health[job]
        return health

    def rule_health(self, url):
        return {rule["health"] for group in self.api(url, "rules")["groups"] for rule in group["rules"]}

    def query(self, url, expression):
        found = self.api(url, "query?query=" + urllib.parse.quote(expression))["result"]
        return found[0]["value"][1] if found else None


if __name__ == "__main__":
    if not (PEERS / "prometheus").exists():
        print(f"skipped: no peers in {PEERS}; tests/peers/install fetches them")
        sys.exit(77)
    unittest.main(verbosity=2)
