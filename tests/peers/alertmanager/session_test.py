#!/usr/bin/env python3
"""Those who talk to an Alertmanager, talking to tocsin: a whole session of amtool, a real Prometheus whose alerts begin and
end at a webhook, and what Grafana's Alertmanager data source asks. Each is done to a real Alertmanager too, and must end
alike: exit code and words, times and random ids left out.
"""
import contextlib, json, pathlib, re, subprocess, sys, tempfile, time

from api_differential import Comparison, at, neutral, silence
from pair import PEERS, Pair, SIDES, Sink, TOCSIN, free_port

CONFIG = """
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes:
  - matchers: ['severity=~"warning|critical"', 'cluster!=none']
    receiver: night
    group_by: [cluster]
    continue: true
  - matchers: [cluster=none]
receivers:
- name: team
  webhook_configs: [{url: 'SINK/team'}]
- name: night
  webhook_configs: [{url: 'SINK/night', http_config: {basic_auth: {username: u, password: hunter2}}}]
"""
FIRES_FOR = 10  # seconds; a Prometheus needs five to look for its Alertmanagers


class Session(Comparison):
    def run(self, command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout, re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", done.stderr)

    def amtool(self, *arguments, essentials=lambda code, out, err: f"{code} {out}{err}"):
        """The command to each side; `arguments` may hold a function of the side. The outputs by side."""
        outputs, results, code = {}, {}, 0
        for side in SIDES:
            words = [word for a in arguments for word in (a(side) if callable(a) else [a])]
            code, out, err = self.run([PEERS / "amtool", "--no-version-check", f"--alertmanager.url=http://127.0.0.1:{self.pair.ports[side]}", *words])
            outputs[side], results[side] = out, re.sub(r"\s+\n", "\n", str(essentials(code, out, err)))
        shown = " ".join("…" if callable(a) else a for a in arguments)
        self.check(f"amtool {shown}", results)
        print(f"$ amtool {neutral(shown)}{f'   # exit {code}' if code else ''}\n{neutral(outputs['tocsin'])[:600]}".rstrip())
        return outputs

    def silences(self, side):
        return json.loads(self.pair.ask(side, "GET", "/api/v2/silences")[1])


def amtool_alerts(c):
    c.amtool("alert", "add", "alertname=tool", "cluster=d", "severity=info", "--annotation=summary=by hand", "--end=" + at(600))
    c.amtool("alert", "add", "crit", "severity=critical", "cluster=d", "--generator-url=http://x.example/y")
    c.amtool("alert", "add", "")
    c.amtool("alert", "add", "a b=c")
    for arguments in ((), ("-o", "json"), ("tool",), ("-o", "extended", "cluster=d"), ("severity=~in.*",), ("severity!=info", "cluster=d"),
                      ("--inhibited",), ("--silenced",), ("--active",), ("--receiver=night",), ("--receiver=nobody",), ("severity=~(",)):
        c.amtool("alert", "query", *arguments)


def amtool_silences(c, folder):
    def ids(side):
        return [one["id"] for one in c.silences(side) if one["status"]["state"] != "expired"]

    def in_any_order(code, out, err):  # by their ends, of which ours have milliseconds
        return code, sorted(neutral(out).strip("[]\n").replace('},{"id"', '}\n{"id"').split("\n")), err

    c.amtool("silence", "add", "alertname=tool", 'cluster=~"d|e"', "--comment=a reason", "--author=me", "--duration=1h")
    c.amtool("silence", "add", "alertname=tool", "--author=me")  # no comment
    c.amtool("silence", "add", "--comment=no matcher", "--author=me")
    c.amtool("silence", "add", "alertname=tool", "--comment=x", "--author=me", "--duration=soon")
    c.amtool("silence", "add", "a=~(", "--comment=x", "--author=me")
    for arguments in ((), ("alertname=tool",), ("alertname=other",), ("-o", "extended"), ("--expired",), ("--within=2h",), ("--created-by=me",)):
        c.amtool("silence", "query", *arguments, essentials=in_any_order)
    c.amtool("alert", "query", "--silenced")
    c.amtool("silence", "update", ids, "--comment=another", "--duration=2h", essentials=in_any_order)
    c.amtool("silence", "query", "-o", "json", essentials=in_any_order)
    c.amtool("silence", "update", "11111111-1111-1111-1111-111111111111", "--comment=x")
    c.amtool("silence", "expire", ids)
    c.amtool("silence", "expire", "11111111-1111-1111-1111-111111111111")
    c.amtool("silence", "expire")
    c.amtool("silence", "query", "--expired", essentials=in_any_order)
    (folder / "import.json").write_text(json.dumps([silence(comment="imported"), silence(comment="imported too")]))
    c.amtool("silence", "import", str(folder / "import.json"))
    c.check("what was imported", {side: str(sorted(s["comment"] for s in c.silences(side) if s["status"]["state"] == "active")) for side in SIDES})
    (folder / "broken.json").write_text('[{"comment": "x", "matchers": []}]')
    c.amtool("silence", "import", str(folder / "broken.json"))
    c.amtool("silence", "expire", ids)


def amtool_configuration(c, folder):
    for labels in (["severity=warning"], ["severity=warning", "cluster=none"], ["foo=bar"], ["--verify.receivers=team", "foo=bar"],
                   ["--verify.receivers=night", "foo=bar"], ["--tree", "severity=warning"]):
        c.amtool("config", "routes", "test", *labels)
    c.amtool("config", "routes", "show")

    def configuration(code, out, err):
        assert "hunter2" not in out and "<secret>" in out, out
        lines = (line.strip(" -").replace('"', "") for line in out.splitlines())  # theirs shows each receiver's defaults too
        return code, sorted({line for line in lines if re.match(r"(receiver|name|group_wait|group_interval|matchers|url):", line)}), err
    c.amtool("config", "show", essentials=configuration)
    # One peer, itself, and ready.
    c.amtool("cluster", "show", essentials=lambda code, out, err: (code, re.findall(r"Cluster Status:\s+(\w+)", out), len(re.findall(r"[^ ]+:\d+", out)), err))
    (folder / "good.yml").write_text(CONFIG.replace("SINK", "http://x.example"))
    (folder / "bad.yml").write_text(CONFIG.replace("receiver: night", "receiver: nobody").replace("SINK", "http://x.example"))
    for name, expected in (("good.yml", 0), ("bad.yml", 1)):
        theirs = c.run([PEERS / "amtool", "check-config", folder / name])[0]
        c.check(f"check {name}", {"alertmanager": str(theirs), "tocsin": str(c.run([TOCSIN, "check", "notify", folder / name])[0])})
        assert theirs == expected, name


def shape(value):
    """What it is made of: keys and types, and of a list the shapes in it."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return sorted({json.dumps(shape(inner)) for inner in value})
    return type(value).__name__


def grafana(c):
    """Grafana's "Save & test", its lists of alerts and silences, and its buttons to make and to end one."""
    status = {side: json.loads(c.pair.ask(side, "GET", "/api/v2/status")[1]) for side in SIDES}
    c.check("GET /api/v2/status", {side: str(shape(status[side])) for side in SIDES})
    c.check("its cluster", {side: status[side]["cluster"]["status"] for side in SIDES})
    c.ask("GET", "/api/v2/receivers")
    made = {side: json.loads(text)["silenceID"] for side, text in c.ask("POST", "/api/v2/silences", silence(
        matchers=[{"name": "cluster", "value": "d|e", "isRegex": True, "isEqual": True}])).items()}
    everything = "?silenced=true&active=true&inhibited=true"
    for path in ("/api/v2/alerts" + everything, "/api/v2/alerts?filter=cluster%3D%22d%22&silenced=false", "/api/v2/alerts/groups" + everything,
                 "/api/v2/alerts/groups?silenced=false", "/api/v2/silences?filter=cluster%3D~%22d%7Ce%22"):
        c.ask("GET", path)
    for what in ("DELETE", "GET", "DELETE"):
        c.check(f"{what} silence", {side: "{} {}".format(*c.pair.ask(side, what, f"/api/v2/silence/{made[side]}")) for side in SIDES})
    c.check("it has ended", {side: str([s["status"]["state"] for s in c.silences(side) if s["id"] == made[side]]) for side in SIDES})


@contextlib.contextmanager
def prometheus(c, folder):
    """A Prometheus whose one alert fires for a while sends to both."""
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "interval": "1s", "rules": [
        {"alert": "FromPrometheus", "expr": f"vector(1) and (vector(time()) < {time.time() + FIRES_FOR})", "labels": {"severity": "info"},
         "annotations": {"summary": "it is {{ $value }}"}}]}]}))
    (folder / "prometheus.yml").write_text(json.dumps({"global": {"external_labels": {"region": "eu"}}, "rule_files": ["rules.yml"], "alerting": {
        "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{port}" for port in c.pair.ports.values()]}]}]}}))
    with open(folder / "prometheus.log", "w") as log:
        process = subprocess.Popen([PEERS / "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
                                    f"--web.listen-address=127.0.0.1:{free_port()}", "--web.external-url=http://prometheus.example",
                                    "--rules.alert.resend-delay=1s"], stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def heard(sink, side):
    """What the webhook of a side heard of Prometheus' alert, body by body."""
    with sink.lock:
        bodies = [json.loads(body) for _, body, _ in sink.heard.get((side, "team"), [])]
    return [body for body in bodies if body["groupLabels"] == {"alertname": "FromPrometheus"}]


def from_prometheus(c):
    for _ in range(300):
        if all([body["status"] for body in heard(c.pair.sink, side)][-1:] == ["resolved"] for side in SIDES):
            break
        time.sleep(0.1)
    bodies = {side: heard(c.pair.sink, side) for side in SIDES}
    for side in SIDES:
        assert [body["status"] for body in bodies[side]] == ["firing", "resolved"], bodies
    c.check("a Prometheus' alert, begun and ended, at a webhook", {side: json.dumps(bodies[side], indent=1, sort_keys=True) for side in SIDES})
    print("\nFrom Prometheus by tocsin to a webhook: " + ", ".join(f"{body['status']} {body['commonLabels']}" for body in bodies["tocsin"]))


def main():
    if not (PEERS / "amtool").exists():
        print(f"no amtool in {PEERS}: skipped")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder, sink = pathlib.Path(name), Sink()
        pair = Pair(folder, sink, CONFIG, cluster=f"127.0.0.1:{free_port()}")
        try:
            c = Session(pair)
            with prometheus(c, folder):
                from_prometheus(c)
            amtool_alerts(c)
            amtool_silences(c, folder)
            amtool_configuration(c, folder)
            grafana(c)
        finally:
            pair.stop()
    print(f"\n{c.count} comparisons, differences: {c.differing}")
    return 1 if c.differing else 0


if __name__ == "__main__":
    sys.exit(main())
