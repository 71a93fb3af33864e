#!/usr/bin/env python3
"""`amtool check-config` and `tocsin check notify` must agree on what is right and what is not, for every file below
but those of STRICTER.

Keys that tocsin can't honour yet are refused with their place, which is no verdict: those files are listed apart.
"""
import concurrent.futures, os, pathlib, subprocess, sys, tempfile

from pair import PEERS, TOCSIN

BASE = "receivers: [{name: a}]\n"
ROUTE = "route: {receiver: a}\n"


def route(text):
    return BASE + "route:\n  receiver: a\n" + "".join(f"  {line}\n" for line in text.splitlines())


def child(text):
    return BASE + f"route: {{receiver: a, routes: [{{{text}}}]}}\n"


def interval(text):
    return BASE + ROUTE + f"time_intervals: [{{name: n, time_intervals: [{{{text}}}]}}]\n"


def receiver(text):
    return ROUTE + f"receivers:\n- name: a\n  {text}\n"


def inhibit(text):
    return BASE + ROUTE + f"inhibit_rules: [{{{text}}}]\n"


CASES = [
    "", "receivers: []\n", ROUTE, BASE, BASE + ROUTE, BASE + ROUTE + "foo: 1\n", BASE + "route: {}\n", BASE + "route: {receiver: b}\n",
    BASE + ROUTE + "global: {resolve_timeout: 5m}\n", BASE + ROUTE + "global: {resolve_timeout: five}\n", BASE + ROUTE + "global: {foo: 1}\n",
    ROUTE + "receivers: [{name: a}, {name: a}]\n", ROUTE + "receivers: [{}]\n", BASE + ROUTE + "templates: ['*.nothing']\n",
    route("group_by: [x, y]"), route("group_by: ['...']"), route("group_by: ['...', x]"), route("group_by: [x, x]"), route("group_by: ['']"),
    route("group_wait: 0s"), route("group_interval: 0s"), route("repeat_interval: 0s"), route("group_interval: 1h\nrepeat_interval: 5m"),
    route("group_wait: -1s"), route("group_wait: 5"), route("continue: true"), route("matchers: [a=b]"), route("match: {a: b}"),
    route("mute_time_intervals: [x]"), route("routes: []"), route("routes: {}"), route("routes: [{receiver: b}]"),
    child("matchers: [a=b]"), child("matchers: ['a=~\"x.*\"', c!=d]"), child("matchers: ['{a=b,c=d}']"), child("matchers: ['a=b,c=d']"),
    child("matchers: ['=b']"), child("matchers: ['a']"), child("matchers: ['a=~\"(\"']"), child("matchers: ['']"), child("matchers: [a b]"),
    child("matchers: ['\"a b\"=c']"), child("matchers: ['a=\"b']"), child("matchers: ['a=b\"']"), child("matchers: a=b"),
    child("match: {a: b}, match_re: {c: 'd|e'}"), child("match_re: {c: '('}"), child("match: {'a b': c}"), child("match: {'': c}"),
    child("mute_time_intervals: [n]"), child("active_time_intervals: [n]"), child("continue: true"), child("continue: maybe"), child("foo: bar"),
    child("group_by: []"), child("receiver: ''"),
    interval("times: [{start_time: '09:00', end_time: '17:00'}]"), interval("times: [{start_time: '9:00', end_time: '17:00'}]"),
    interval("times: [{start_time: '17:00', end_time: '09:00'}]"), interval("times: [{start_time: '09:00', end_time: '24:00'}]"),
    interval("times: [{start_time: '09:00', end_time: '24:01'}]"), interval("times: [{start_time: '09:00'}]"), interval("times: []"),
    interval("weekdays: ['monday:friday']"), interval("weekdays: ['friday:monday']"), interval("weekdays: [Monday]"), interval("weekdays: ['1:5']"),
    interval("weekdays: [someday]"), interval("days_of_month: ['1:31']"), interval("days_of_month: ['-3:-1']"), interval("days_of_month: ['0']"),
    interval("days_of_month: ['5:1']"), interval("days_of_month: ['-1:-3']"), interval("days_of_month: ['-5:5']"), interval("days_of_month: ['1:-1']"),
    interval("days_of_month: ['32']"), interval("days_of_month: ['20:-20']"), interval("months: ['january:march', '12']"), interval("months: ['13']"),
    interval("months: ['march:january']"), interval("months: [may]"), interval("years: ['2020:2030']"), interval("years: ['2030:2020']"),
    interval("years: [x]"), interval("location: Europe/Berlin"), interval("location: Nowhere/Land"), interval("location: Local"), interval("location: ''"),
    interval("foo: 1"), interval(""), BASE + ROUTE + "time_intervals: [{name: n, time_intervals: []}, {name: n, time_intervals: []}]\n",
    BASE + ROUTE + "time_intervals: [{time_intervals: []}]\n", BASE + ROUTE + "mute_time_intervals: [{name: n, time_intervals: [{weekdays: [monday]}]}]\n",
    BASE + ROUTE + "mute_time_intervals: [{name: n, time_intervals: []}]\ntime_intervals: [{name: n, time_intervals: []}]\n",
    inhibit("source_matchers: [a=b], target_matchers: [c=d], equal: [e]"), inhibit("source_match: {a: b}, target_match: {c: d}"),
    inhibit("source_match_re: {a: '('}"), inhibit("source_matchers: ['a']"), inhibit("equal: ['a b']"), inhibit("equal: ['']"), inhibit("foo: 1"),
    inhibit("name: n"), inhibit(""),
    receiver("webhook_configs: [{url: 'http://x/'}]"), receiver("webhook_configs: [{}]"), receiver("webhook_configs: [{url: 'x'}]"),
    receiver("webhook_configs: [{url: 'ftp://x/'}]"), receiver("webhook_configs: [{url: 'http://x/', url_file: /y}]"),
    receiver("webhook_configs: [{url_file: /y}]"), receiver("webhook_configs: [{url: 'http://x/', max_alerts: -1}]"),
    receiver("webhook_configs: [{url: 'http://x/', timeout: 5s}]"), receiver("webhook_configs: [{url: 'http://x/', foo: 1}]"),
    receiver("webhook_configs: [{url: 'http://x/', http_config: {basic_auth: {username: u, password: p}}}]"),
    receiver("webhook_configs: [{url: 'http://x/', http_config: {basic_auth: {username: u}, authorization: {credentials: c}}}]"),
    receiver("webhook_configs: [{url: 'http://x/', http_config: {authorization: {type: Basic, credentials: c}}}]"),
    receiver("slack_configs: [{channel: x}]"), receiver("slack_configs: [{api_url: 'http://x/', channel: x}]"),
    receiver("slack_configs: [{api_url: 'http://x/', fields: [{title: a}]}]"), receiver("slack_configs: [{api_url: 'http://x/', fields: [{title: a, value: b}]}]"),
    receiver("slack_configs: [{api_url: 'http://x/', api_url_file: /y}]"), receiver("slack_configs: {}"),
    receiver("email_configs: [{to: 'a@b'}]"), receiver("email_configs: [{to: 'a@b', from: 'c@d', smarthost: 'h:25'}]"),
    receiver("email_configs: [{from: 'c@d', smarthost: 'h:25'}]"), receiver("email_configs: [{to: 'a@b', from: 'c@d', smarthost: 'h'}]"),
    receiver("email_configs: [{to: 'a@b', from: 'c@d', smarthost: 'h:25', headers: {Subject: x, subject: y}}]"),
    receiver("email_configs: [{to: 'a@b', from: 'c@d', smarthost: 'h:25', auth_password: x, auth_password_file: /y}]"),
    receiver("nothing_configs: [{}]"), receiver("webhook_configs: null"),
]

