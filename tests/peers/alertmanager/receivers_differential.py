#!/usr/bin/env python3
"""The requests that each receiver makes, against those of the real Alertmanager: method, address, the headers that matter,
and the body, JSON by its values. Every case of receiver_cases.py hears two alerts fire, one end, and then the other.

    receivers_differential.py [CASE...]
"""
import base64, http.server, json, ssl, subprocess, sys, tempfile, threading, time

from pair import PEERS, Pair, SIDES, rfc3339
from receiver_cases import AT_FIRST, CASES, HOSTS

HEADERS = ("Content-Type", "Authorization", "X-Team", "X-Lower")
ANNOTATIONS = {"summary": "<b>bold</b> & \"quoted\" ünïcode <!channel>", "description": "line one\nline two"}


class Request:
    def __init__(self, origin, method, address, headers, body):
        (self.side, self.case), self.method, self.address = origin, method, address
        self.headers = {name: headers.get_all(name) for name in HEADERS if headers.get_all(name)}
        try:
            self.body = json.loads(body)
        except ValueError:
            self.body = body.decode()

    def all(self):
        return self.method, self.address, self.headers, self.body

    def shown(self):
        return f"{self.method} {self.address} {self.headers}\n      {json.dumps(self.body, sort_keys=True)[:1500]}"


class RequestSink:
    """Answers as the services do, keeps what it is asked; as a proxy it plays every host, with its own certificate."""

    def __init__(self, folder):
        self.heard, self.lock, sink = [], threading.Lock(), self
        certificate(folder)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{folder}/ca.pem", f"{folder}/key.pem")

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, origin, host = "HTTP/1.1", None, None

            def do_CONNECT(self):
                self.origin, self.host = proxied_for(self.headers), self.path.split(":")[0]
                self.send_response(200)
                self.end_headers()
                self.connection = tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.host:
                    origin, address = self.origin, f"https://{self.host}{self.path}"
                elif self.path.startswith("http:"):
                    origin, address = proxied_for(self.headers), self.path
                else:
                    _, side, case, address = (self.path + "/").split("/", 3)
                    origin, address = (side, case), "/" + address.removesuffix("/")
                with sink.lock:
                    sink.heard.append(Request(origin, self.command, address, self.headers, body))
                status, answer = answer_to(origin[1], address)
                self.send_response(status)
                if status == 307:
                    self.send_header("Location", "/" + "/".join(origin) + "/there")
                self.send_header("Content-Type", "application/json" if answer.startswith("{") else "text/plain")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            do_PUT = do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def certificate(folder):
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=sink",
                    "-addext", f"subjectAltName={names}", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/ca.pem"], check=True, capture_output=True)


def proxied_for(headers):
    return tuple(base64.b64decode(headers["Proxy-Authorization"].split()[1]).decode().split(":"))


def answer_to(case, address):
    if address == "/token":
        return 200, json.dumps({"access_token": "tok", "token_type": "bearer", "expires_in": 3600})
    if address == "/redirect":
        return 307, ""
    if address.endswith("/sendMessage"):
        return 200, json.dumps({"ok": True, "result": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}}})
    if "/chat." in address or case.startswith("slack_bot"):
        return 200, json.dumps({"ok": True, "channel": "C2ID", "ts": "1700000000.000001"})
    return 200, "ok"


def placed(options, case):
    """The options with the case in the addresses, by which the sink knows whose a request is."""
    text = json.dumps(options).replace("SINK", f"SINK/{case}").replace("PROXY", f"http://SIDE:{case}@127.0.0.1:PORT")
    return json.loads(text)


class ReceiverPair(Pair):
    def write(self, config):
        for side in SIDES:
            text = config.replace("SINK", f"http://127.0.0.1:PORT/{side}").replace("PORT", str(self.sink.port)).replace("SIDE", side)
            (self.folder / f"{side}.yml").write_text(text.replace('"CA"', f'"{self.folder}/ca.pem"'))


def config(names):
    routes = [{"matchers": [f"case=\"{name}\""], "receiver": name} for name in names]
    receivers = [{"name": name, f"{CASES[name][0]}_configs": [placed(CASES[name][1], name)]} for name in names]
    return json.dumps({"route": {"receiver": "none", "group_by": ["alertname", "case"], "group_wait": "1s", "group_interval": "2s", "routes": routes},
                       "receivers": receivers + [{"name": "none"}]})


def run(names):
    with tempfile.TemporaryDirectory() as folder:
        sink = RequestSink(folder)
        pair = ReceiverPair(folder, sink, config(names))
        try:
            start, wall = time.monotonic() + 0.2, time.time() + 0.2
            # They start now: an alert older than group_wait is sent at once, and the two would race for the first message.
            alerts = lambda i, end: [{"labels": {"alertname": "It <burns>", "case": name, "i": i, "severity": "critical", "teams": "t1, t2"},
                                      "annotations": dict(ANNOTATIONS, number=i), "generatorURL": "http://g/?a=1&b=2", "startsAt": rfc3339(wall),
                                      "endsAt": rfc3339(end)} for name in names]
            for at, sent in ((0, alerts("1", wall + 60) + alerts("2", wall + 60)), (1.6, alerts("1", wall + 1.5)), (3.6, alerts("2", wall + 3.5))):
                time.sleep(max(0, start + at - time.monotonic()))
                pair.both("POST", "/api/v2/alerts", sent)
            time.sleep(max(0, start + 6.5 - time.monotonic()))
        finally:
            pair.stop()
    return {name: {side: [r for r in sink.heard if (r.side, r.case) == (side, name)] for side in SIDES} for name in names}


def same(name, sides):
    theirs, ours = ([r.all() for r in sides[side]][:AT_FIRST.get(name)] for side in SIDES)
    return bool(theirs) and theirs == ours


def main():
    if not (PEERS / "alertmanager").exists():
        print(f"no alertmanager in {PEERS}: skipped")
        return 77
    names = set(sys.argv[1:]) or set(CASES)
    requests, differing = 0, names
    for _ in range(3):  # a busy machine can put what belongs into one message into two: what differs is tried again
        heard = run(differing)
        differing = {name for name, sides in heard.items() if not same(name, sides)}
        requests += sum(len(sides["alertmanager"]) for name, sides in heard.items() if name not in differing)
        if not differing:
            break
    for name in sorted(differing):
        print(f"DIFFERENT {name}")
        for side in SIDES:
            print(f"  {side}", *(r.shown() for r in heard[name][side]), sep="\n    ")
    print(f"{len(names)} cases, {requests} requests of Alertmanager's, differences: {len(differing)}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
