#!/usr/bin/env python3
"""A real tocsin against receivers that misbehave: Slack answering 500, 429, an error in a 200, or nothing; a mail server that
refuses, greylists, drops the line within DATA, has a bad certificate, or refuses the password; a disk that is full under the
notification log. What may pass is delivered once it does, what won't is given up at once, and no log line holds a secret."""

import http.server
import json
import pathlib
import resource
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from running import BIN, answers, ask, free_ports, until

SECRET = "s3cr3t-path"
PASSWORD = "p4ssw0rd-wrong"


class SlackSink:
    """Answers each request by the next of `plan`: (status, headers, body), or None to hang; when it is used up, 200 ok."""

    def __init__(self):
        self.bodies, self.times, self.plan = [], [], []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                step = sink.plan.pop(0) if sink.plan else (200, {}, "ok")
                sink.times.append(time.monotonic())
                if step is None:
                    time.sleep(30)
                    return
                status, headers, answer = step
                if status == 200 and answer == "ok":
                    sink.bodies.append(body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/{SECRET}"


class MailServer:
    """aiosmtpd; `rcpt` and `data` are replies to give first, "drop" closes the line."""

    def __init__(self, folder, tls=False, auth=False):
        self.mails, self.rcpt, self.data = [], [], []
        outer = self

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if outer.rcpt:
                    return outer.rcpt.pop(0)
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                reply = outer.data.pop(0) if outer.data else "250 taken"
                if reply == "drop":
                    server.transport.abort()
                    return "451 gone"
                if reply.startswith("2"):
                    outer.mails.append((envelope.rcpt_tos, envelope.original_content.decode()))
                return reply

        options = {}
        if tls:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=other.example",
                            "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
            options["tls_context"] = context
        if auth:
            options |= {"authenticator": lambda *_: AuthResult(success=False), "auth_required": True, "auth_require_tls": False}

        class Server(Controller):
            def factory(self):
                return SMTP(self.handler, hostname="mail.test", **options)

        self.controller = Server(Handler(), hostname="127.0.0.1", port=free_ports(1)[0])
        self.controller.start()
        self.address = f"127.0.0.1:{self.controller.port}"


class Engine:
    def __init__(self, folder, receiver, flags=()):
        config = {"route": {"receiver": "team", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"},
                  "receivers": [dict(receiver, name="team")]}
        pathlib.Path(folder, "alertmanager.yml").write_text(json.dumps(config))
        self.port, self.log = free_ports(1)[0], pathlib.Path(folder, "log")
        with open(self.log, "ab") as log:
            command = [BIN / "tocsin", "serve", f"--notify.config-file={folder}/alertmanager.yml", "--log.level=debug",
                       f"--web.listen-address=127.0.0.1:{self.port}", *flags]
            # A write beyond a limit is to be an error, as on a full disk, and no signal.
            self.process = subprocess.Popen(command, stdout=log, stderr=log, restore_signals=False,
                                            preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
        answers(f"http://127.0.0.1:{self.port}/-/ready")

    def fire(self, name):
        alerts = json.dumps([{"labels": {"alertname": name}}]).encode()
        return ask(f"http://127.0.0.1:{self.port}/api/v2/alerts", "POST", alerts, {"Content-Type": "application/json"})[0]

    def metric(self, start):
        page = ask(f"http://127.0.0.1:{self.port}/metrics")[2]
        return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines() if line.startswith(start))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        return self.log.read_text()


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.engine = None

    def tearDown(self):
        if self.engine:
            log = self.engine.stop()
            for secret in (SECRET, PASSWORD):
                self.assertNotIn(secret, log)
        self.folder.cleanup()

    def start(self, receiver, flags=()):
        self.engine = Engine(self.folder.name, receiver, flags)
        return self.engine

    def mail(self, server, **more):
        return {"email_configs": [dict({"to": "a@example.org, b@example.org", "from": "t@example.org", "smarthost": server.address, "require_tls": False}, **more)]}

    def test_slack_that_recovers_gets_each_message_once(self):
        sink = SlackSink()
        sink.plan = [(500, {}, "down"), (503, {}, "down"), (429, {"Retry-After": "1"}, "slow down")]
        engine = self.start({"slack_configs": [{"api_url": sink.url}]})
        engine.fire("Down")
        until("the message", lambda: sink.bodies)
        self.assertGreaterEqual(sink.times[3] - sink.times[2], 0.95, "Retry-After")
        time.sleep(1.5)
        self.assertEqual(len(sink.bodies), 1)

    def test_slack_that_refuses_is_not_asked_again_and_again(self):
        sink = SlackSink()
        sink.plan = [(200, {"Content-Type": "application/json"}, '{"ok":false,"error":"channel_not_found"}')] * 50
        engine = self.start({"slack_configs": [{"api_url": sink.url}]})
        engine.fire("Down")
        until("the failure", lambda: engine.metric("tocsin_notifications_failed_total") or engine.metric("tocsin_notify"), 5)
        time.sleep(2)
        self.assertLessEqual(len(sink.times), 5, "once an interval")
        self.assertIn("channel_not_found", engine.log.read_text())

    def test_slack_that_hangs_holds_up_no_other_receiver(self):
        hanging, good = SlackSink(), SlackSink()
        hanging.plan = [None] * 5000
        receivers = {"slack_configs": [{"api_url": hanging.url}, {"api_url": good.url}]}
        engine = self.start(receivers)

        def delays(count, prefix):
            started = {}
            for i in range(count):
                started[f"{prefix}{i}"] = time.monotonic()
                engine.fire(f"{prefix}{i}")
            until("all messages", lambda: len({b["attachments"][0]["title"] for b in good.bodies if prefix in b["attachments"][0]["title"]}) == count, 60)
            arrived = dict(zip((b["attachments"][0]["title"].split()[-1] for b in good.bodies), good.times))
            return sorted(arrived[name] - at for name, at in started.items())

        quiet = delays(100, "Quiet")
        alerts = json.dumps([{"labels": {"alertname": f"Flood{i}"}} for i in range(1000)]).encode()
        ask(f"http://127.0.0.1:{engine.port}/api/v2/alerts", "POST", alerts, {"Content-Type": "application/json"})
        until("the flood's messages", lambda: sum("Flood" in b["attachments"][0]["title"] for b in good.bodies) == 1000, 60)
        busy = delays(100, "Busy")
        print(f"p99 of the other receiver: {quiet[98] * 1000:.1f} ms before, {busy[98] * 1000:.1f} ms with 1000 messages hanging")
        self.assertLess(busy[98], quiet[98] + 0.25)
        self.assertLessEqual(len(hanging.times), 200, "the limit in flight")

    def test_mail_greylisted_arrives_later(self):
        server = MailServer(self.folder.name)
        server.rcpt = ["451 4.7.1 greylisted, come back"] * 3
        self.start(self.mail(server)).fire("Down")
        until("the mail", lambda: server.mails)
        self.assertEqual(server.mails[0][0], ["a@example.org", "b@example.org"])

    def test_mail_dropped_within_data_arrives_once(self):
        server = MailServer(self.folder.name)
        server.data = ["drop", "451 later"]
        self.start(self.mail(server)).fire("Down")
        until("the mail", lambda: server.mails)
        time.sleep(1.5)
        self.assertEqual(len(server.mails), 1)

    def test_mail_refused_is_given_up_with_the_servers_words(self):
        server = MailServer(self.folder.name)
        server.rcpt = ["550 5.1.1 no such user"] * 500
        engine = self.start(self.mail(server))
        engine.fire("Down")
        until("the log", lambda: "no such user" in engine.log.read_text())
        self.assertFalse(server.mails)

    def test_mail_to_a_server_with_a_bad_certificate_is_not_sent(self):
        server = MailServer(self.folder.name, tls=True)
        engine = self.start(self.mail(server, require_tls=True))
        engine.fire("Down")
        until("the log", lambda: "certificate" in engine.log.read_text().lower())
        self.assertFalse(server.mails)

    def test_mail_with_a_wrong_password_is_not_sent(self):
        server = MailServer(self.folder.name, auth=True)
        engine = self.start(self.mail(server, auth_username="u", auth_password=PASSWORD))
        engine.fire("Down")
        until("the log", lambda: "not delivered" in engine.log.read_text())
        self.assertFalse(server.mails)

    def test_nobody_listening_is_tried_again(self):
        port = free_ports(1)[0]
        engine = self.start({"slack_configs": [{"api_url": f"http://127.0.0.1:{port}/services/{SECRET}"}]})
        engine.fire("Down")
        until("the failures", lambda: engine.log.read_text().count("will try again") > 1)

    def test_a_full_disk_under_the_log_stops_no_message(self):
        sink = SlackSink()
        # A file that may not grow is what a full disk is to SQLite; and this one can be freed again.
        engine = self.start({"slack_configs": [{"api_url": sink.url}]}, [f"--state.path={self.folder.name}/state.db"])
        resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        for i in range(20):
            threading.Thread(target=engine.fire, args=(f"Full{i}",), daemon=True).start()  # answered when it is safe
        until("the messages", lambda: len(sink.bodies) == 20)
        resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        until("a POST that is safe", lambda: engine.fire("After") == 200)
        time.sleep(1.5)
        self.assertEqual(len(sink.bodies), 21)


if __name__ == "__main__":
    unittest.main(verbosity=2)
