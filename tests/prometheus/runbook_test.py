"""Every alert of the shipped rules leads to its section of docs/RUNBOOK.md, and that one says all that it should."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ("Meaning", "First look", "Action", "Escalation")


def alerts():
    """{name: runbook_url}"""
    found = {}
    for path in sorted((ROOT / "prometheus/rules").glob("*.yml")):
        for rule in re.split(r"^ +- (?=alert:|record:)", path.read_text(), flags=re.M)[1:]:
            if name := re.match(r"alert: (\w+)", rule):
                link = re.search(r"runbook_url: (.+)", rule)
                found[name[1]] = link[1].strip("'") if link else None
    return found


def sections(text):
    """{heading: text}"""
    return {part.partition("\n")[0]: part for part in re.split(r"^## ", text, flags=re.M)[1:]}


def faults(rules, text):
    found = []
    written = sections(text)
    for name, link in rules.items():
        if not re.search(rf"runbook(\.md)?#{name.lower()}$", link or "", re.I):
            found.append(f"{name}: runbook_url is {link}")
        found += [f"{name}: no {part}" for part in PARTS if f"**{part}.**" not in written.get(name, "")]
    return found + [f"{name}: there is no such alert" for name in written if name not in rules]


class RunbookTest(unittest.TestCase):
    def setUp(self):
        self.rules, self.text = alerts(), (ROOT / "docs/RUNBOOK.md").read_text()

    def test_says_all_of_every_alert(self):
        self.assertGreater(len(self.rules), 15)
        self.assertEqual(faults(self.rules, self.text), [])

    def test_what_is_missing_is_found(self):
        self.assertEqual(faults(self.rules | {"New": None}, self.text)[:2], ["New: runbook_url is None", "New: no Meaning"])
        self.assertEqual(faults(self.rules, self.text.replace("**Escalation.** Nothing is watched", "")),
                         ["Watchdog: no Escalation"])
        self.assertEqual(faults(self.rules, self.text + "\n## Gone\n"), ["Gone: there is no such alert"])


if __name__ == "__main__":
    unittest.main()
