"""check_failover.sh against the stack of ./run, and against nothing."""

import os
import subprocess
import unittest

from running import ROOT, Run, free_ports


def check(**ports):
    return subprocess.run([ROOT / "check_failover.sh", "127.0.0.1"], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **{name: str(port) for name, port in ports.items()}})


class CheckFailoverTest(unittest.TestCase):
    def test_running_stack_passes(self):
        with Run() as run:
            run.up()
            said = check(**run.ports)
            print(said.stdout, said.stderr)
            self.assertEqual(said.returncode, 0)
            self.assertTrue(said.stdout.endswith("PASS\n"))
            self.assertIn("GET, mode error: 0 of 1000 failed", said.stdout)

    def test_nothing_there_is_neither_pass_nor_fail(self):
        said = check(NGINX_PORT=free_ports(1)[0])
        self.assertEqual(said.returncode, 2)
        self.assertIn("nothing answers", said.stderr)
        self.assertNotIn("PASS", said.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
