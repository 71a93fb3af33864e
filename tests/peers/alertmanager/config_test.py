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

WEBHOOK, TELEGRAM, OPSGENIE, PUSHOVER = "url: 'http://x/'", "bot_token: x, chat_id: 1", "api_key: k", "user_key: u, token: t"
MAIL, SLACK = "to: 'a@b', from: 'c@d', smarthost: 'h:25'", "api_url: 'http://x/'"


def each(kind, required, *further):
    return [receiver(f"{kind}_configs: [{{{required}{', ' if required and text else ''}{text}}}]") for text in further]


def http_config(*texts):
    return each("webhook", WEBHOOK, *(f"http_config: {{{text}}}" for text in texts))


def with_global(text, receiver_text):
    return f"global: {{{text}}}\n" + receiver(receiver_text)


CASES += [
    *each("discord", "webhook_url: 'http://x/'", "", "content: c", "title: t", "message: m", "username: u", "avatar_url: 'http://a/'", "foo: 1",
          "webhook_url_file: /y"),
    *each("discord", "", "", "webhook_url: 'x'", "webhook_url_file: /y"),
    *each("msteamsv2", "webhook_url: 'http://x/'", "", "title: t", "text: m", "summary: s", "webhook_url_file: /y"),
    *each("msteamsv2", "", "title: t"),
    *each("telegram", TELEGRAM, "", "api_url: 'http://x'", "api_url: 'ftp://x'", "message: m", "parse_mode: HTML", "parse_mode: ''", "parse_mode: Foo",
          "parse_mode: MarkdownV2", "disable_notifications: true", "message_thread_id: 4", "message_thread_id: a", "chat_id_file: /x",
          "bot_token_file: /x", "timeout: 3s"),
    *each("telegram", "", "bot_token: x", "chat_id: 1", "bot_token: x, chat_id_file: /x", "bot_token_file: /x, chat_id: 3", "bot_token: x, chat_id: a",
          "bot_token: x, chat_id: 0"),
    *each("pagerduty", "routing_key: r", "", "url: 'http://x'", "url: x", "service_key: s", "routing_key_file: /x", "client: c, client_url: u",
          "details: {a: b}", "details: {a: {b: [c, 5]}}", "details: [a]", "images: [{src: a, alt: b, href: c}]", "images: [{foo: a}]",
          "links: [{href: a, text: b}]", "links: {}", "source: s, severity: critical, class: c, component: c, group: g", "timeout: 3s", "timeout: '5'"),
    *each("pagerduty", "", "service_key: s", "service_key: s, service_key_file: /y", "client: c"),
    *each("opsgenie", OPSGENIE, "", "api_url: 'http://x'", "api_url: x", "api_key_file: /x", "message: m, description: d, source: s", "details: {a: b}",
          "details: {a: 5}", "entity: e, actions: 'a,b', tags: t, note: n, priority: P1, update_alerts: true", "teams: x", "visible_to: [{id: d}]",
          *(f"responders: [{{{r}}}]" for r in ("name: n, type: team", "name: n", "name: n, type: foo", "type: user", "name: n, type: '{{ .x }}'",
                                               "name: n, type: '{{ .x'", "name: n, type: TEAM", "username: n, type: teams"))),
    *each("opsgenie", "", "message: x"),
    *each("pushover", PUSHOVER, "", "user_key_file: /x", "token_file: /x", "title: t, message: m, url: u, url_title: u, sound: s, device: d",
          "retry: 1m, expire: 1h, ttl: 1h", "retry: 90", "retry: 1d", "retry: 1.5h, expire: 100ms", "priority: 2", "html: true", "monospace: true",
          "html: true, monospace: true", "timeout: 3s"),
    *each("pushover", "", "user_key: u", "token: t"),
    *each("slack", SLACK, "app_token: x", "app_token_file: /x", "app_url: 'http://y/'", "update_message: true", "message_text: x", "timeout: 1s",
          "timeout: 1d", "actions: [{type: button, text: t, url: u}]", "actions: [{type: button, text: t}]", "actions: [{text: t, url: u}]",
          "actions: [{type: b, url: u}]", "actions: [{type: b, text: t, name: n, confirm: {title: x}}]",
          "actions: [{type: b, text: t, name: n, value: v, style: s, confirm: {text: t, title: x, ok_text: o, dismiss_text: d}}]"),
    *each("slack", "", "app_token: x", "app_token: x, channel: c, app_url: 'http://y/'", "app_token: x, app_url: x", "app_token: x, app_token_file: /x",
          "app_token_file: /x", "app_token: x, http_config: {authorization: {credentials: c}}", "app_token: x, http_config: {basic_auth: {username: c}}",
          "api_url: 'https://slack.com/api/chat.postMessage', update_message: true"),
    *each("email", MAIL, *(f"threading: {{{t}}}" for t in ("enabled: true", "enabled: true, thread_by_date: daily", "enabled: true, thread_by_date: none",
                                                          "thread_by_date: weekly", "enabled: true, thread_by_date: weekly", "foo: 1")),
          "threading: {enabled: true, thread_by_date: none}, headers: {references: x}",
          "threading: {enabled: true, thread_by_date: none}, headers: {In-Reply-To: x}", "auth_secret: x", "auth_secret_file: /x", "auth_identity: i",
          "force_implicit_tls: true", "tls_config: {ca: x}", "tls_config: {min_version: TLS12}", "tls_config: {min_version: TLS99}"),
    *each("webhook", WEBHOOK, "payload: {a: b}", "payload: x", "payload: {a: [1, {b: '{{ .Status }}'}]}", "payload: null", "payload: 5", "timeout: 1d",
          "timeout: 1.5h"),
    *http_config(*(f"oauth2: {{{text}}}" for text in (
        "client_id: i, client_secret: s, token_url: 'http://t/'",
        "client_id: i, client_secret_file: /s, token_url: 'http://t/', scopes: [a], endpoint_params: {a: b}", "client_secret: s, token_url: 'http://t/'",
        "client_id: i, token_url: 'http://t/'", "client_id: i, client_secret: s", "client_id: i, client_secret: s, client_secret_file: /f, token_url: 'http://t/'",
        "client_id: i, client_secret: s, token_url: 'http://t/', tls_config: {insecure_skip_verify: true}, proxy_url: 'http://p/'",
        "client_id: i, client_secret: s, token_url: 'http://t/', no_proxy: a")),
        "oauth2: {client_id: i, client_secret: s, token_url: 'http://t/'}, basic_auth: {username: u}",
        "no_proxy: a", "no_proxy: a, proxy_url: 'http://p/'", "proxy_from_environment: true", "proxy_from_environment: true, proxy_url: 'http://p/'",
        "proxy_connect_header: {A: [b]}", "proxy_url: 'http://p/', proxy_connect_header: {A: [b]}", "http_headers: {A: {values: [b]}}",
        "http_headers: {A: {values: [b], secrets: [c], files: [/d]}}", "http_headers: {A: b}",
        *(f"http_headers: {{{name}: {{values: [b]}}}}" for name in (
            "Authorization", "Content-Type", "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Cookie",
            "Proxy-Authorization", "Range", "Www-Authenticate", "X-Prometheus-Scrape-Timeout-Seconds", "X-Forwarded-For", "Via", "TE")),
        "basic_auth: {username_file: /x, password: y}", "basic_auth: {username_file: /x, username: y}", "basic_auth: {password: p, password_file: /p}",
        "authorization: {credentials: p, credentials_file: /p}", "authorization: {type: X}", "bearer_token: x, bearer_token_file: /y",
        "bearer_token: x, authorization: {credentials: y}", "bearer_token: x, basic_auth: {username: y}", "basic_auth: {}",
        "tls_config: {ca: x}", "tls_config: {cert: x}", "tls_config: {cert: x, key: y, ca: z, ca_file: /z}", "tls_config: {min_version: TLS13, max_version: TLS12}",
        "enable_http2: false, follow_redirects: false"),
    with_global("telegram_bot_token: x", "telegram_configs: [{chat_id: 1}]"), with_global("telegram_bot_token_file: /x", "telegram_configs: [{chat_id: 1}]"),
    with_global("telegram_bot_token: x, telegram_bot_token_file: /y", "telegram_configs: [{chat_id: 1}]"),
    with_global("telegram_api_url: 'http://x'", "telegram_configs: [{chat_id: 1, bot_token: x}]"),
    with_global("telegram_api_url: 'x'", "telegram_configs: [{chat_id: 1, bot_token: x}]"), with_global("opsgenie_api_key: x", "opsgenie_configs: [{}]"),
    with_global("opsgenie_api_key: x, opsgenie_api_key_file: /y", ""), with_global("opsgenie_api_url: 'http://x'", "opsgenie_configs: [{api_key: y}]"),
    with_global("pagerduty_url: 'http://x'", "pagerduty_configs: [{routing_key: y}]"), with_global("slack_app_token: x", "slack_configs: [{channel: c}]"),
    with_global("slack_app_token: x, slack_app_token_file: /y", "slack_configs: [{channel: c}]"),
    with_global("slack_app_token: x, slack_api_url: 'http://y/'", "slack_configs: [{channel: c}]"),
    with_global("slack_app_token_file: /x, slack_app_url: 'http://y/'", "slack_configs: [{channel: c}]"),
    with_global("slack_api_url: 'http://x/'", "slack_configs: [{app_token: t, channel: c}]"),
    with_global("slack_app_token: x", "slack_configs: [{api_url: 'http://x/'}]"), with_global("smtp_auth_secret: x, smtp_auth_secret_file: /y", ""),
    with_global("smtp_auth_secret_file: /y, smtp_smarthost: 'h:25', smtp_from: 'a@b'", "email_configs: [{to: 'c@d'}]"),
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
