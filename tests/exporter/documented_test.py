"""docs/METRICS.md has every name of containers and the host that the golden pages have, each with its source."""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/dashboards"))
from model import metrics_in_tables  # noqa: E402

PAGES = ("containers_v1.prom", "containers_v2.prom", "host.prom")


def exposed(page):
    return set(re.findall(r"^# TYPE (\S+)", (ROOT / "tests/golden" / page).read_text(), re.MULTILINE))


class DocumentedTest(unittest.TestCase):
    def setUp(self):
        self.documented = metrics_in_tables(ROOT / "docs/METRICS.md")
        self.assertGreater(len(self.documented), 200)

    def test_every_name_is_in_a_table(self):
        for page in PAGES:
            self.assertGreater(len(exposed(page)), 20)
            self.assertEqual(exposed(page) - self.documented, set(), page)

    def test_the_tables_promise_no_name_of_containers_that_there_is_not(self):
        promised = {name for name in self.documented if name.startswith("container_")}
        self.assertEqual(promised - set().union(*map(exposed, PAGES)), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
