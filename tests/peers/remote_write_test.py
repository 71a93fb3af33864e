#!/usr/bin/env python3
"""Remote write against the real thing. A real Prometheus that scrapes writes what it has into tocsin: no sample may fail,
and afterwards both have the same. Then both receivers get the same requests, good and bad, and have to answer alike.

    remote_write_test.py [--seconds N]
"""
import argparse, http.server, json, os, struct, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "promql"))
from oracle import Prometheus, field, free_port, snappy, varint, wait_for, write_request

PEERS = os.path.join(os.environ.get("PEERS", os.path.expanduser("~/peers")), "bin")
TOCSIN = os.path.join(os.path.abspath(os.environ.get("TOCSIN_BIN", "build/release/bin")), "tocsin")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
SERIES = 200


class Target(http.server.BaseHTTPRequestHandler):
    """Counters that move, a NaN, and series that come and go, so that there are stale markers."""
    scrapes = 0

    def do_GET(self):
        Target.scrapes += 1
        lines = [f'work_total{{worker="{i}"}} {Target.scrapes * i}' for i in range(SERIES)]
        lines += ["odd NaN", "big +Inf"] + ([f'flicker{{round="{Target.scrapes}"}} 1'] if Target.scrapes % 2 else [])
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(("\n".join(lines) + "\n").encode())

    def log_message(self, *_):
        pass


def ask(base, endpoint, **parameters):
    with urllib.request.urlopen(f"{base}/api/v1/{endpoint}?{urllib.parse.urlencode(parameters)}") as answer:
        return json.load(answer)["data"]["result"]


def metric(base, name):
    """The sum over the series of that name on /metrics."""
    with urllib.request.urlopen(base + "/metrics") as page:
        lines = page.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name)


def tocsin():
    base = f"http://127.0.0.1:{free_port()}"
    process = subprocess.Popen([TOCSIN, "serve", "--web.listen-address=" + base.removeprefix("http://"),
                                "--storage.retention=24h"], cwd=tempfile.gettempdir(), **QUIET)
    wait_for(lambda: urllib.request.urlopen(base + "/-/ready").status == 200, 20)
    return process, base


def values(base, query, at):
    return sorted((json.dumps(r["metric"], sort_keys=True), r["values"]) for r in ask(base, "query", query=query, time=at))


def pushes(seconds):
    """A Prometheus pushes for a while; gives the faults found."""
    target = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    ours, base = tocsin()
    faults = []
    with tempfile.TemporaryDirectory() as directory:
        with open(directory + "/p.yml", "w") as out:
            out.write(f"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nremote_write: [{{url: {base}/api/v1/write}}]\n"
                      f"scrape_configs: [{{job_name: work, static_configs: [{{targets: ['127.0.0.1:{target.server_port}']}}]}}]\n")
        address = f"127.0.0.1:{free_port()}"
        theirs = subprocess.Popen([PEERS + "/prometheus", f"--config.file={directory}/p.yml",
                                   f"--storage.tsdb.path={directory}/data", "--web.listen-address=" + address], **QUIET)
        writer = "http://" + address
        try:
            wait_for(lambda: ask(base, "query", query='up{job="work"} == 1'), 60)
            time.sleep(seconds)
            at = time.time() - 5  # what is there by now has been sent
            wait_for(lambda: values(base, f"timestamp(up)[{seconds}s:1s]", at) ==
                     values(writer, f"timestamp(up)[{seconds}s:1s]", at), 30)
            for name in ("failed", "retried", "dropped"):
                count = metric(writer, f"prometheus_remote_storage_samples_{name}_total")
                if count:
                    faults.append(f"{count:.0f} samples {name}")
            for query in (f'{{job="work"}}[{seconds}s]', f"count_over_time(flicker[{seconds}s])[5s:1s]", "flicker[1s:1s]"):
                if values(writer, query, at) != values(base, query, at):
                    faults.append(f"{query} at {at} differs")
            sent = metric(writer, "prometheus_remote_storage_samples_total")
            taken = metric(base, "tocsin_remote_write_received_samples_total")
            refused = metric(base, "tocsin_remote_write_refused_samples_total")
            print(f"{seconds} s: {sent:.0f} samples sent, {taken:.0f} taken, {refused:.0f} refused")
            if refused or not taken or taken < SERIES * seconds * 0.8:
                faults.append("too few samples taken, or some refused")
        finally:
            for process in (theirs, ours):
                process.terminate()
                process.wait()
            target.shutdown()
    return faults


def post(url, body, headers):
    request = urllib.request.Request(url + "/api/v1/write", body, {"Content-Type": "", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def requests(now):
    """(name, body, headers, whether the words have to agree too; or what we alone answer)"""
    ms = int(now * 1000)
    good = snappy(write_request([({"__name__": "w"}, [[ms, "1"]])]))
    metadata = snappy(field(3, b"\x08\x01" + field(2, b"w") + field(4, b"help")))
    exemplar = field(3, field(1, field(1, b"trace_id") + field(2, b"x")) + b"\x11" + struct.pack("<d", 1) + b"\x18" + varint(ms))
    with_exemplar = snappy(field(1, field(1, field(1, b"__name__") + field(2, b"e")) + exemplar))
    proto = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}
    yield "a sample", good, proto, True
    yield "the same again", good, proto, True
    yield "without headers", good, {}, True
    yield "named proto", good, {**proto, "Content-Type": "application/x-protobuf;proto=prometheus.WriteRequest"}, True
    yield "nothing", snappy(b""), proto, True
    yield "metadata", metadata, proto, True
    yield "an exemplar alone", with_exemplar, proto, True
    yield "older", snappy(write_request([({"__name__": "w"}, [[ms - 1000, "1"]])])), proto, False
    yield "another value", snappy(write_request([({"__name__": "w"}, [[ms, "2"]])])), proto, False
    yield "the future", snappy(write_request([({"__name__": "w"}, [[ms + 3600_000, "1"]])])), proto, False
    yield "version 2", good, {**proto, "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}, 415
    yield "an unknown proto", good, {**proto, "Content-Type": "application/x-protobuf;proto=x"}, False
    yield "JSON", b"{}", {**proto, "Content-Type": "application/json"}, False
    yield "gzip", good, {**proto, "Content-Encoding": "gzip"}, True
    yield "no snappy", b"hello", proto, False
    yield "no protobuf", snappy(b"\x0a\x05ab"), proto, False


def answers():
    """Both receivers get the same; gives the faults found."""
    theirs = Prometheus(PEERS + "/prometheus")
    ours, base = tocsin()
    faults, count = [], 0
    try:
        for name, body, headers, words in requests(time.time()):
            wanted, got = post(theirs.url, body, headers), post(base, body, headers)
            count += 1
            if isinstance(words, bool):
                same = wanted == got if words else wanted[0] == got[0]
            else:
                same = got[0] == words
            if not same:
                faults.append(f"{name}: wanted {wanted}, got {got}")
    finally:
        theirs.stop()
        ours.terminate()
        ours.wait()
    print(f"{count} requests, {len(faults)} answers differ")
    return faults


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--seconds", type=int, default=15)
    args = args.parse_args()
    if not os.path.exists(PEERS + "/prometheus"):
        print("skipped: no " + PEERS + "/prometheus; tests/peers/install fetches it")
        return 77
    faults = answers() + pushes(args.seconds)
    print("\n".join("--- " + fault for fault in faults) or "all as it should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
