#!/usr/bin/env python3
"""Odd rule files through `promtool check rules` and `tocsin check rules`: both take a file, or both refuse it, and each
refusal of ours has a line and a column. Where we differ on purpose stands in DIFFERENT, with the reason."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PEERS = pathlib.Path(os.environ.get("PEERS", pathlib.Path.home() / "peers")) / "bin"
TOCSIN = pathlib.Path(os.environ.get("TOCSIN_BIN", "build/release/bin")).resolve() / "tocsin"

RULE = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n"
RECORD = RULE.replace("alert", "record")
GROUP = "groups:\n- name: g\n"

DURATIONS = ["1m", "1h30m", "0s", "0", "-1m", "1", "60", "1.5m", "1m1h", '""', "abc", "1y", "1d1ms", "{}", "[]", "null", "100000y", '"1m"',
             "292y", "293y", "1M", "5e3", "true", "'30s'", "0x5", "1_0", "1m1m", "1w1d", "!!str 5m", "2562047h47m16s854ms"]
NUMBERS = ["5", "0", "-1", "1.5", '"5"', "abc", "null", "1e3", "0x10", "0o7", "010", "9223372036854775807", "9223372036854775808", "1_000",
           "true", "5.0", "[]", "+5", "0b1", "-0", "1e0", ".5", '!!int "5"', "!!float 5"]
ENTRIES = ["a: b", "a: 5", "a: true", "a: null", "a:", "a: 1.50", "a: [x]", "a: {b: c}", "1: x", "true: x", "null: x", '"": x', "a-b: x",
           '"a b": x', "é: x", "__name__: x", "__foo__: x", "alertname: x", 'A: "{{ $value }}"', 'A: "{{ $foo }}"', 'A: "{{"',
           'A: "{{ .Labels.x }}"', 'A: "{{ foo }}"', "a: 2020-01-01", "a: 0x1F", "a: 1e3", "a: ~", "a: yes", r'a: "\xff"', "[a]: b", "{a: b}: c",
           "a: *x", "<<: {a: b}", "a: &x y, b: *x", "a: 'it''s'", r'a: "{{ template \"x\" }}"', r'a: "{{ define \"x\" }}{{ end }}"',
           r'a: "{{ query \"up\" }}"', 'a: "{{ externalURL }}{{ $externalURL }}"', 'a: !!int "5"', "a: !!null x", "a: .inf", "a: 0o17", "a: 1_000",
           "a: on", "a: 12:30:45", "a: b, a: c", 'a: b, "a": c', "a: @x", "a: `x`", "a: b: c", r'a: "\q"', r'a: "\x41\u00e9\U0001F600\0\a\e\_\N\L\P"']
NAMES = ["5", '"a b"', "é", '"a{b}"', "a:b", "1a", '""', "null", "true", r'"a\nb"', "a-b", "[a]", "a.b", "__name__", '"{"', r'"a\"b"', "-", '"-"',
         "~", "inf", "nan", "by", "sum"]
EXPRESSIONS = ["5", "up", '""', "null", "|\n      up\n      == 0", ">\n      up\n      == 0", ">-\n      up", r'"up{a=\"b\"}"', "'up'", "{}", "[up]", "up{",
               "sum(", "1 +", "true", "1e3", '"a string"', "up offset 5m", "up[5m]", "foo by", "rate(up)", "rate(up[5m])", "up @ 5", 'up{a="{{$x}}"}',
               "time()", """"'s'\"""", '{__name__="x"}', '{__name__=~".*"}', '{"a.b"}', 'up{"é"="x"}', "sum by (a) (up)", "up == bool 0",
               "up[5m:1m]", "up offset -5m", "nosuch(up)", "limitk(1, up)", "info(up)", "mad_over_time(x[5m])", "holt_winters(x[5m], .5, .5)",
               "up # comment", r'"up\n# c\n"', "&a up", "*a", "!!str up", "- up", "up : x", "up: x", "step()", "-up", "1/0", "NaN", "(up)", '"("',
               "up and on() up", r'"up\t"', "2020-01-01"]

