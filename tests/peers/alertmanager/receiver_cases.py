"""What the receivers are configured with in receivers_differential.py: by case, the type and its options. SINK is the sink's
URL of the side and the case, PROXY the sink as a proxy, behind which it plays every host of HOSTS over TLS, CA its certificate."""
HOSTS = ["api.pushover.net", "slack.com", "api.telegram.org", "events.pagerduty.com", "api.opsgenie.com"]
THROUGH = {"proxy_url": "PROXY", "tls_config": {"ca_file": "CA"}}
SUBJECT = "{{ .Status }} {{ .GroupLabels.alertname }} <b>&\"' {{ len .Alerts }}"
EACH = "{{ range .Alerts }}{{ .Labels.i }}:{{ .Annotations.summary }} {{ end }}"
MANY_SLACK = {"channel": "#ops-{{ .Status }}", "username": "u", "color": "{{ if eq .Status \"firing\" }}#123456{{ else }}good{{ end }}",
              "title": SUBJECT, "title_link": "http://t/{{ .Status }}", "pretext": "p", "text": EACH, "fallback": "f", "callback_id": "cb",
              "footer": "foot", "icon_emoji": ":fire:", "icon_url": "http://i/", "image_url": "http://im/", "thumb_url": "http://th/",
              "link_names": True, "mrkdwn_in": ["text"], "send_resolved": True}
PLAIN_SLACK = {k: "" for k in ("username", "color", "title", "title_link", "pretext", "text", "fallback", "callback_id", "footer")}
OAUTH = {"client_id": "id", "client_secret": "s+e/c", "token_url": "SINK/token", "scopes": ["a", "b c"], "endpoint_params": {"audience": "x&y"}}

# What never gets through is told once more by tocsin when it is over by then; what Alertmanager sends until then is the same.
AT_FIRST = {"webhook_stay": 2}

