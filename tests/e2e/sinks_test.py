"""The local sinks: what they record, and the faults that other tests switch on."""

import json
import pathlib
import smtplib
import subprocess
import tempfile
import unittest
from email.message import EmailMessage

from running import ROOT, answers, ask, free_ports

FIRING = {"channel": "#ops", "attachments": [{"color": "danger", "title": "[FIRING:1] X", "text": "see <http://a|this>"}]}


class SinksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        http, cls.smtp = free_ports(2)
        cls.url = f"http://127.0.0.1:{http}"
        cls.folder = tempfile.TemporaryDirectory()
        cls.record = pathlib.Path(cls.folder.name) / "messages.jsonl"
        cls.process = subprocess.Popen(
            ["/usr/bin/python3", ROOT / "tests/e2e/sinks", "--http", f"127.0.0.1:{http}", "--smtp", f"127.0.0.1:{cls.smtp}",
             "--record", cls.record], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        answers(cls.url + "/")

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.shown = cls.process.communicate(timeout=10)[0]
        cls.folder.cleanup()

    def tearDown(self):
        ask(self.url + "/faults", "DELETE")

    def last(self):
        return json.loads(self.record.read_text().splitlines()[-1])

    def post(self, path, payload):
        return ask(self.url + path, "POST", json.dumps(payload).encode())

    def send(self):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Gerät läuft"
        mail.set_content("text ü\n")
        mail.add_alternative("<b>html</b>", subtype="html")
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as client:
            client.send_message(mail)

    def test_slack_message_is_taken_and_recorded(self):
        self.assertEqual(self.post("/services/x", FIRING)[2], "ok")
        self.assertEqual((self.last()["outcome"], self.last()["message"]), ("accepted", FIRING))

    def test_slack_refuses_what_the_real_one_refuses(self):
        self.assertEqual(self.post("/services/x", {"channel": "#ops"})[::2], (400, "no_text"))
        self.assertEqual(ask(self.url + "/services/x", "POST", b"{")[::2], (400, "invalid_payload"))

    def test_slack_fault_ends_after_its_times(self):
        self.post("/faults/slack", {"status": 429, "headers": {"Retry-After": "7"}, "times": 1})
        status, headers, _ = self.post("/services/x", FIRING)
        self.assertEqual((status, headers["Retry-After"]), (429, "7"))
        self.assertEqual(self.last()["outcome"], "429 fault")
        self.assertEqual(self.post("/services/x", FIRING)[0], 200)

    def test_mail_is_taken_decoded_and_recorded(self):
        self.send()
        message = self.last()["message"]
        self.assertEqual(message["headers"]["Subject"], "Gerät läuft")
        self.assertEqual((message["text"], message["html"]), ("text ü\n", "<b>html</b>\n"))

    def test_mail_fault_answers_its_reply(self):
        self.post("/faults/mail", {"reply": "451 4.3.0 later", "times": 1})
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            self.send()
        self.assertEqual(refused.exception.smtp_code, 451)
        self.send()
        self.assertEqual(self.last()["outcome"], "accepted")


if __name__ == "__main__":
    unittest.main(verbosity=2)
