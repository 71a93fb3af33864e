"""What the demo looks at from outside: the exporter's metrics, the engine's alerts, nginx's log, the sinks' messages."""

import json
import re
import time
import urllib.error
import urllib.request

POLL = 0.02  # seconds between two looks; the measured latencies are that coarse


class DemoFailure(Exception):
    """Something that the story promises did not happen."""


def fetch(url, method="GET", timeout=5):
    request = urllib.request.Request(url, method=method)
    with urllib.request.urlopen(request, timeout=timeout) as response:
        return response.read().decode()


def until(what, seconds, look):
    """Waits for `look` to give something true and returns (it, the time when it was seen)."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except (OSError, ValueError) as error:
            found, last = None, error
        else:
            last = None
        if found:
            return found, time.time()
        if time.monotonic() > deadline:
            raise DemoFailure(f"{what}: not within {seconds} s" + (f" ({last})" if last else ""))
        time.sleep(POLL)


class Metrics:
    """The exporter's page."""

    def __init__(self, exporter):
        self._url = exporter + "/metrics"

    def value(self, name, **labels):
        """The sum of the samples that carry these labels; None when there is none."""
        values = []
        for line in fetch(self._url).splitlines():
            sample = re.match(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)", line)
            if not sample or sample[1] != name:
                continue
            have = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', sample[2] or ""))
            if labels.items() <= have.items():
                values.append(float(sample[3]))
        return sum(values) if values else None


class Alerts:
    """The engine's alerts, by Prometheus' API."""

    def __init__(self, tocsin):
        self._url = tocsin + "/api/v1/alerts"

    def states(self, name, **labels):
        alerts = json.loads(fetch(self._url))["data"]["alerts"]
        return [alert["state"] for alert in alerts
                if alert["labels"]["alertname"] == name and labels.items() <= alert["labels"].items()]


class Messages:
    """What arrived at the sinks, as (arrival, text that a person reads)."""

    def __init__(self, sinks):
        self._url = sinks + "/messages"

    def of(self, kind, since=0):
        found = [entry for entry in json.loads(fetch(self._url))
                 if entry["kind"] == kind and entry["outcome"] == "accepted" and entry["at"] >= since]
        return [(entry["at"], (slack_text if kind == "slack" else mail_text)(entry["message"])) for entry in found]


def slack_text(payload):
    parts = [payload.get("text", "")]
    for attachment in payload.get("attachments", []):
        parts += [attachment.get(key, "") for key in ("pretext", "title", "text")]
        parts += [f"{field.get('title')}: {field.get('value')}" for field in attachment.get("fields", [])]
    return "\n".join(filter(None, parts))


def mail_text(mail):
    return f"{mail['headers'].get('Subject', '')}\n{mail['text'] or ''}"


def first_retry(access_log, since):
    """When nginx logged the first request whose first attempt failed and whose second did not."""
    with open(access_log, encoding="utf-8", errors="replace") as log:
        for line in log:
            entry = json.loads(line)
            at = float(entry["msec"])
            if at >= since and re.fullmatch(r"5\d\d, 200", entry["upstream_status"]):
                return at
    return None
