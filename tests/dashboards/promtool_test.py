"""Every expression of the dashboards, judged by the real promtool; exits with 77 where there is none."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import unittest

import model

PROMTOOL = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin/promtool"
# Grafana's own variables, as it would fill them in.
VARIABLES = {"$__rate_interval": "20s", "$__range": "1800s", "$container": ".*", "$instance": ".*"}


def parse(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return subprocess.run([PROMTOOL, "--experimental", "promql", "format", expression],
                          capture_output=True, text=True, timeout=30)


class ExpressionsTest(unittest.TestCase):
    def test_parse(self):
        places = {}
        for name, dashboard in model.load_all().items():
            for title, expression in model.expressions(dashboard):
                places.setdefault(expression, f"{name}: {title}")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for place, said in zip(places.values(), pool.map(parse, places)):
                with self.subTest(place):
                    self.assertEqual(said.returncode, 0, said.stderr)

    def test_a_broken_one_is_refused(self):
        self.assertNotEqual(parse("sum by (pool (up)").returncode, 0)


if __name__ == "__main__":
    if not PROMTOOL.exists():
        print(f"skipped: no {PROMTOOL}")
        sys.exit(77)
    unittest.main()
