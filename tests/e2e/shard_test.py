#!/usr/bin/env python3
"""Two engines with --rules.shard=1/2 and 2/2 on one datasource evaluate each group exactly once between them.

The datasource is a third tocsin; what stands before it passes every question on, and notes who asked what for when."""

import collections
import contextlib
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from running import BIN, answers, ask, free_ports, until  # noqa: E402

GROUPS = [f"g{number}" for number in range(12)]
ROUNDS = 4


def expression(group):
    return f'vector(1) unless absent({{group="{group}"}})'


def rules(groups):
    return json.dumps({"groups": [{"name": group, "interval": "300ms", "rules": [
        {"record": "seen", "expr": expression(group), "labels": {"group": group}},
        {"alert": "Seen", "expr": expression(group), "labels": {"group": group}}]} for group in groups]})


class Datasource:
    """Passes on to `port`. `asked`: by expression, the times that were asked for."""

    def __init__(self, port):
        self.asked = collections.defaultdict(list)
        datasource = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/api/v1/query":
                    form = urllib.parse.parse_qs(body.decode())
                    datasource.asked[form["query"][0]].append(float(form["time"][0]))
                request = urllib.request.Request(f"http://127.0.0.1:{port}{self.path}", body, {
                    name: self.headers[name] for name in ("Content-Type", "Content-Encoding",
                                                          "X-Prometheus-Remote-Write-Version") if name in self.headers})
                try:
                    with urllib.request.urlopen(request) as answer:
                        status, text = answer.status, answer.read()
                except urllib.error.HTTPError as error:
                    status, text = error.code, error.read()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # who asked may be gone
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Engine:
    def __init__(self, folder, cleanup, *flags):
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen([BIN / "tocsin", "serve", f"--web.listen-address=127.0.0.1:{self.port}", *flags],
                                        stderr=open(folder / f"log{self.port}", "w"))
        cleanup.callback(self.end)
        answers(self.url + "/-/ready")

    def end(self):
        self.process.kill()
        self.process.wait()

    def groups(self):
        return {group["name"] for group in json.loads(ask(self.url + "/api/v1/rules")[2])["data"]["groups"]}

    def series(self, selector):
        answer = json.loads(ask(self.url + "/api/v1/query?query=" + urllib.parse.quote(selector))[2])
        return {series["metric"]["group"] for series in answer["data"]["result"]}


def check(what, holds, *shown):
    if not holds:
        raise AssertionError(f"{what}: {shown}")
    print(f"  {what}")


def each_once(datasource, groups):
    """Waits for some rounds of each group, then compares who asked. A rule asks once at each of its times."""
    before = {group: len(datasource.asked[expression(group)]) for group in groups}
    until("some rounds of each group", lambda: all(
        len(datasource.asked[expression(group)]) >= before[group] + 2 * ROUNDS for group in groups))
    for group in groups:
        # The last time may still be under way.
        times = collections.Counter(datasource.asked[expression(group)])
        last = max(times)
        check(f"{group}: each of its two rules once at {len(times)} times",
              all(count == 2 for time, count in times.items() if time != last) and times[last] <= 2, times)


def main():
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as cleanup:
        folder = pathlib.Path(name)
        path = folder / "rules.yml"
        path.write_text(rules(GROUPS[:-2]))
        store = Engine(folder, cleanup)
        datasource = Datasource(store.port)
        shards = [Engine(folder, cleanup, f"--rules.file={path}", f"--datasource.url={datasource.url}",
                         f"--datasource.write-url={datasource.url}/api/v1/write", f"--rules.shard={part}/2")
                  for part in (1, 2)]
        parts = [shard.groups() for shard in shards]
        check("each has groups, none has another's", all(parts) and not parts[0] & parts[1], parts)
        check("they have all", parts[0] | parts[1] == set(GROUPS[:-2]), parts)
        each_once(datasource, GROUPS[:-2])
        until("each group's samples are in the datasource", lambda: store.series("seen") == set(GROUPS[:-2]))
        until("each group's alerts are in the datasource", lambda: store.series("ALERTS") == set(GROUPS[:-2]))

        path.write_text(rules(GROUPS))
        for shard in shards:
            check("reloaded", ask(shard.url + "/-/reload", "POST")[0] == 200)
        after = [shard.groups() for shard in shards]
        check("what is new goes to one of them; the others stay where they are",
              after[0] | after[1] == set(GROUPS) and not after[0] & after[1] and
              all(before <= now for before, now in zip(parts, after)), parts, after)
        each_once(datasource, GROUPS)
    print("ok")


if __name__ == "__main__":
    main()
