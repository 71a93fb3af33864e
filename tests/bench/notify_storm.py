#!/usr/bin/env python3
"""A storm of alerts, each a group of its own, posted over API v2 and delivered to a webhook: the real Alertmanager, tocsin
without and with a state file, and a bare libcurl program that only POSTs as many bodies, in turn and in one run.

  usage: tests/bench/notify_storm.py PROGRAMS [--alerts N] [--rounds N] [--floor PROGRAM] [--alertmanager PROGRAM]

PROGRAMS is the folder with tocsin (build/release/bin); --floor is bench_notify_post_floor of the preset `bench`. Printed are
the time from the first POST to the last delivery, the processor time and the greatest resident memory of each, and of
tocsin the ratio to Alertmanager and to libcurl of the same round: processor times count what a busy machine does not disturb.
"""
import argparse, asyncio, json, os, pathlib, signal, socket, subprocess, sys, tempfile, threading, time, urllib.request

BATCH = 500
SETTLE_SECONDS = 5  # a server has been up for a while when a storm comes
TICKS = os.sysconf("SC_CLK_TCK")


class Sink(asyncio.Protocol):
    """Counts POSTs and answers them, with as little work as Python can do."""
    count, labels, last = 0, set(), 0.0

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.index(b"content-length:") + 15
            length = int(head[at:].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4:end + 4 + length]
            self.buffer = self.buffer[end + 4 + length:]
            at = body.find(b'"n":"')
            Sink.labels.add(body[at + 5:body.index(b'"', at + 5)] if at >= 0 else Sink.count)
            Sink.count, Sink.last = Sink.count + 1, time.monotonic()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def start_sink():
    ready, port = threading.Event(), []

    async def serve():
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, backlog=1024)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait()
    return port[0]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def usage(pid):
    """Processor seconds, and the greatest resident memory in MB, so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    peak = next(line for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / TICKS, int(peak.split()[1]) / 1024


def post_all(port, count):
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    for first in range(0, count, BATCH):
        alerts = [{"labels": {"alertname": "BackendHighCPU", "n": str(n), "pool": "blue" if n % 2 else "green", "severity": "page"},
                   "annotations": {"summary": f"cpu high on {n}"}, "startsAt": start, "generatorURL": "http://x/y"}
                  for n in range(first, min(first + BATCH, count))]
        request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v2/alerts", json.dumps(alerts).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=60).read()


def storm(command, port, count):
    """Seconds to the last delivery, processor seconds, MB."""
    Sink.count, Sink.labels = 0, set()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5)
                    break
                except OSError:
                    time.sleep(0.05)
            time.sleep(SETTLE_SECONDS)
            before, _ = usage(process.pid)
            started = time.monotonic()
            post_all(port, count)
            while len(Sink.labels) < count and time.monotonic() < started + 300:
                time.sleep(0.02)
            if len(Sink.labels) < count:
                sys.exit(f"{command[0]}: {len(Sink.labels)} of {count} delivered")
            lasted = Sink.last - started
            time.sleep(0.5)
            after, peak = usage(process.pid)
            return lasted, after - before, peak
        finally:
            process.send_signal(signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--alerts", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--floor", type=pathlib.Path)
    parser.add_argument("--alertmanager", type=pathlib.Path, default=pathlib.Path.home() / "peers/bin/alertmanager")
    args = parser.parse_args()
    sink = start_sink()
    for number in range(args.rounds):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "alertmanager.yml")
            config.write_text(json.dumps({
                "route": {"receiver": "sink", "group_by": ["..."], "group_wait": "0s", "group_interval": "5m"},
                "receivers": [{"name": "sink", "webhook_configs": [{"url": f"http://127.0.0.1:{sink}/"}]}]}))
            results = {}

            def measure(name, make):
                port = free_port()
                results[name] = storm([str(part) for part in make(port)], port, args.alerts)

            if args.alertmanager.exists():
                measure("alertmanager", lambda port: [args.alertmanager, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}",
                                                      "--cluster.listen-address=", f"--storage.path={folder}/data"])
            serve = lambda port: [args.programs / "tocsin", "serve", f"--notify.config-file={config}", f"--web.listen-address=127.0.0.1:{port}"]
            measure("tocsin", serve)
            measure("tocsin, kept", lambda port: serve(port) + [f"--state.path={folder}/state.db"])
            if args.floor:
                Sink.count, Sink.labels = 0, set()
                before = os.times()
                subprocess.run([args.floor, f"http://127.0.0.1:{sink}/", str(args.alerts)], check=True, stdout=subprocess.DEVNULL)
                after = os.times()
                results["libcurl alone"] = (after.elapsed - before.elapsed, after.children_user + after.children_system - before.children_user - before.children_system, 0)
            theirs, least = results.get("alertmanager"), results.get("libcurl alone")
            for name, (lasted, cpu, peak) in results.items():
                ratio = f"  {cpu / theirs[1]:.2f} of its CPU, {peak / theirs[2]:.3f} of its memory, {lasted / theirs[0]:.2f} of its time" if theirs and name.startswith("tocsin") else ""
                ratio += f"  {cpu / least[1]:.1f} times libcurl's" if least and name.startswith("tocsin") else ""
                print(f"round {number + 1}  {name:14} {lasted:6.2f} s  {cpu:6.2f} CPU-s  {peak:6.1f} MB{ratio}", flush=True)


if __name__ == "__main__":
    main()
