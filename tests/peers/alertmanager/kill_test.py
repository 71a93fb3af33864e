#!/usr/bin/env python3
"""kill -9 at random moments of a storm: no alert that was accepted is lost, and what is sent twice is named the same.

    kill_test.py [ROUNDS] [ALERTS]

Each round posts alerts, each a group of its own, kills tocsin while it sends, and starts it on the same state again. In the
end every alert whose POST was answered with 200 must have been told; each message that came more than once must carry the
same X-Tocsin-Notification-Id each time, and there may be no more of them than were in flight plus one batch.
"""
import json, os, pathlib, random, signal, subprocess, sys, tempfile, threading, time, urllib.request

from pair import Sink, TOCSIN, free_port, rfc3339

BATCH, IN_FLIGHT = 256, 512


class Server:
    def __init__(self, folder, port, url):
        config = {"route": {"receiver": "sink", "group_by": ["..."], "group_wait": "0s", "group_interval": "5m"},
                  "receivers": [{"name": "sink", "webhook_configs": [{"url": url}]}]}
        (folder / "alertmanager.yml").write_text(json.dumps(config))
        log = open(folder / "log", "ab")
        self.process = subprocess.Popen([TOCSIN, "serve", f"--notify.config-file={folder}/alertmanager.yml", f"--state.path={folder}/state.db",
                                         f"--state.batch={BATCH}", f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        self.port = port
        for _ in range(400):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5)
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError((folder / "log").read_text()[-2000:])

    def post(self, alerts):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v2/alerts", json.dumps(alerts).encode(),
                                         {"Content-Type": "application/json"}, method="POST")
        return urllib.request.urlopen(request, timeout=20).status == 200

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def one_round(number, count):
    with tempfile.TemporaryDirectory() as name:
        folder, sink, port, accepted = pathlib.Path(name), Sink(), free_port(), set()
        server = Server(folder, port, sink.url("tocsin", "storm"))
        start = rfc3339(time.time() - 1)

        def storm():
            for first in range(0, count, 50):
                alerts = [{"labels": {"alertname": "Storm", "n": str(n)}, "startsAt": start, "endsAt": rfc3339(time.time() + 600)}
                          for n in range(first, min(count, first + 50))]
                try:
                    if server.post(alerts):
                        accepted.update(a["labels"]["n"] for a in alerts)
                except OSError:
                    return

        thread = threading.Thread(target=storm)
        thread.start()
        time.sleep(random.uniform(0.02, 0.9))
        server.kill()
        thread.join()
        server = Server(folder, port, sink.url("tocsin", "storm"))
        told = {}
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and not accepted <= set(told):
            time.sleep(0.1)
            told = {}
            with sink.lock:
                for _, body, headers in sink.heard.get(("tocsin", "storm"), []):
                    told.setdefault(json.loads(body)["alerts"][0]["labels"]["n"], []).append(headers["X-Tocsin-Notification-Id"])
        server.kill()
        lost = len(accepted - set(told))
        repeats = sum(len(ids) - 1 for ids in told.values())
        renamed = sum(1 for ids in told.values() if len(set(ids)) != 1)
        print(f"round {number}: accepted {len(accepted)} told {len(told)} lost {lost} repeats {repeats} renamed {renamed}", flush=True)
        return lost, repeats, renamed


def main():
    rounds, count = int(sys.argv[1]) if len(sys.argv) > 1 else 5, int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    results = [one_round(n, count) for n in range(rounds)]
    lost, worst, renamed = sum(r[0] for r in results), max(r[1] for r in results), sum(r[2] for r in results)
    print(f"{rounds} rounds: lost {lost}, most repeats in one {worst} (bound {BATCH + IN_FLIGHT}), renamed {renamed}")
    return 1 if lost or renamed or worst > BATCH + IN_FLIGHT else 0


if __name__ == "__main__":
    sys.exit(main())
