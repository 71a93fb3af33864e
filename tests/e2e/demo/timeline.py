"""Events, each with the seconds since what caused it."""

import time


class Timeline:
    def __init__(self):
        self._begin = time.time()
        self._events = []  # (event, at, cause, cause's time)

    def add(self, event, at, cause=None):
        """Notes an event that an earlier one, by its name, has caused; shows it at once.

        What has to be polled is seen a little late, so an effect may have been seen before its cause; then the cause was
        no later than the effect."""
        caused_at = next((min(known_at, at) for known, known_at, *_ in self._events if known == cause), None)
        self._events.append((event, at, cause, caused_at))
        since = "" if caused_at is None else f", {at - caused_at:.2f} s after: {cause}"
        print(f"» {at - self._begin:6.2f} s  {event}{since}", flush=True)
        return at

    def table(self):
        width = max(len(event) for event, *_ in self._events)
        lines = [f"{'at':>8}  {'event':<{width}}  since its cause"]
        for event, at, cause, caused_at in sorted(self._events, key=lambda entry: entry[1]):
            since = "" if caused_at is None else f"{at - caused_at:6.2f} s  {cause}"
            lines.append(f"{at - self._begin:6.2f} s  {event:<{width}}  {since}".rstrip())
        return "\n".join(lines)