FILES = {
    "nothing": "", "blank": "   \n\n", "a comment": "# x\n", "null": "null\n", "a scalar": "abc", "a sequence": "- a\n", "a number": "5",
    "a document's marks": "---\n" + RULE + "...\n", "two documents": RULE + "---\n" + RULE, "a second document that is none": RULE + "---\n{{{\n",
    "an empty document first": "---\n---\n" + RULE, "trailing garbage": RULE + "garbage\n",
    "no groups": "groups:\n", "groups: []": "groups: []\n", "groups: {}": "groups: {}\n", "groups: abc": "groups: abc\n",
    "a null group": "groups:\n-\n", "null groups": "groups: [null, null]", "a scalar group": "groups: [abc]", "no name": "groups: [{}]",
    "no rules": GROUP + "  rules:\n", "rules: {}": GROUP + "  rules: {}", "a null rule": GROUP + "  rules: [null]", "an empty rule": GROUP + "  rules: [{}]",
    "a scalar rule": GROUP + "  rules: [abc]",
    "CRLF": RULE.replace("\n", "\r\n"), "CR": RULE.replace("\n", "\r"), "a byte order mark": "\ufeff" + RULE,
    "UTF-16": RULE.encode("utf-16"), "UTF-16 BE": b"\xfe\xff" + RULE.encode("utf-16-be"), "Latin-1": RULE.encode() + b'    labels: {a: "\xe9"}\n',
    "a NUL": RULE + '    labels: {a: "\x00"}\n', "a bell": RULE + '    labels: {a: "\x07"}\n', "a DEL": RULE + '    labels: {a: "\x7f"}\n',
    "a next line": RULE + '    labels: {a: "x\u0085y"}\n', "a line separator": RULE + '    labels: {a: "x\u2028y"}\n',
    "a tab before": RULE.replace("    expr", "\texpr"), "a tab after a colon": RULE.replace("expr: ", "expr:\t"), "a tab behind": RULE.replace("== 0", "== 0\t"),
    "tabs in flow": "groups: [{name:\tg,\trules:\t[]}]\n", "a line of a tab": "groups:\n\t\n- name: g\n",
    "a key twice": GROUP + "  name: h\n", "groups twice": "groups: []\ngroups: []\n", "expr twice": RULE + "    expr: up\n", "a group twice": GROUP + "- name: g\n",
    "a group twice, typed": "groups:\n- name: 1\n- name: \"1\"\n", "both": RULE + "    record: x\n", "neither": GROUP + "  rules: [{expr: up}]\n",
    "an unknown key of a rule": RULE + "    foo: 1\n", "of a group": GROUP + "  foo: 1\n", "of the file": "foo: 1\ngroups: []\n", "in capitals": "Groups: []\n",
    "partial_response_strategy": GROUP + "  partial_response_strategy: warn\n", "concurrency": GROUP + "  concurrency: 1\n",
    "an anchor": GROUP + "  labels: &l {a: b}\n  rules:\n  - alert: A\n    expr: up\n    labels: *l\n",
    "a merge": GROUP + "  rules:\n  - &r\n    alert: A\n    expr: up\n  - <<: *r\n    alert: B\n",
    "merged labels": RULE + "    labels: &l {a: b, c: d}\n  - alert: B\n    expr: up\n    labels:\n      <<: *l\n      a: x\n",
    "a merge of a list": RULE + "    labels: &l {a: b}\n    annotations: &m {e: f}\n  - alert: B\n    expr: up\n    labels:\n      <<: [*l, *m]\n",
    "a merge twice": GROUP + "  rules:\n  - &r\n    alert: A\n    expr: up\n  - <<: *r\n    <<: *r\n", "a merge of 5": RULE + "    labels:\n      <<: 5\n",
    "a merge with an unknown key": GROUP + "  rules:\n  - <<: {alert: A, expr: up, foo: 1}\n", "an alias of itself": "groups: &g\n- *g\n",
    "a scalar's alias": "groups:\n- name: &n g\n  rules:\n  - alert: *n\n    expr: up\n",
    "laughs": 'a: &a ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]\n' + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)),
    "depth": "groups: " + "[" * 20000 + "]" * 20000, "flow": "{groups: [{name: g, rules: [{alert: A, expr: up, for: 5m}]}]}",
    "JSON": '{"groups":[{"name":"g","rules":[{"alert":"A","expr":"up"}]}]}', "a comma too many": "{groups: [{name: g,},],}", "two commas": "{groups: [{name: g,,}]}",
    "a long key": RULE + "    labels: {" + "a" * 2000 + ": x}\n", "a long value": RULE + "    labels: {a: " + "b" * 100000 + "}\n",
    "YAML 1.1": "%YAML 1.1\n---\n" + RULE, "a tag's directive": "%TAG ! tag:x,2000:\n---\n" + RULE,
    "an open quote": RULE + '    labels: {a: "x}\n', "an open brace": RULE + "    labels: {a: x\n", "a wrong indent": RULE + "   for: 5m\n",
    "a percent sign": RULE + "    labels:\n      a: %x\n", "a template without quotes": RULE + "    annotations:\n      a: {{ $value }}\n",
    "a template in a plain text": RULE + "    annotations:\n      a: x {{ $value }}\n", "a folded text": RULE + "    annotations:\n      a: >\n        {{ if\n        true }}x{{ end }}\n",
    "|+": RULE + "    annotations:\n      a: |+\n        x\n\n\n", "|2": RULE + "    annotations:\n      a: |2\n          x\n", "|x": RULE + "    annotations:\n      a: |x\n        y\n",
    "a thousand errors": GROUP + "  rules:\n" + "".join(f"  - alert: A{i}\n    expr: up{{\n" for i in range(1000)),
    "much": "groups:\n" + "".join(f"- name: g{i}\n  rules:\n" + "".join(f'  - alert: A{j}\n    expr: up{{x="{i}"}} > {j}\n' for j in range(50)) for i in range(200)),
}
for text in DURATIONS:
    FILES[f"interval: {text}"] = GROUP + f"  interval: {text}\n"
    FILES[f"query_offset: {text}"] = GROUP + f"  query_offset: {text}\n"
    for key in "for", "keep_firing_for":
        FILES[f"{key}: {text}"] = RULE + f"    {key}: {text}\n"
        FILES[f"record, {key}: {text}"] = RECORD + f"    {key}: {text}\n"
