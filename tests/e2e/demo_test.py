"""The very demo that ./run demo plays."""

import re
import unittest

from running import Run


class DemoTest(unittest.TestCase):
    def test_every_message_arrives_in_time_and_no_get_fails(self):
        with Run("demo") as run:
            code = run.wait(280)
            print(run.output)
            self.assertEqual(code, 0)
            self.assertLess(float(re.search(r"failover -> Slack: ([\d.]+) s", run.output)[1]), 2)
            self.assertGreaterEqual(int(re.search(r"failed GETs: 0 of (\d+)", run.output)[1]), 1000)
            self.assertEqual(run.left(), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
