"""Each alert of the shipped rules, provoked in a running stack: told in Slack and by mail when it fires, and when it is over."""

import json
import re
import time

from running import ROOT, ask
from stack_project import DOMAIN, PASSWORD, until

LOG = "/srv/nginx/logs/access.log"
ALWAYS_FIRES = "Watchdog"


def shipped():
    """The names of all alerts that we ship."""
    return {name for path in (ROOT / "prometheus/rules").glob("*.yml")
            for name in re.findall(r"^ +- alert: (\w+)", path.read_text(), re.M)}


class Alert:
    """One that is provoked."""

    def __init__(self, name, container=""):
        self.name, self.container = name, container

    def missing(self, messages, word, kinds):
        """Those of `kinds` by which no message tells of it. `word` is FIRING or RESOLVED. A group's message may tell of several
        alerts: it is looked at as a whole."""
        told = set()
        for message in messages:
            text = json.dumps(message["message"])
            if message["outcome"] == "accepted" and self.name in text and self.container in text and word in text.upper():
                told.add(message["kind"])
        return [f"{self.name} {kind}" for kind in kinds if kind not in told]


class Provoker:
    """What it has provoked is in `alerts`, from then on until it is over."""

    def __init__(self, stack):
        self.stack = stack
        self.alerts = []
        self.rules = stack.folder / "prometheus/rules"

    def expect(self, *names):
        self.alerts += [Alert(name) for name in names]

    def reload(self):
        self.stack.docker("kill", "-s", "HUP", self.stack.container("alerting"))

    def await_told(self, word, seconds, alerts=None, kinds=("slack", "mail")):
        deadline = time.monotonic() + seconds
        while True:
            messages = self.stack.messages()
            left = [what for alert in alerts or self.alerts for what in alert.missing(messages, word, kinds)]
            if not left:
                return
            assert time.monotonic() < deadline, f"not told in {seconds} s: {sorted(left)}"
            time.sleep(0.5)

    def seconds_to_slack(self, name, since):
        """From the time `since` to the first message in Slack that tells of the alert."""
        def found():
            return [message["at"] - since for message in self.stack.messages()
                    if message["kind"] == "slack" and message["at"] >= since and name in json.dumps(message["message"])]

        return min(until(f"{name} in Slack", found, 60))

    # ---- causes

    def containers(self):
        stack = self.stack
        stack.touch("burner", "/tmp/go")
        stack.touch("eater", "/tmp/go")
        stack.touch("ill", "/tmp/ill")
        (stack.folder / "go/loop").touch()
        stack.compose("stop", "stopper", "service2")
        self.alerts += [Alert(name, stack.container(victim)) for name, victim in (
            ("BackendHighCPU", "burner"), ("ContainerDown", "stopper"), ("ContainerUnhealthy", "ill"),
            ("ContainerRestarting", "looper"), ("ContainerOOMKilled", "eater"))]
        self.expect("TargetDown")

    def certificate(self):
        live = f"/etc/letsencrypt/live/{DOMAIN}"
        before = self.stack.serial()
        # As new files: at a reload nginx keeps the certificate of a file that has the number and the second it knows.
        replace = 'put() { f=$(readlink -f "$2") && cat "$1" >"$f.new" && mv "$f.new" "$f"; }; '
        self.stack.inside("certbot", "sh", "-c", f"{replace} put /pebble/short-key.pem {live}/privkey.pem && "
                                                 f"put /pebble/short.pem {live}/fullchain.pem")
        until("nginx serves it", lambda: self.stack.serial() != before, 20)
        self.expect("CertificateExpiring")

    def lines(self):
        """One that is none of the log's, and half a one that is cut off before it has an end."""
        stack = self.stack

        def errors():
            return stack.query("sum(nginx_log_parse_errors_total)") or 0

        def lost():  # once more if nginx's log was rotated in between
            before = errors()
            stack.inside("nginx", "sh", "-c", f'printf "no log line\\nhalf a line" >>{LOG}')
            until("both are read", lambda: errors() > before, 10)
            stack.inside("nginx", "sh", "-c", f": >{LOG}")
            return until("the half is gone", lambda: stack.query("sum(nginx_log_lost_bytes_total)"), 3)

        stack.docker("pause", stack.container("load"))  # its next line would be the half's other half
        try:
            until("bytes are lost", lost, 20)
        finally:
            stack.docker("unpause", stack.container("load"))
        self.expect("LogParseErrors", "LogLinesLost")

    def rules_and_reload(self):
        """A rule that can't be evaluated, then a file that can't be read."""
        (self.rules / "failing.yml").write_text("groups: [{name: failing, rules: [{record: a, expr: up * on() up}]}]\n")
        self.reload()
        until("the rule fails", lambda: self.stack.query('sum(tocsin_rule_evaluation_failures_total)'), 20)
        (self.rules / "broken.yml").write_text("groups: [{name: x, rules: [{alert: A, expr: ')'}]}]\n")
        self.reload()
        self.expect("RuleEvaluationFailing", "ConfigReloadFailed")

    def slack_away(self):
        """What it is not given goes by mail, and is in Slack, too, once that takes messages again."""
        sink = f"http://127.0.0.1:{self.stack.ports['SINK_PORT']}/faults"
        failing = Alert("NotificationsFailing")
        ask(f"{sink}/slack", "POST", b'{"status": 503}')
        try:
            self.lines()
            self.rules_and_reload()
            self.await_told("FIRING", 60, [failing], ["mail"])
        finally:
            ask(sink, "DELETE")
        self.alerts.append(failing)

    def slow_and_errors(self):
        for mode, name in (("slow", "SlowRequests"), ("error", "HighErrorRate")):
            for pool in ("blue", "green"):
                self.stack.chaos(pool, f"start?mode={mode}")
            alert = Alert(name)
            self.await_told("FIRING", 120, [alert])
            self.alerts.append(alert)
        for pool in ("blue", "green"):
            self.stack.chaos(pool, "stop")

    def nginx_and_exporter_down(self):
        for name, service in (("NginxDown", "nginx"), ("ExporterDown", "exporter")):
            alert = Alert(name)
            self.stack.compose("stop", service)
            self.await_told("FIRING", 60, [alert])
            self.stack.compose("start", service)
            self.alerts.append(alert)

    # ---- what has to come of them

    def all_fire(self):
        self.await_told("FIRING", 150)
        return ", ".join(sorted(alert.name for alert in self.alerts)) + ": in Slack and mail"

    def end_causes(self):
        stack = self.stack
        stack.touch("burner", "/tmp/enough")
        stack.inside("ill", "rm", "/tmp/ill")
        (stack.folder / "go/loop").unlink()
        for name in ("failing.yml", "broken.yml"):
            (self.rules / name).unlink()
        self.reload()
        stack.inside("certbot", "/bin/sh", "/usr/share/tocsin/obtain-certificates", "once", "--force-renewal")
        stack.compose("start", "stopper", "service2")

    def all_resolve(self):
        self.await_told("RESOLVED", 180)
        return f"{len(self.alerts)} alerts, in Slack and mail"

    def none_is_forgotten(self):
        names = {alert.name for alert in self.alerts}
        assert shipped() - names == {ALWAYS_FIRES}, f"not provoked: {shipped() - names - {ALWAYS_FIRES}}"
        alerts = self.stack.json("/alerts/api/v1/alerts", PASSWORD)["data"]["alerts"]
        firing = {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}
        assert ALWAYS_FIRES in firing, firing
        told = [message for message in self.stack.messages() if ALWAYS_FIRES in json.dumps(message)]
        assert not told, told
        return f"{len(names)} provoked of {len(shipped())}; {ALWAYS_FIRES} fires and goes to nobody"
