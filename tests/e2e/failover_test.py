"""When the exporter says that another pool serves: a real nginx with max_fails=1 fail_timeout=2s, at several rates."""

import json
import re
import subprocess
import time
import unittest

from demo.traffic import Traffic
from nginx_test import Proxy
from running import BIN, ask, free_ports, until

BLUE_TO_GREEN = 'nginx_pool_failovers_total{from="blue",to="green"}'
GREEN_TO_BLUE = 'nginx_pool_failovers_total{from="green",to="blue"}'


class Exporter:
    """Follows a proxy's access log."""

    def __init__(self, proxy):
        self.url = f"http://127.0.0.1:{free_ports(1)[0]}"
        (proxy.dir / "logs/access.log").touch()
        self.process = subprocess.Popen(
            [BIN / "tocsin-exporter", f"--web.listen-address={self.url.removeprefix('http://')}",
             f"--nginx.access-log={proxy.dir}/logs/access.log", "--nginx.pool=blue", "--nginx.pool=green",
             f"--nginx.error-log={proxy.dir}/logs/error.log", "--web.enable-evidence", "--no-collector.host"], stderr=subprocess.DEVNULL)

    def __enter__(self):
        until("the exporter answers", lambda: ask(self.url + "/-/ready")[0] == 200)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(15)

    def value(self, series):
        found = re.search("^" + re.escape(series) + r" (\S+)$", ask(self.url + "/metrics")[2], re.M)
        return float(found[1]) if found else None


class FailoverTest(unittest.TestCase):
    def play(self, rate, most_seconds):
        """Traffic at `rate`, blue failing for three of nginx's trials, blue back."""
        with Proxy() as proxy, Exporter(proxy) as exporter:
            traffic = Traffic(proxy.site, rate)
            traffic.start()
            try:
                until("blue serves", lambda: exporter.value('nginx_pool_active{pool="blue"}') == 1)
                time.sleep(3)  # a share of the traffic to judge by
                proxy.chaos("blue", "start?mode=error")
                until("the failover is counted", lambda: exporter.value(BLUE_TO_GREEN) == 1)
                counted = time.time()
                self.assertLess(counted - self.first_retry(proxy), most_seconds)
                time.sleep(7)
                self.assertEqual((exporter.value(BLUE_TO_GREEN), exporter.value(GREEN_TO_BLUE)), (1, 0))
                self.assertGreaterEqual(len(self.retries(proxy)), 3, "nginx tried blue again, in vain")
                proxy.chaos("blue", "stop")
                until("blue serves again", lambda: exporter.value('nginx_pool_active{pool="blue"}') == 1)
                time.sleep(1)
                self.assertEqual((exporter.value(BLUE_TO_GREEN), exporter.value(GREEN_TO_BLUE)), (1, 1))
            finally:
                traffic.stop()
            self.assertEqual(traffic.failures, [])

    @staticmethod
    def retries(proxy):
        return [float(line["msec"]) for line in proxy.log() if "," in line["upstream_status"]]

    def first_retry(self, proxy):
        return self.retries(proxy)[0]

    def test_at_a_hundred_requests_a_second(self):
        self.play(100, 0.6)

    def test_at_ten_requests_a_second(self):
        self.play(10, 1.2)

    def test_at_two_requests_a_second(self):
        self.play(2, 3)

    def test_the_error_log_names_the_pool_that_refuses(self):
        with Proxy() as proxy, Exporter(proxy) as exporter:
            blue = f"127.0.0.1:{proxy.ports['blue']}"
            for number in range(5):
                ask(f"{proxy.site}/version?{number}")
            proxy.backends["blue"].terminate()
            proxy.backends["blue"].wait(15)
            self.assertEqual(ask(f"{proxy.site}/version?token=secret")[0], 200)
            until("the message is counted", lambda: exporter.value(
                f'nginx_error_log_upstream_messages_total{{upstream="{blue}",pool="blue",category="connection_refused"}}') == 1)
            self.assertEqual(exporter.value('nginx_error_log_messages_total{level="error",category="connection_refused"}'), 1)
            lines = until("the retry is evidence", lambda: json.loads(
                ask(exporter.url + "/evidence?class=retry&pool=green")[2])["lines"])
            self.assertEqual((lines[0]["classes"], lines[0]["fields"]["upstream_status"]), (["error", "retry"], "502, 200"))
            self.assertNotIn("secret", json.dumps(lines))

    def test_one_failed_request_among_many_is_a_retry(self):
        with Proxy() as proxy, Exporter(proxy) as exporter:
            for number in range(60):
                ask(f"{proxy.site}/version?{number}")
            proxy.chaos("blue", "start?mode=error")
            ask(f"{proxy.site}/version?failing")
            proxy.chaos("blue", "stop")
            line = proxy.last_line("?failing")
            self.assertEqual(line["upstream_status"], "500, 200", json.dumps(line))
            time.sleep(3.2)  # nginx stays away from blue for two seconds by a clock of whole ones
            for number in range(60):
                ask(f"{proxy.site}/version?again{number}")
            proxy.last_line("?again59")
            until("all is read", lambda: exporter.value('nginx_upstream_retries_total{pool="green"}') == 1)
            self.assertEqual(exporter.value('nginx_pool_active{pool="blue"}'), 1)
            self.assertEqual((exporter.value(BLUE_TO_GREEN), exporter.value(GREEN_TO_BLUE)), (0, 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)
