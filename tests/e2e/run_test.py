"""./run's promises about processes: a part that ends is reported and everything else stops; nothing is ever left."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

from running import BIN, ROOT, Run, ask, until

PARTS = {
    "blue": r"demo-backend --pool=blue",
    "nginx": r"nginx: master",
    "tocsin-exporter": r"tocsin-exporter --web",
    "tocsin": r"tocsin serve",
    "sinks": r"e2e/sinks",
}


class RunTest(unittest.TestCase):
    def test_killed_part_is_named_and_the_rest_stops(self):
        for name, pattern in PARTS.items():
            with self.subTest(name), Run() as run:
                run.up()
                os.kill(run.part(pattern), signal.SIGKILL)
                self.assertEqual(run.wait(30), 1, run.output)
                self.assertIn(f"run: {name} was killed by signal 9", run.output)
                self.assertEqual(run.left(), set())

    def test_part_that_can_not_start_shows_the_end_of_its_log(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder)
            for program in ("demo-backend", "tocsin"):
                os.symlink(BIN / program, broken / program)
            (broken / "tocsin-exporter").write_text("#!/bin/sh\necho 'the reason why'\nexit 3\n")
            (broken / "tocsin-exporter").chmod(0o755)
            with Run(TOCSIN_BIN=folder) as run:
                self.assertEqual(run.wait(30), 1)
                self.assertIn("run: tocsin-exporter has ended with exit code 3", run.output)
                self.assertIn("the reason why", run.output)
                self.assertEqual(run.left(), set())

    def test_control_c_stops_everything(self):
        with Run() as run:
            run.up()
            run.process.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(30), 130, run.output)
            self.assertEqual(run.left(), set())

    def test_even_kill_9_leaves_nothing(self):
        with Run() as run:
            run.up()
            self.assertGreater(len(run.left()), len(PARTS))
            run.process.kill()
            until("every part has ended", lambda: not run.left())

    def test_taken_port_is_named_before_anything_starts(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with Run(GREEN_HOST_PORT=str(port)) as run:
                self.assertEqual(run.wait(30), 1)
                self.assertIn(f"port {port}, which the green backend needs, is taken", run.output)
                self.assertIn("GREEN_HOST_PORT", run.output)
                self.assertNotIn("stopping", run.output)

    def test_own_access_log_is_followed_without_demo_parts(self):
        with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
            with Run("--access-log", log.name) as run:
                run.up()
                self.assertNotIn("nginx: master", " ".join(self.commands(run)))
                status, _, body = ask(run.url("EXPORTER_PORT", "/metrics"))
                self.assertEqual(status, 200)
                self.assertIn(f'file="{log.name}"', body)

    def commands(self, run):
        return [pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in run.left()]

    def test_settings_come_from_dot_env_and_the_environment_wins(self):
        script = f"""
            source {ROOT}/packaging/run-parts.sh
            load_env "$1"
            printf '%s|' "$PLAIN" "$QUOTED" "$SINGLE" "$GIVEN" "$LAST"
        """
        with tempfile.NamedTemporaryFile("w") as settings:
            settings.write("# a comment\nPLAIN=a b  # why\nQUOTED=\"x # y\"\nexport SINGLE='$(touch /nowhere)'\nGIVEN=file\nLAST=end")
            settings.flush()
            said = subprocess.run(["bash", "-c", script, "bash", settings.name], capture_output=True, text=True,
                                  check=True, env={**os.environ, "GIVEN": "environment"}).stdout
        self.assertEqual(said, "a b|x # y|$(touch /nowhere)|environment|end|")

    def test_wrong_arguments_are_refused(self):
        for arguments, message in ((["demos"], "unknown argument 'demos'"), (["--access-log"], "needs a value"),
                                   (["--access-log", "/nowhere"], "can't read the access log"),
                                   (["--log-format", "json"], "goes with --access-log")):
            with self.subTest(arguments):
                said = subprocess.run([ROOT / "run", *arguments], capture_output=True, text=True)
                self.assertEqual(said.returncode, 1)
                self.assertIn(message, said.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