CASES = {
    "discord": ("discord", {"webhook_url": "SINK"}),
    "discord_all": ("discord", {"webhook_url": "SINK", "title": SUBJECT, "message": EACH, "content": "c {{ .Status }}",
                                "username": "bot", "avatar_url": "http://a/{{ .Status }}"}),
    "discord_long": ("discord", {"webhook_url": "SINK", "title": "ä" * 300, "message": "m" * 5000, "content": "c" * 3000,
                                 "username": "n" * 100, "send_resolved": False}),
    "teams": ("msteamsv2", {"webhook_url": "SINK"}),
    "teams_all": ("msteamsv2", {"webhook_url": "SINK", "title": SUBJECT, "text": EACH}),
    "telegram": ("telegram", {"api_url": "SINK", "bot_token": "1:x", "chat_id": -100123}),
    "telegram_plain": ("telegram", {"api_url": "SINK", "bot_token": "1:x", "chat_id": 5, "parse_mode": "", "message": SUBJECT + EACH}),
    "telegram_html": ("telegram", {"api_url": "SINK", "bot_token": "1:x", "chat_id": 5, "message": "<b>{{ .Status }}</b> " + EACH,
                                   "disable_notifications": True, "message_thread_id": 7}),
    "telegram_md": ("telegram", {"bot_token": "1:x", "chat_id": 5, "parse_mode": "MarkdownV2", "message": "x" * 5000, "http_config": THROUGH}),
    "telegram_markdown": ("telegram", {"api_url": "SINK", "bot_token": "1:x", "chat_id": 5, "parse_mode": "Markdown", "message": "*m*"}),
    "pagerduty": ("pagerduty", {"url": "SINK", "routing_key": "key"}),
    "pagerduty_all": ("pagerduty", {"routing_key": "key-{{ .Status }}", "client": "c {{ .Status }}", "client_url": "http://c/", "description": SUBJECT,
                                    "severity": "{{ .CommonLabels.severity }}", "class": "cl", "component": "co", "group": "gr", "source": "so",
                                    "details": {"each": EACH, "firing": "f", "json": "{{ .GroupLabels | toJson }}"},
                                    "images": [{"src": "http://i/", "alt": "a", "href": "http://h/"}, {"alt": "without"}],
                                    "links": [{"href": "http://l/{{ .Status }}", "text": "t"}, {"text": "without"}], "http_config": THROUGH}),
    "pagerduty_nested": ("pagerduty", {"url": "SINK", "routing_key": "key",
                                       "details": {"deep": {"a": "{{ .Status }}", "n": 5, "b": True, "l": ["{{ len .Alerts }}", 2]}}}),
    "pagerduty_long": ("pagerduty", {"url": "SINK", "routing_key": "key", "description": "d" * 2000, "details": {"big": "x" * 600000}}),
    "pagerduty_v1": ("pagerduty", {"service_key": "service", "client_url": "http://c/", "http_config": THROUGH}),
    "opsgenie": ("opsgenie", {"api_url": "SINK", "api_key": "key"}),
    "opsgenie_all": ("opsgenie", {"api_url": "SINK/", "api_key": "key-{{ .Status }}", "message": SUBJECT + "m" * 200, "description": EACH,
                                  "source": "src", "details": {"d": "{{ .Status }}", "severity": "over"}, "entity": "e", "tags": " a,,b ",
                                  "actions": "x,y", "note": "n {{ .Status }}", "priority": "P1", "update_alerts": True,
                                  "responders": [{"name": "one", "type": "team"}, {"id": "i", "type": "user"},
                                                 {"name": "{{ .CommonLabels.teams }}", "type": "teams"}, {"username": "u", "type": "escalation"}]}),
    "opsgenie_host": ("opsgenie", {"api_key": "key", "responders": [{"name": "{{ .CommonLabels.nothing }}", "type": "{{ .CommonLabels.nothing }}"}],
                                   "http_config": THROUGH}),
    "pushover": ("pushover", {"user_key": "user", "token": "tok", "http_config": THROUGH}),
    "pushover_all": ("pushover", {"user_key": "user", "token": "tok", "title": SUBJECT + "t" * 300, "message": EACH + "m" * 1100,
                                  "url": "http://u/?a=1&b=2", "url_title": "ut", "sound": "s", "device": "d", "priority": "{{ len .Alerts }}",
                                  "retry": "90s", "expire": "2h", "ttl": "5m", "monospace": True, "http_config": THROUGH}),
    "pushover_html": ("pushover", {"user_key": "user", "token": "tok", "html": True, "message": "<b>x</b>" + EACH, "http_config": THROUGH}),
    "pushover_empty": ("pushover", {"user_key": "user", "token": "tok", "message": " ", "title": "", "http_config": THROUGH}),
    "slack_webhook": ("slack", dict(MANY_SLACK, api_url="SINK", fields=[{"title": "a", "value": "{{ .Status }}"},
                                                                                  {"title": "b", "value": "c", "short": True}],
                                    actions=[{"type": "button", "text": "t {{ .Status }}", "url": "http://r/", "style": "danger"},
                                             {"type": "button", "text": "x", "name": "n", "value": "v",
                                              "confirm": {"text": "sure?", "title": "T", "ok_text": "o", "dismiss_text": "d"}}])),
    "slack_plain": ("slack", dict(PLAIN_SLACK, api_url="SINK", send_resolved=True)),
    "slack_bot": ("slack", dict(MANY_SLACK, app_token="xoxb-1", app_url="SINK", message_text="m {{ .Status }}")),
    "slack_bot_default": ("slack", dict(PLAIN_SLACK, app_token="xoxb-1", channel="C1", send_resolved=True, http_config=THROUGH)),
    "slack_update": ("slack", dict(MANY_SLACK, api_url="https://slack.com/api/chat.postMessage", channel="C2", update_message=True,
                                   http_config=dict(THROUGH, authorization={"credentials": "xoxb-2"}))),
    "webhook_http": ("webhook", {"url": "SINK", "http_config": {"basic_auth": {"username": "u", "password": "p:w"},
                                 "http_headers": {"X-Team": {"values": ["a", "b"], "secrets": ["s"]}, "x-lower": {"values": ["c"]}}}}),
    "webhook_oauth": ("webhook", {"url": "SINK", "http_config": {"oauth2": OAUTH}}),
    "webhook_bearer": ("webhook", {"url": "SINK", "http_config": {"authorization": {"type": "Token", "credentials": "c"}}}),
    "webhook_redirect": ("webhook", {"url": "SINK/redirect"}),
    "webhook_stay": ("webhook", {"url": "SINK/redirect", "http_config": {"follow_redirects": False}}),
    "webhook_proxied": ("webhook", {"url": "http://elsewhere.example/hook?x=1", "http_config": {"proxy_url": "PROXY"}}),
    "webhook_payload": ("webhook", {"url": "SINK", "payload": {"text": "{{ .Status }} {{ len .Alerts }}", "n": 5, "deep": [{"a": EACH}, True]}}),
    "webhook_text": ("webhook", {"url": "SINK", "payload": '{"a": "{{ .Status }}"}'}),
}
