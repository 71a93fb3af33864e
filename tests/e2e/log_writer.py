"""Writes an access log as fast as it can be read, rotating it all the while, and knows exactly what it wrote.

    log_writer.py FOLDER rename|copytruncate SEED

Runs until its standard input ends, then prints how often it wrote each line of LINES, and its rotations, as JSON.
"""

import json
import os
import pathlib
import random
import select
import shutil
import sys
import time

TEACHING = 2   # the first lines of LINES, written once: they tell which server belongs to which pool
KEPT_SECONDS = 600   # an old file is removed once nobody can still need it, however busy the machine is
BYTES_AHEAD = 1 << 20   # written between two pauses: full speed, in bursts that a debug build can follow


def request(method, status, pool, upstreams="", upstream_statuses="", times="", seconds="0.012", size=512):
    return ('"request":"%s /path HTTP/1.1","status":"%s","body_bytes_sent":"%d","request_time":"%s","upstream_addr":"%s",'
            '"upstream_status":"%s","upstream_response_time":"%s","pool":"%s","release":"1"}'
            % (method, status, size, seconds, upstreams, upstream_statuses, times, pool))


BLUE, GREEN = "10.0.0.1:80", "10.0.0.2:80"
LINES = [
    request("GET", 200, "blue", BLUE, "200", "0.001"),
    request("GET", 200, "green", GREEN, "200", "0.001"),
    request("GET", 200, "blue", BLUE, "200", "0.010", "0.011", 10_000),
    request("POST", 201, "blue", BLUE, "201", "0.250", "0.251", 17),
    request("GET", 404, "blue", BLUE, "404", "0.002", "0.003"),
    request("GET", 200, "blue", f"{GREEN}, {BLUE}", "502, 200", "0.100, 0.020", "0.121"),
    request("GET", 500, "green", f"{BLUE}, {GREEN}", "500, 500", "0.001, 7.5", "7.501", 0),
    request("HEAD", 304, "green", GREEN, "304", "0.004", "0.004", 0),
    request("BREW", 799, "green", GREEN, "200", "-", "61"),
    '"request":"GET / HTTP/1.1","status":"200","pool":"blue","request_time":,"body_bytes_sent":"5"}',
    '"request":"G\\xffT \x00/\xff","status":"400","pool":"blue"}',
]
BAD = len(LINES)        # what is no JSON
LONG = len(LINES) + 1   # longer than a line may be


def render(kind, number):
    if kind == BAD:
        return b"no JSON, number %d\n" % number
    if kind == LONG:
        return b'{"id":"%d' % number + b"x" * (1 << 20) + b"\n"
    return b'{"id":"%012d",' % number + LINES[kind].encode("latin-1") + b"\n"


class Writer:
    def __init__(self, folder, mode, seed):
        self.path = pathlib.Path(folder) / "access.log"
        self.mode = mode
        self.random = random.Random(seed)
        self.counts = [0] * (len(LINES) + 2)
        self.number = self.bytes = self.rotations = 0
        self.old = []
        self.open()

    def open(self):
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def put(self, data):
        while data:
            data = data[os.write(self.file, data):]

    def lines(self, count):
        kinds = self.random.choices(range(TEACHING, BAD + 1), k=count)
        if self.random.random() < 0.002:
            kinds.append(LONG)
        block = []
        for kind in kinds:
            self.number += 1
            self.counts[kind] += 1
            block.append(render(kind, self.number))
        return b"".join(block)

    def write(self):
        """Now and then in two pieces, the first of which ends in the middle of a line."""
        block = self.lines(self.random.choice((1, 20, 400)))
        self.bytes += len(block)
        if self.random.random() < 0.2:
            cut = self.random.randrange(len(block))
            self.put(block[:cut])
            time.sleep(self.random.random() * 0.01)
            self.put(block[cut:])
        else:
            self.put(block)

    def rotate(self):
        old = self.path.with_name(f"access.log.{self.rotations + 1}")
        if self.mode == "rename":
            os.rename(self.path, old)
            for _ in range(self.random.choice((0, 0, 1, 5))):   # a writer that has not been told yet
                self.write()
            os.close(self.file)
            time.sleep(self.random.choice((0, 0, 0.05)))   # no file of that name
            self.open()
        else:
            shutil.copyfile(self.path, old)
            os.truncate(self.path, 0)
        self.rotations += 1
        self.old.append((time.monotonic(), old))
        while self.old and time.monotonic() - self.old[0][0] > KEPT_SECONDS:
            self.old.pop(0)[1].unlink()

    def run(self):
        for kind in range(TEACHING):
            self.number += 1
            self.counts[kind] += 1
            self.put(render(kind, self.number))
        next_rotation = time.monotonic() + 0.5
        while not select.select([sys.stdin], [], [], 0)[0]:
            before = self.bytes
            while self.bytes - before < BYTES_AHEAD and time.monotonic() < next_rotation:
                self.write()
                if self.random.random() < 0.02:
                    time.sleep(self.random.random() * 0.1)
            if time.monotonic() >= next_rotation:
                self.rotate()
                next_rotation = time.monotonic() + self.random.choice((0.02, 0.1, 0.5, 1))
            else:
                time.sleep(0.1)


if __name__ == "__main__":
    writer = Writer(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    writer.run()
    print(json.dumps({"counts": writer.counts, "rotations": writer.rotations, "bytes": writer.bytes}))
