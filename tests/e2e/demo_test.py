"""The very demo that ./run demo plays; and a backtest over an hour in which it happened."""

import pathlib
import re
import sys
import unittest
from datetime import datetime

from running import BIN, ROOT, Run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "demo"))
import hour  # noqa: E402


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class DemoTest(unittest.TestCase):
    def test_every_message_arrives_in_time_and_no_get_fails(self):
        with Run("demo") as run:
            code = run.wait(280)
            print(run.output)
            self.assertEqual(code, 0)
            self.assertLess(float(re.search(r"failover -> Slack: ([\d.]+) s", run.output)[1]), 2)
            self.assertGreaterEqual(int(re.search(r"failed GETs: 0 of (\d+)", run.output)[1]), 1000)
            self.assertEqual(run.left(), set())
            self.backtest(run.dir / "nginx/logs/access.log")

    def backtest(self, access_log):
        failover, text, found = hour.backtest(BIN, ROOT / "prometheus/rules/blue-green.yml", access_log)
        print(text)
        self.assertEqual(found["errors"], [])
        self.assertGreater(found["evaluations"], 2 * 3500)
        alerts = {(alert["labels"]["alertname"], alert["labels"].get("to")): alert for alert in found["alerts"]}
        # In an hour of which all but a minute and a half was calm.
        self.assertEqual(sorted(alerts, key=str), [("FailoverDetected", "blue"), ("FailoverDetected", "green"),
                                                   ("HighErrorRate", None)])
        self.assertEqual(len(found["alerts"]), len(alerts))
        there = alerts["FailoverDetected", "green"]
        self.assertTrue(failover < seconds(there["firedAt"]) < failover + 2, (failover, there))
        # 45 s behind the last sample that did not have it, which is up to a page older than it.
        self.assertTrue(45 - hour.FINE <= seconds(there["endedAt"]) - failover < 48, (failover, there))
        rate = alerts["HighErrorRate", None]
        self.assertTrue(1 <= seconds(rate["firedAt"]) - seconds(rate["activeAt"]) <= 1.5, rate)
        self.assertTrue(failover < seconds(rate["firedAt"]) < seconds(rate["endedAt"]) < failover + 60, rate)

        # The table has the same times, the timeline has it in its middle.
        row = next(line for line in text.splitlines() if re.search(r'\{alertname="FailoverDetected", from="blue"', line)
                   and not line.startswith("."))
        self.assertEqual(row.split()[:4], [there["activeAt"], there["firedAt"], there["endedAt"], "below"])
        marks = next(line for line in text.splitlines() if line.startswith(".") and 'to="green"' in line).split()[0]
        self.assertRegex(marks, r"^(\.+)#{1,3}(\.+)$")
        self.assertAlmostEqual(marks.index("#") / len(marks), 0.49, delta=0.03)


if __name__ == "__main__":
    unittest.main(verbosity=2)
