"""`tocsin check web-config` and `promtool check web-config` on the same files, good and bad."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TOCSIN_BIN", ROOT / "build/release/bin"))
PROMTOOL = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin/promtool"
HASH = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n"
SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          # not among those that Go calls secure
          "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA-AES128-SHA", "x"]
SAME = [
    "", "{}", "tls_server_config: {}\n", "basic_auth_users: {}\n", "http_server_config: {}\n", "rate_limit: {}\n", TLS,
    *(TLS + f"  client_auth_type: {policy}\n" for policy in
      ("NoClientCert", "RequestClientCert", "RequireClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven",
       "RequireAndVerifyClientCert", "requestclientcert", "Maybe", "''")),
    TLS + "  client_ca_file: ca.pem\n", TLS + "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n",
    TLS + "  client_ca_file: none.pem\n  client_auth_type: RequireAndVerifyClientCert\n",
    *(TLS + f"  min_version: {version}\n" for version in ("TLS10", "TLS11", "TLS12", "TLS13", "TLS14", "tls12", "1.2")),
    *(TLS + f"  cipher_suites: [{suite}, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n" for suite in SUITES),
    *(TLS + f"  curve_preferences: [{curve}]\n" for curve in ("CurveP256", "CurveP384", "CurveP521", "X25519", "P-256", "x")),
    TLS + "  client_allowed_sans: [a]\n  client_auth_type: RequireAnyClientCert\n",
    TLS + "  prefer_server_cipher_suites: false\n", TLS + "  prefer_server_cipher_suites: sometimes\n", TLS + "  unknown: 1\n",
    "tls_server_config:\n  cert_file: server.pem\n", "tls_server_config:\n  key_file: server.key\n",
    "tls_server_config:\n  cert_file: none.pem\n  key_file: server.key\n",
    "tls_server_config:\n  cert_file: server.pem\n  key_file: ca.key\n",
    "tls_server_config:\n  cert_file: server.key\n  key_file: server.pem\n",
    *(f"http_server_config:\n  headers:\n    {header}\n" for header in
      ("X-Frame-Options: deny", "X-Frame-Options: sameorigin", "X-Frame-Options: DENY", "X-Content-Type-Options: nosniff",
       "X-Content-Type-Options: x", "X-XSS-Protection: x", "Strict-Transport-Security: max-age=1", "x-frame-options: deny",
       "Content-Security-Policy: x", "X-Other: x")),
    "http_server_config: {http2: false}\n", "http_server_config: {http2: x}\n", "http_server_config: {http3: true}\n",
    f"basic_auth_users: {{alice: {HASH}}}\n", "basic_auth_users: {alice: open}\n", "basic_auth_users: {alice: }\n",
    "basic_auth_users: [alice]\n", f"basic_auth_users: {{alice: {HASH[1:]}}}\n",
    f"basic_auth_users: {{alice: {HASH.replace('10', '03', 1)}}}\n", f"basic_auth_users: {{alice: {HASH.replace('10', '32', 1)}}}\n",
    f"basic_auth_users:\n  alice: {HASH}\n  alice: {HASH}\n",
    *(f"rate_limit: {{interval: {interval}, burst: 5}}\n" for interval in ("1s", "1.5h", "1m30s", "100ms", "0", "1d", "x", "s")),
    "rate_limit: {interval: 1s, burst: x}\n", "rate_limit: {burst: 5, more: 1}\n", "unknown: {}\n", "{", "[]\n",
]
# Where promtool takes what can't mean what it says, we do not: see base/web_config/config.h.
STRICTER = [
    "tls_server_config: {min_version: TLS12}\n", TLS + "  cert: x\n", TLS + "  min_version: TLS13\n  max_version: TLS12\n",
    "rate_limit: {interval: 1s}\n", "rate_limit: {interval: 5, burst: 1}\n",
    f"basic_auth_users: {{alice: {HASH[:-1]}}}\n",
]


@unittest.skipUnless(PROMTOOL.exists(), "no promtool")
class WebConfigTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-webconfig."))
        for name in ("server", "ca"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                            cls.dir / f"{name}.key", "-out", cls.dir / f"{name}.pem", "-subj", f"/CN={name}", "-days", "2"],
                           check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir, ignore_errors=True)

    def verdicts(self, text):
        path = self.dir / "web.yml"
        path.write_text(text)
        ours = subprocess.run([BIN / "tocsin", "check", "web-config", path], capture_output=True, text=True, timeout=60)
        theirs = subprocess.run([PROMTOOL, "check", "web-config", path], capture_output=True, text=True, timeout=60)
        return ours.returncode == 0, theirs.returncode == 0, ours.stderr + theirs.stderr

    def test_both_say_the_same(self):
        for text in SAME:
            with self.subTest(text=text):
                ours, theirs, said = self.verdicts(text)
                self.assertEqual(ours, theirs, said)

    def test_where_we_are_stricter(self):
        for text in STRICTER:
            with self.subTest(text=text):
                self.assertEqual(self.verdicts(text)[:2], (False, True))


if __name__ == "__main__":
    if not PROMTOOL.exists():
        sys.exit(77)
    unittest.main(verbosity=2)