# Where tocsin refuses on purpose what Alertmanager lets pass: a month that never comes, a password given twice.
STRICTER = [interval("months: ['13']"),
            receiver("email_configs: [{to: 'a@b', from: 'c@d', smarthost: 'h:25', auth_password: x, auth_password_file: /y}]")]


def verdicts(case):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "alertmanager.yml")
        file.write_text(case)
        theirs = subprocess.run([PEERS / "amtool", "check-config", file], capture_output=True, text=True)
        ours = subprocess.run([TOCSIN, "check", "notify", file], capture_output=True, text=True)
    return theirs.returncode == 0, ours.returncode == 0, (theirs.stderr + theirs.stdout).strip(), ours.stderr.strip()


def main():
    if not (PEERS / "amtool").exists():
        print(f"no amtool in {PEERS}: skipped")
        return 77
    differing = unsupported = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case, (theirs, ours, their_words, our_words) in zip(CASES, pool.map(verdicts, CASES)):
            if theirs == ours or (case in STRICTER and not ours):
                continue
            if theirs and "is not supported" in our_words:
                unsupported += 1
                continue
            differing += 1
            print(f"DIFFERENT\n{case}  amtool: {theirs} {their_words}\n  tocsin: {ours} {our_words}\n")
    print(f"{len(CASES)} files, not supported yet: {unsupported}, differences: {differing}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
