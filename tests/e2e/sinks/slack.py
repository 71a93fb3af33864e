"""Slack's incoming webhook, as far as a sender can tell, and the switches of the faults beside it."""

import html
import http.server
import json
import re
import socketserver
import time

from record import box, clock


def plain(text):
    """Slack's markup as it is read: <https://x|name> is a link called name, &amp; is &."""
    text = re.sub(r"<([^<>|]+)\|([^<>]*)>", r"\2 (\1)", text)
    text = re.sub(r"<(https?://[^<>|]+|mailto:[^<>|]+)>", r"\1", text)
    return html.unescape(text)


def show(payload, outcome):
    channel = payload.get("channel", "")
    heading = " ".join(filter(None, ["Slack", channel, clock(), "" if outcome == "accepted" else f"NOT TAKEN: {outcome}"]))
    lines = [plain(payload["text"])] if payload.get("text") else []
    for attachment in payload.get("attachments", []):
        if attachment.get("pretext"):
            lines.append(plain(attachment["pretext"]))
        title = plain(attachment.get("title", ""))
        link = attachment.get("title_link")
        lines.append(f"■ {attachment.get('color', 'no colour')}: {title}" + (f"  ({link})" if link else ""))
        if attachment.get("text"):
            lines.append(plain(attachment["text"]))
        for field in attachment.get("fields", []):
            lines.append(f"  {plain(field.get('title', ''))}: {plain(str(field.get('value', '')))}")
        if attachment.get("footer"):
            lines.append(plain(attachment["footer"]))
    return box(heading, lines)


def refusal(payload):
    """The body of the 400 that Slack answers to such a payload, or None when it would post it."""
    if not isinstance(payload, dict):
        return "invalid_payload"
    if not any(payload.get(key) for key in ("text", "attachments", "blocks")):
        return "no_text"
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/messages":
            return self.answer(200, json.dumps(self.server.record.messages()), "application/json")
        return self.answer(200 if self.path == "/" else 404, "tocsin's local sink\n")

    def do_DELETE(self):
        if self.path != "/faults":
            return self.answer(404, "no such page\n")
        self.server.faults.clear()
        return self.answer(200, "faults are off\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            payload = json.loads(body)
        except ValueError:
            payload = None
        if self.path.startswith("/faults/"):
            kind = self.path.removeprefix("/faults/")
            if kind not in ("slack", "mail") or not isinstance(payload, dict):
                return self.answer(400, "POST a JSON object to /faults/slack or /faults/mail\n")
            self.server.faults.set(kind, payload)
            return self.answer(200, "fault is on\n")
        return self.take_message(payload)

    def take_message(self, payload):
        fault = self.server.faults.take("slack") or {}
        if "hang" in fault:
            time.sleep(fault["hang"])
        status, reason = fault.get("status", 200), "fault"
        if status == 200 and (reason := refusal(payload)):
            status = 400
        outcome = "accepted" if status == 200 else f"{status} {reason}"
        shown = show(payload, outcome) if isinstance(payload, dict) else box(f"Slack {outcome}", [])
        self.server.record.add("slack", outcome, payload, shown)
        return self.answer(status, "ok" if status == 200 else reason, headers=fault.get("headers", {}))

    def answer(self, status, text, content_type="text/plain; charset=utf-8", headers=None):
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": len(body), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def start_http(address, record, faults):
    server = Server(address, Handler)
    server.record, server.faults = record, faults
    return server
