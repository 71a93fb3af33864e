#!/usr/bin/env python3
"""Unit tests of rules through promtool and through tocsin: both pass, or both fail. The corpus is the unit tests of the
shipped rules, and cases.txt: files and what is to be broken in them."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BIN", "build/release/bin")).resolve() / "tocsin"


def cases():
    """name, text, and whether it is good: `### name good|bad`, then the file."""
    for part in re.split(r"^### ", (HERE / "cases.txt").read_text(), flags=re.M)[1:]:
        title, text = part.split("\n", 1)
        name, verdict = title.rsplit(" ", 1)
        yield name, text, verdict == "good"


def run(program, path):
    done = subprocess.run([program, "test", "rules", path.name], cwd=path.parent, capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def main():
    if not (PEERS / "promtool").exists():
        print("no promtool to compare with")
        return 77
    failures = []
    count = {True: 0, False: 0}
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "rules.yml").write_text((HERE / "cases_rules.yml").read_text())
        corpus = [(path.name, path, True) for path in sorted((ROOT / "tests/prometheus").glob("*_test.yml"))]
        for number, (name, text, good) in enumerate(cases()):
            path = pathlib.Path(folder) / f"case{number}.yml"
            path.write_text(text)
            corpus.append((name, path, good))
        for name, path, good in corpus:
            (theirs, their_text), (ours, our_text) = run(PEERS / "promtool", path), run(TOCSIN, path)
            count[theirs] += 1
            if not theirs == ours == good:
                failures.append(f"{name}: expected {good}, promtool {theirs}, tocsin {ours}\n{their_text}\n{our_text}")
    print(f"{sum(count.values())} files, {count[True]} pass and {count[False]} fail; {len(failures)} differ")
    print("\n".join(failures))
    return 1 if failures or not count[False] else 0


if __name__ == "__main__":
    sys.exit(main())
