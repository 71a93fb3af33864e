"""The story of ./run demo: traffic, chaos on blue, failover, error rate, recovery; every message checked.

Prints a timeline with what was measured, and exits 0 only if everything arrived with the expected content.
"""

import argparse
import re
import sys
import time

from observe import Alerts, DemoFailure, Messages, Metrics, fetch, first_retry, until
from timeline import Timeline
from traffic import Traffic

FULL_RATE = 100       # requests a second
FULL_SECONDS = 5      # of chaos at that rate
LOW_RATE = 10         # so that nginx's one try of blue every 2 s is one request in twenty
LOW_SECONDS = 30
SLACK_WITHIN = 2.0    # seconds from the failover to Slack
AT_LEAST = 1000       # GETs

KINDS = {"slack": "Slack", "mail": "mail"}


class Story:
    def __init__(self, options):
        self.options = options
        self.metrics = Metrics(options.exporter)
        self.alerts = Alerts(options.tocsin)
        self.messages = Messages(options.sinks)
        self.timeline = Timeline()
        self.traffic = Traffic(options.site, FULL_RATE)

    def play(self):
        self.warm_up()
        self.fail_over()
        self.exceed_error_rate()
        self.recover()
        self.traffic.stop()

    def warm_up(self):
        print(f"· {FULL_RATE} GETs a second; blue serves", flush=True)
        self.traffic.start()
        until("the exporter sees blue serve", 10, lambda: self.metrics.value("nginx_pool_active", pool="blue") == 1)
        until("a full error window", 10, lambda: (self.metrics.value("nginx_error_window_requests") or 0) >= 200)

    def fail_over(self):
        print("· chaos on blue: it answers every request with 500", flush=True)
        failovers = {"from": "blue", "to": "green"}
        before = self.metrics.value("nginx_pool_failovers_total", **failovers) or 0
        self.began = self.timeline.add("chaos on blue", time.time())
        fetch(self.options.blue + "/chaos/start?mode=error", "POST")
        retried, _ = until("a request is repeated on green", 5,
                           lambda: first_retry(self.options.access_log, self.began))
        self.failed_over = self.timeline.add("nginx repeats a request on green", retried, "chaos on blue")
        _, at = until("the exporter counts the failover", 5, lambda: (self.metrics.value(
            "nginx_pool_failovers_total", **failovers) or 0) > before)
        self.timeline.add("exporter counts the failover", at, "nginx repeats a request on green")
        _, at = until("FailoverDetected fires", 10, lambda: "firing" in self.alerts.states("FailoverDetected", **failovers))
        self.timeline.add("FailoverDetected fires", at, "exporter counts the failover")
        blue, green = map(re.escape, self.options.releases)
        arrived = self.expect("FailoverDetected", "FIRING", "FailoverDetected fires", [
            r"previous_pool\W+blue", r"current_pool\W+green", rf"previous_release\W+{blue}",
            rf"current_release\W+{green}", r"error_rate\W+([\d.]+%|too few)"])
        self.slack_latency = arrived["slack"] - self.failed_over
        time.sleep(max(0, self.began + FULL_SECONDS - time.time()))

    def exceed_error_rate(self):
        print(f"· chaos stays, traffic drops to {LOW_RATE} a second for {LOW_SECONDS} s", flush=True)
        self.traffic.set_rate(LOW_RATE)
        dropped = self.timeline.add("traffic drops", time.time())
        until("the error window is over its threshold", LOW_SECONDS, self.error_rate_is_high)
        self.timeline.add("exporter's error window is over 2 %", time.time(), "traffic drops")
        _, at = until("HighErrorRate fires", 10, lambda: "firing" in self.alerts.states("HighErrorRate"))
        self.timeline.add("HighErrorRate fires", at, "exporter's error window is over 2 %")
        self.expect("HighErrorRate", "FIRING", "HighErrorRate fires", [
            r"error_rate\W+[\d.]+%", r"current_pool\W+green", rf"current_release\W+{re.escape(self.options.releases[1])}"])
        time.sleep(max(0, dropped + LOW_SECONDS - time.time()))

    def error_rate_is_high(self):
        ratio = self.metrics.value("nginx_error_window_ratio")
        threshold = self.metrics.value("nginx_error_rate_threshold_ratio")
        return ratio is not None and threshold is not None and ratio > threshold

    def recover(self):
        print(f"· chaos stops, traffic returns to {FULL_RATE} a second", flush=True)
        stopped = self.timeline.add("chaos stops", time.time())
        fetch(self.options.blue + "/chaos/stop", "POST")
        self.traffic.set_rate(FULL_RATE)
        _, at = until("blue serves again", 10, lambda: self.metrics.value("nginx_pool_active", pool="blue") == 1)
        self.timeline.add("blue serves again", at, "chaos stops")
        for name, seconds, cause in (("HighErrorRate", 20, "chaos stops"), ("FailoverDetected", 60, "blue serves again")):
            _, at = until(f"{name} is no longer active", seconds,
                          lambda name=name: not self.alerts.states(name))
            self.timeline.add(f"{name} resolved", at, cause)
            self.expect(name, "RESOLVED", f"{name} resolved", [], since=stopped)

    def expect(self, alert, status, cause, contents, since=None):
        """Waits for the alert's message in Slack and in the mail, and checks what it says. Times of arrival by kind."""
        arrived = {}
        for kind, place in KINDS.items():
            title = re.compile(rf"^\[{status}[^\]]*\] {alert}\b")
            (at, text), _ = until(f"{status} {alert} in {place}", 15, lambda kind=kind: next(
                ((at, text) for at, text in self.messages.of(kind, since or self.began) if title.match(text)), None))
            for content in contents:
                if not re.search(content, text):
                    raise DemoFailure(f"{status} {alert} in {place} does not say /{content}/:\n{text}")
            arrived[kind] = self.timeline.add(f"{status.lower()} {alert} in {place}", at, cause)
        return arrived


def verdict(story):
    """The figures, and whether they are what was promised."""
    traffic = story.traffic
    failed = len(traffic.failures)
    print(f"\nTimeline\n{story.timeline.table()}\n")
    print(f"failover -> Slack: {story.slack_latency:.2f} s")
    print(f"failed GETs: {failed} of {traffic.count}; median {traffic.percentile(0.5) * 1000:.1f} ms, "
          f"99th percentile {traffic.percentile(0.99) * 1000:.1f} ms, slowest {traffic.percentile(1) * 1000:.1f} ms")
    if failed:
        raise DemoFailure(f"clients saw failures; the first: {traffic.failures[0][1]}")
    if traffic.count < AT_LEAST:
        raise DemoFailure(f"only {traffic.count} GETs were made, less than {AT_LEAST}")
    if story.slack_latency >= SLACK_WITHIN:
        raise DemoFailure(f"Slack heard of the failover after {story.slack_latency:.2f} s, not within {SLACK_WITHIN} s")


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("site", "blue", "exporter", "tocsin", "sinks", "access-log"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--releases", nargs=2, required=True, metavar=("BLUE", "GREEN"))
    story = Story(parser.parse_args())
    try:
        story.play()
        verdict(story)
    except DemoFailure as failure:
        print(f"\ndemo: FAILED: {failure}", flush=True)
        sys.exit(1)
    print("demo: PASSED", flush=True)


if __name__ == "__main__":
    main()
