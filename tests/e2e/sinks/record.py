"""What arrived, and which faults are switched on. Both are shared by the two servers' threads."""

import json
import threading
import time


class Record:
    """Every message in the order of arrival: kept, appended to a file, and shown on standard output."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self._messages = []
        self._file = open(path, "a", encoding="utf-8") if path else None

    def add(self, kind, outcome, message, shown):
        entry = {"at": time.time(), "kind": kind, "outcome": outcome, "message": message}
        with self._lock:
            self._messages.append(entry)
            if self._file:
                self._file.write(json.dumps(entry) + "\n")
                self._file.flush()
            print(shown, flush=True)

    def messages(self):
        with self._lock:
            return list(self._messages)


class Faults:
    """The fault that the next message of a kind meets, if any."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = {}

    def set(self, kind, fault):
        with self._lock:
            self._faults[kind] = dict(fault)

    def clear(self):
        with self._lock:
            self._faults.clear()

    def take(self, kind):
        with self._lock:
            fault = self._faults.get(kind)
            if fault and "times" in fault:
                fault["times"] -= 1
                if fault["times"] <= 0:
                    del self._faults[kind]
            return fault


def box(heading, lines):
    """A message in a frame: `heading` on its upper edge, `lines` (which may hold several) inside."""
    text = "\n".join(lines).splitlines()
    return "\n".join([f"╭─ {heading}", *(f"│ {line}".rstrip() for line in text), "╰─"])


def clock(at=None):
    at = time.time() if at is None else at
    return time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03d}"