for text in NUMBERS:
    FILES[f"limit: {text}"] = GROUP + f"  limit: {text}\n"
for text in ENTRIES:
    for key in "labels", "annotations":
        FILES[f"{key}: {{{text}}}"] = RULE + f"    {key}: {{{text}}}\n"
        FILES[f"record, {key}: {{{text}}}"] = RECORD + f"    {key}: {{{text}}}\n"
    for kind in "alert", "record":
        FILES[f"group of {kind}, labels: {{{text}}}"] = GROUP + f"  labels: {{{text}}}\n  rules: [{{{kind}: a, expr: up}}]\n"
for text in "null", "[]", "{}", "abc", "5", "[a]", '""':
    for key in "labels", "annotations":
        FILES[f"{key}: {text}"] = RULE + f"    {key}: {text}\n"
        FILES[f"record, {key}: {text}"] = RECORD + f"    {key}: {text}\n"
    FILES[f"group, labels: {text}"] = GROUP + f"  labels: {text}\n"
for text in NAMES:
    FILES[f"name: {text}"] = f"groups:\n- name: {text}\n"
    for kind in "alert", "record":
        FILES[f"{kind}: {text}"] = RULE.replace("alert: A", f"{kind}: {text}")
for text in EXPRESSIONS:
    FILES[f"expr: {text}"] = RULE.replace("expr: up == 0", f"expr: {text}")
    FILES[f"record, expr: {text}"] = RECORD.replace("expr: up == 0", f"expr: {text}")

CUT = "go-yaml cuts the fraction off; we refuse to"
NO_KEY = "go-yaml drops what stands under a null key"
DIFFERENT = {
    "limit: 1.5": CUT, "limit: .5": CUT,
    "a line of a tab": "libyaml refuses a tab where a line is blank",
    **{name: NO_KEY for name in FILES if "{null: x}" in name},
}


def main():
    if not (PEERS / "promtool").exists():
        print("no promtool to compare with")
        return 77
    differing = []
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for number, (name, content) in enumerate(FILES.items()):
            paths[name] = f"{number}.yml"
            pathlib.Path(folder, paths[name]).write_bytes(content if isinstance(content, bytes) else content.encode())
        theirs = subprocess.run([PEERS / "promtool", "check", "rules", "--lint=none", *paths.values()], cwd=folder, capture_output=True)
        verdicts = dict.fromkeys(re.findall(r"^Checking (\S+)$", theirs.stdout.decode(errors="replace"), re.M), False)
        verdicts.update(dict.fromkeys(re.findall(r"^Checking (\S+)\n  SUCCESS", theirs.stdout.decode(errors="replace"), re.M), True))
        ours = subprocess.run([TOCSIN, "check", "rules", "--lint=none", *paths.values()], cwd=folder, capture_output=True)
        good = set(re.findall(r"^(\S+): good", ours.stdout.decode(), re.M))
        refusals = ours.stderr.decode(errors="replace")
        placed = set(re.findall(r"^(\d+\.yml):\d+:\d+: ", refusals, re.M))
        for name, path in paths.items():
            there, here = verdicts[path], path in good
            if (there != here) != (name in DIFFERENT):
                differing.append(f"{name}: promtool {there}, tocsin {here}")
            elif not here and path not in placed:
                differing.append(f"{name}: refused without a place")
        if ours.returncode != 1:
            differing.append(f"exit code {ours.returncode}")
    print(f"{len(FILES)} files, {sum(verdicts.values())} good; {len(DIFFERENT)} differ on purpose, {len(differing)} otherwise")
    print("\n".join(differing))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
