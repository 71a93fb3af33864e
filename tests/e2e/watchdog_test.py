#!/usr/bin/env python3
"""--watchdog.url against a real server: called while rules are evaluated and messages get through; silent while the
datasource answers no rule, and while a receiver refuses its messages; called again afterwards."""

import contextlib
import http.server
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from running import BIN, answers, ask, free_ports, until  # noqa: E402

INTERVAL = 0.25  # seconds between calls
RULES = """
groups:
- name: g
  interval: 200ms
  rules:
  - {alert: Watchdog, expr: vector(1)}
"""


class Sink:
    """The dead man's switch, a receiver of messages, and, for as long as it is well, a datasource."""

    def __init__(self):
        self.calls = []
        self.messages = 0
        self.well = {"datasource": True, "hook": True}
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/alive/secret":
                    sink.calls.append(time.monotonic())
                self._answer(200, b"")

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/hook":
                    sink.messages += 1
                    return self._answer(200 if sink.well["hook"] else 503, b"")
                if not sink.well["datasource"]:
                    return self._answer(503, b"")
                return self._answer(200, b'{"status":"success","data":{"resultType":"vector","result":'
                                         b'[{"metric":{},"value":[1,"1"]}]}}')

            def _answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def quiet(self):
        """True when it was not called for eight intervals."""
        return bool(self.calls) and time.monotonic() - self.calls[-1] > 8 * INTERVAL

    def called_anew(self, count=4):
        before = len(self.calls)
        until("the switch is called", lambda: len(self.calls) >= before + count)


def main():
    sink = Sink()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as cleanup:
        folder = pathlib.Path(name)
        (folder / "rules.yml").write_text(RULES)
        (folder / "alertmanager.yml").write_text(
            "route: {receiver: hook, group_wait: 0s, group_interval: 500ms, repeat_interval: 500ms}\n"
            f"receivers: [{{name: hook, webhook_configs: [{{url: '{sink.url}/hook'}}]}}]\n")
        port = free_ports(1)[0]
        log = folder / "log"
        process = subprocess.Popen(
            [BIN / "tocsin", "serve", f"--rules.file={folder}/rules.yml", f"--notify.config-file={folder}/alertmanager.yml",
             f"--datasource.url={sink.url}", f"--watchdog.url={sink.url}/alive/secret",
             f"--watchdog.interval={int(INTERVAL * 1000)}ms", f"--web.listen-address=127.0.0.1:{port}"], stderr=open(log, "w"))
        cleanup.callback(lambda: (process.kill(), process.wait()))
        answers(f"http://127.0.0.1:{port}/-/ready")
        until("a message gets through", lambda: sink.messages)
        sink.called_anew()
        print("  called while all is well")

        sink.well["hook"] = False
        until("silence while messages are refused", sink.quiet)
        sink.well["hook"] = True
        sink.called_anew()
        print("  silent while a receiver refuses its messages, and called again")

        sink.well["datasource"] = False
        until("silence while no rule is evaluated", sink.quiet)  # three intervals and ten seconds
        sink.well["datasource"] = True
        sink.called_anew()
        print("  silent while the datasource answers no rule, and called again")

        metrics = ask(f"http://127.0.0.1:{port}/metrics")[2]
        assert f"tocsin_watchdog_calls_total {len(sink.calls)}" in metrics, metrics
        assert "secret" not in log.read_text() + metrics
        process.terminate()
        process.wait()
        ended = len(sink.calls)
        assert sink.quiet() or until("silence after the end", sink.quiet)
        assert len(sink.calls) == ended
        print("  silent when the engine has ended")
    print("ok")


if __name__ == "__main__":
    main()
