#!/usr/bin/env python3
"""Alerts in every state, kill -9, restart: the same states, the same ActiveAt, no second notification, and the resolve
of what ended meanwhile."""

import contextlib
import http.server
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from running import BIN, answers, ask, free_ports, until  # noqa: E402

RULES = """
groups:
- name: states
  interval: 200ms
  rules:
  - {alert: Pending, expr: pending > 0, for: 10m}
  - {alert: Firing, expr: firing > 0, for: 400ms}
  - {alert: Held, expr: held > 0, keep_firing_for: 1h}
  - {alert: Hysteresis, expr: swing > 10, resolve_expr: swing < 5}
  - {alert: Ended, expr: ended > 0}
  - {alert: EndsMeanwhile, expr: meanwhile > 0}
  - {alert: Vanishes, expr: vanishes > 0}
"""


class Page:
    """Metrics to scrape, and the messages that a webhook gets."""

    def __init__(self):
        self.metrics = {"pending": 1, "firing": 1, "held": 1, "swing": 20, "ended": 1, "meanwhile": 1, "vanishes": 1}
        self.messages = []
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer("".join(f"{name} {value}\n" for name, value in page.metrics.items()).encode())

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                page.messages += [(alert["labels"]["alertname"], alert["status"]) for alert in body["alerts"]]
                self._answer(b"")

            def _answer(self, body):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Engine:
    def __init__(self, folder, page):
        self.folder = pathlib.Path(folder)
        self.port = free_ports(1)[0]
        (self.folder / "rules.yml").write_text(RULES)
        (self.folder / "prometheus.yml").write_text(
            "scrape_configs: [{job_name: page, scrape_interval: 200ms, scrape_timeout: 200ms, "
            f"static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]}}]\n")
        (self.folder / "alertmanager.yml").write_text(
            "route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
            f"receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{page.port}/'}}]}}]\n")

    def start(self):
        self.process = subprocess.Popen(
            [BIN / "tocsin", "serve", f"--config.file={self.folder}/prometheus.yml", f"--rules.file={self.folder}/rules.yml",
             f"--notify.config-file={self.folder}/alertmanager.yml", f"--state.path={self.folder}/state.db",
             f"--web.listen-address=127.0.0.1:{self.port}"], stderr=open(self.folder / "log", "a"))
        answers(f"http://127.0.0.1:{self.port}/-/ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def alerts(self):
        """name -> (state, activeAt, what ended it)"""
        alerts = json.loads(ask(f"http://127.0.0.1:{self.port}/api/v1/alerts?resolved=true")[2])["data"]["alerts"]
        return {alert["labels"]["alertname"]: (alert["state"], alert["activeAt"], alert.get("endReason"),
                                               alert.get("keepFiringSince"), alert.get("heldBy")) for alert in alerts}

    def states(self):
        return {name: alert[0] for name, alert in self.alerts().items()}


def check(what, holds, *shown):
    if not holds:
        raise AssertionError(f"{what}: {shown}")
    print(f"  {what}")


def main():
    page = Page()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as cleanup:
        engine = Engine(folder, page)
        engine.start()
        cleanup.callback(engine.kill)
        before_all = {"Pending": "pending", "Firing": "firing", "Held": "firing", "Hysteresis": "firing", "Ended": "firing",
                      "EndsMeanwhile": "firing", "Vanishes": "firing"}
        until("all alerts are up", lambda: engine.states() == before_all)
        page.metrics.update(held=0, swing=7, ended=0)
        until("one has ended", lambda: engine.states()["Ended"] == "inactive")
        until("two are held", lambda: engine.alerts()["Held"][3] and engine.alerts()["Hysteresis"][4] == "resolve_expr")
        told = {"Firing", "Held", "Hysteresis", "Ended", "EndsMeanwhile", "Vanishes"}
        until("all are told", lambda: {name for name, status in page.messages if status == "firing"} == told)
        until("the end is told", lambda: ("Ended", "resolved") in page.messages)
        time.sleep(0.5)  # longer than changes of state wait to be committed
        before = engine.alerts()
        check("the end has a reason", before["Ended"][2] == "below", before)

        engine.kill()
        page.metrics.update(meanwhile=0)
        del page.metrics["vanishes"]
        page.messages.clear()
        engine.start()
        until("what ended meanwhile is told", lambda: ("EndsMeanwhile", "resolved") in page.messages)
        time.sleep(1.5)  # a round of the groups, for whatever else they would tell
        after = engine.alerts()
        for name in ("Pending", "Firing", "Held", "Hysteresis", "Ended"):
            check(f"{name} is as it was", after[name] == before[name], before[name], after[name])
        check("what ended meanwhile is below", after["EndsMeanwhile"][2] == "below", after)
        check("what has not come back yet is waited for", after["Vanishes"][0] == "firing", after)
        check("nothing else was told", page.messages == [("EndsMeanwhile", "resolved")], page.messages)

        page.metrics.update(swing=3)
        until("the hysteresis' end is told", lambda: ("Hysteresis", "resolved") in page.messages)
    print("ok")


if __name__ == "__main__":
    main()
