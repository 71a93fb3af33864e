"""The settings of docker-compose.yml and ./run: each stands in .env.example, once, with the default that holds."""

import collections
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Made up at each start, or no setting of a person's.
NOT_SETTINGS = {"TOCSIN_RUN_DIR", "TOCSIN_BIN"}
# What the systems that Tocsin replaces call them.
KNOWN_NAMES = {
    "BLUE_IMAGE", "GREEN_IMAGE", "RELEASE_ID_BLUE", "RELEASE_ID_GREEN", "ACTIVE_POOL", "PORT", "NGINX_PORT", "BLUE_HOST_PORT",
    "GREEN_HOST_PORT", "SLACK_WEBHOOK_URL", "ERROR_RATE_THRESHOLD", "WINDOW_SIZE", "ALERT_COOLDOWN_SEC", "MAINTENANCE_MODE",
    "DOMAIN", "CERTBOT_EMAIL", "MONITORING_USER", "MONITORING_PASSWORD", "SMTP_SMARTHOST", "SMTP_FROM", "SMTP_TO"}


def used(text):
    """{name: default} of the ${NAME:-default} of a compose file; a default may hold others."""
    found = {}
    for at in re.finditer(r"(?<!\$)\$\{([A-Z_0-9]+)(:-)?", text):
        end, depth = at.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        found.setdefault(at[1], text[at.end():end - 1] if at[2] else None)
    return found


def described(text):
    """[(name, value)] of an example file, commented out or not."""
    return re.findall(r"^#?([A-Z][A-Z_0-9]*)=(.*)$", text, re.M)


class SettingsTest(unittest.TestCase):
    def setUp(self):
        self.described = described((ROOT / ".env.example").read_text())
        self.compose = used((ROOT / "docker-compose.yml").read_text())

    def test_each_stands_there_once(self):
        counts = collections.Counter(name for name, _ in self.described)
        self.assertEqual([name for name, count in counts.items() if count > 1], [])

    def test_all_of_compose_and_run_are_there(self):
        names = {name for name, _ in self.described}
        run = set(re.findall(r"\b([A-Z][A-Z_0-9]{3,})=", (ROOT / "run").read_text().partition("set -euo")[0])) - NOT_SETTINGS
        self.assertIn("NGINX_STATUS_PORT", run)
        self.assertEqual(set(self.compose) - names, set())
        self.assertEqual(run - names, set())
        self.assertEqual(KNOWN_NAMES - names, set())

    def test_defaults_are_the_ones_that_hold(self):
        """But for those made of other settings, and examples of what has no default."""
        said = {name: value.strip("'") for name, value in self.described}
        for name, default in self.compose.items():
            plain = (default or "").replace("$$", "$").strip("'\"")
            if not plain or "${" in plain or plain.startswith(("http://sinks", "sinks:")) or "example" in said[name]:
                continue
            with self.subTest(name):
                self.assertEqual(said[name], plain)

    def test_images_have_the_version_of_the_programs(self):
        version = re.search(r"project\(tocsin VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
        for name in ("Dockerfile", "Dockerfile.nginx"):
            said = re.findall(r"^ARG VERSION=(.*)$", (ROOT / "packaging" / name).read_text(), re.M)
            self.assertEqual(set(said), {version}, name)


if __name__ == "__main__":
    unittest.main()
