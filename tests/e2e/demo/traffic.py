"""A paced stream of GETs over a few kept connections, and the count of those that failed."""

import http.client
import threading
import time
import urllib.parse

CONNECTIONS = 8
TIMEOUT = 10  # seconds; a request that takes longer has failed


class Traffic:
    """`rate` requests a second in all, from start to stop; set_rate changes it at any time."""

    def __init__(self, site, rate, path="/version"):
        self._address = urllib.parse.urlsplit(site).netloc
        self._path = path
        self._interval = 1 / rate
        self._next = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(CONNECTIONS)]
        self.durations = []
        self.failures = []  # (time, what went wrong)

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def set_rate(self, rate):
        with self._lock:
            self._interval = 1 / rate

    @property
    def count(self):
        return len(self.durations) + len(self.failures)

    def percentile(self, share):
        ordered = sorted(self.durations)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")

    def _wait_for_turn(self):
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._interval
        return not self._stop.wait(max(0, turn - time.monotonic()))

    def _client(self):
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        while self._wait_for_turn():
            begin = time.monotonic()
            fault = self._get(connection)
            if fault:
                self.failures.append((time.time(), fault))
                connection.close()
            else:
                self.durations.append(time.monotonic() - begin)
        connection.close()

    def _get(self, connection):
        try:
            connection.request("GET", self._path)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        return None if response.status == 200 else f"status {response.status}"
