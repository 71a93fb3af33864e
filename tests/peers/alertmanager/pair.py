"""A real Alertmanager and a tocsin side by side, told the same things, and a sink that hears what each of them sends."""
import contextlib, http.server, json, os, pathlib, re, signal, socket, subprocess, tempfile, threading, time, urllib.error
import urllib.request

PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ["TOCSIN_BIN"]) / "tocsin"
SIDES = ("alertmanager", "tocsin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rfc3339(t):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t)) + f".{int(t * 1000) % 1000:03d}Z"


class Sink:
    """Keeps every request as (moment, body) by side and path; `answers` gives a path statuses to answer with first."""

    def __init__(self):
        self.heard, self.answers, self.lock = {}, {}, threading.Lock()
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                _, side, path = self.path.split("/", 2)
                with sink.lock:
                    heard = sink.heard.setdefault((side, path), [])
                    heard.append((time.monotonic(), body, dict(self.headers)))
                    planned = sink.answers.get(path, [])
                    status = planned[len(heard) - 1] if len(heard) <= len(planned) else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, side, path):
        return f"http://127.0.0.1:{self.port}/{side}/{path}"


class Pair:
    """Both programs on a configuration of each; SINK in the configuration's text becomes the sink's URL of that side.

    `cluster` is the address on which the Alertmanager, all alone, gossips; without one it doesn't.
    """

    def __init__(self, folder, sink, config, tocsin_flags=(), cluster=""):
        self.cluster = cluster
        self.folder, self.sink, self.ports, self.processes, self.tocsin_flags = pathlib.Path(folder), sink, {}, {}, tocsin_flags
        self.write(config)
        for side in SIDES:
            self.ports[side] = free_port()
            self.start(side)
        for side in SIDES:
            self.wait_ready(side)

    def write(self, config):
        for side in SIDES:
            (self.folder / f"{side}.yml").write_text(config.replace("SINK", f"http://127.0.0.1:{self.sink.port}/{side}"))

    def start(self, side):
        listen = f"--web.listen-address=127.0.0.1:{self.ports[side]}"
        file, url = self.folder / f"{side}.yml", "--web.external-url=http://alerts.example"
        if side == "alertmanager":
            command = [PEERS / "alertmanager", f"--config.file={file}", listen, url, "--web.route-prefix=/", f"--cluster.listen-address={self.cluster}",
                       f"--storage.path={self.folder}/data"]
        else:
            command = [TOCSIN, "serve", f"--notify.config-file={file}", listen, url, "--no-notify.resolve-muted", *self.tocsin_flags]
        log = open(self.folder / f"{side}.log", "ab")
        self.processes[side] = subprocess.Popen(command, stdout=log, stderr=log)

    def wait_ready(self, side):
        for _ in range(300):
            with contextlib.suppress(OSError):
                if self.ask(side, "GET", "/-/ready")[0] == 200:
                    return
            if self.processes[side].poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"{side} did not start:\n" + (self.folder / f"{side}.log").read_text()[-3000:])

    def ask(self, side, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[side]}{path}", data, {"Content-Type": "application/json"},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def both(self, method, path, body=None):
        """Asks both at the same moment; the answers by side."""
        answers = {}
        threads = [threading.Thread(target=lambda s=side: answers.__setitem__(s, self.ask(s, method, path, body))) for side in SIDES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
