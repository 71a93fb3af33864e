#!/usr/bin/env python3
"""A real tocsin against a real postfix: STARTTLS, implicit TLS, the three ways to sign in; a recipient that is greylisted or
refused, a wrong password, a certificate of nobody we know, a server that is away for a while."""

import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import notify_faults_test as faults  # noqa: E402
import postfix  # noqa: E402
from postfix import Postfix  # noqa: E402
from running import until  # noqa: E402

USER, WRONG = f"{postfix.USER}@mail.example.org", "p4ssw0rd-wrong"


class RealPostfix(unittest.TestCase):
    setUp, start = faults.Faults.setUp, faults.Faults.start

    def tearDown(self):
        if self.engine:
            log = self.engine.stop()
            for secret in (WRONG, postfix.PASSWORD):
                self.assertNotIn(secret, log)
        self.folder.cleanup()

    def mail(self, server, **more):
        return {"email_configs": [{"to": "ops@example.org", "from": "tocsin@sender.example", "smarthost": server.address,
                                   "tls_config": {"ca_file": f"{server.folder}/cert.pem"}, **more}]}

    def arrives(self, server, count=1):
        return until("the mail", lambda: len(server.mails()) >= count and server.mails())

    def test_it_arrives_by_starttls_with_each_way_to_sign_in(self):
        for number, (given, mechanism) in enumerate((({"auth_password": postfix.PASSWORD}, "PLAIN"),
                                                     ({"auth_password": postfix.PASSWORD}, "LOGIN"),
                                                     ({"auth_secret": postfix.PASSWORD}, "CRAM-MD5"))):
            with self.subTest(mechanism), Postfix(smtpd_sasl_mechanism_filter=mechanism) as server:
                engine = self.start(self.mail(server, auth_username=USER, **given))
                engine.fire(f"Down{number}")
                mail = self.arrives(server)[0]
                self.assertIn("with ESMTPSA", mail, "TLS, and signed in")
                self.assertIn(f"Down{number}", mail)
                self.assertIn(f"sasl_method={mechanism}, sasl_username={USER}", server.log())
                self.assertNotIn(postfix.PASSWORD, engine.stop())
                self.engine = None

    def test_it_arrives_by_implicit_tls(self):
        with Postfix() as server:
            config = self.mail(server, force_implicit_tls=True)
            config["email_configs"][0]["smarthost"] = server.tls_address
            self.start(config).fire("Down")
            self.assertIn("with ESMTPS", self.arrives(server)[0])

    def test_greylisted_it_comes_back_and_arrives_once(self):
        with Postfix(deferrals=2) as server:
            self.start(self.mail(server)).fire("Down")
            self.assertEqual(len(self.arrives(server)), 1)
            self.assertGreaterEqual(len(server.policy.asked), 3)

    def test_refused_it_is_given_up_with_postfix_words(self):
        refuse = "check_recipient_access inline:{{ops@example.org = 550 5.1.1 no such person here}}, permit"
        with Postfix(smtpd_recipient_restrictions=refuse) as server:
            engine = self.start(self.mail(server))
            engine.fire("Down")
            until("the log", lambda: "no such person here" in engine.log.read_text())
            self.assertNotIn("will try again", engine.log.read_text(), "a 550 is for good")
            self.assertFalse(server.mails())

    def test_a_wrong_password_is_said_and_nothing_is_sent(self):
        with Postfix() as server:
            engine = self.start(self.mail(server, auth_username=USER, auth_password=WRONG))
            engine.fire("Down")
            until("the log", lambda: "not delivered" in engine.log.read_text())
            self.assertIn("535", engine.log.read_text(), "postfix' answer")
            self.assertFalse(server.mails())

    def test_no_password_goes_out_without_tls(self):
        with Postfix(smtpd_tls_security_level="none") as server:
            engine = self.start(self.mail(server, auth_username=USER, auth_password=WRONG))
            engine.fire("Down")
            until("the log", lambda: "not delivered" in engine.log.read_text())
            self.assertNotIn("SASL", server.log())

    def test_a_certificate_of_nobody_we_know_ends_it(self):
        with Postfix() as server:
            engine = self.start({"email_configs": [{"to": "ops@example.org", "from": "t@sender.example", "smarthost": server.address}]})
            engine.fire("Down")
            until("the log", lambda: "certificate" in engine.log.read_text().lower())
            self.assertFalse(server.mails())

    def test_a_server_that_was_away_gets_it_once(self):
        with Postfix() as server:
            subprocess.run(["postfix", "-c", server.folder / "config", "stop"], check=True, capture_output=True)
            engine = self.start(self.mail(server))
            engine.fire("Down")
            until("two failures", lambda: engine.log.read_text().count("will try again") > 1)
            subprocess.run(["postfix", "-c", server.folder / "config", "start"], check=True, capture_output=True)
            self.assertEqual(len(self.arrives(server)), 1)


if __name__ == "__main__":
    if postfix.why_not():
        print("SKIPPED:", postfix.why_not())
        sys.exit(77)
    unittest.main(verbosity=2)
