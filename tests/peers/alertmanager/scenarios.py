"""What happens to both sides, and when. Each scenario is a route below the root that takes `scenario="NAME"`, and steps:
(seconds, action, …). The rhythm is group_wait 1 s, group_interval 2 s unless a route says otherwise; steps lie between the
beats, so that a busy machine does not decide what comes first.

Left out on purpose: of two sources of an inhibition Alertmanager 0.33 forgets the older when the younger ends, and tells
the target; tocsin goes on to inhibit. So in `inhibited_by_two` the older ends first.

Actions: fire NAME labels… [starts= ends= annotations=], over NAME labels…, silence ID matchers… [starts=], expire ID, reload CONFIG.
"""

FAR = 3600


def fire(at, name="A", starts=0.0, ends=FAR, annotations=None, url="http://prom.example/graph", **labels):
    return (at, "alert", dict(labels, alertname=name), starts, ends, annotations or {}, url)


def over(at, name="A", starts=0.0, annotations=None, **labels):
    return (at, "alert", dict(labels, alertname=name), starts, at, annotations or {}, "http://prom.example/graph")


def timing_out(at, name="A", **labels):
    return (at, "alert", dict(labels, alertname=name), 0.0, None, {}, "http://prom.example/graph")


def silence(at, key, *matchers, starts=None, ends=FAR):
    return (at, "silence", key, matchers, starts, ends)


def expire(at, key):
    return (at, "expire", key)


def is_(name, value):
    return {"name": name, "value": value, "isRegex": False, "isEqual": True}


def not_(name, value):
    return {"name": name, "value": value, "isRegex": False, "isEqual": False}


def like(name, value):
    return {"name": name, "value": value, "isRegex": True, "isEqual": True}


def unlike(name, value):
    return {"name": name, "value": value, "isRegex": True, "isEqual": False}


# name: (steps, what the route says beside its matcher)
SCENARIOS = {
    "grouping": ([fire(0, "A", i="1"), fire(0.1, "B", i="1"), fire(0.2, "A", i="2")], "group_by: [alertname]"),
    "grouping_by_two": ([fire(0, "A", job="x", i="1"), fire(0.1, "A", job="y", i="1"), fire(0.2, "A", job="x", i="2"), fire(0.3, "A", i="3")],
                        "group_by: [alertname, job]"),
    "grouping_by_all": ([fire(0, "A", i="1"), fire(0.1, "A", i="2")], "group_by: ['...']"),
    "one_group": ([fire(0, "A", i="1"), fire(0.1, "B", i="2"), fire(0.2, "C")], "group_by: []"),
    "batching": ([fire(0, i="1"), fire(0.3, i="2"), fire(0.6, i="3")], ""),
    "later_alerts": ([fire(0, i="1"), fire(2, i="2"), fire(2.3, i="3"), fire(6, i="4")], ""),
    "waited_already": ([fire(0, i="1", starts=-60), fire(1, i="2", starts=-60)], ""),
    "repeat": ([fire(0)], "repeat_interval: 3s"),
    "repeat_of_several": ([fire(0, i="1"), fire(0.2, i="2"), fire(4, i="3")], "repeat_interval: 5s"),
    "changed_annotation": ([fire(0, annotations={"a": "old"}), fire(2, annotations={"a": "new"})], "repeat_interval: 5s"),
    "resolve": ([fire(0), over(2)], ""),
    "resolve_one_of_two": ([fire(0, i="1"), fire(0, i="2"), over(2, i="1"), over(6, i="2")], ""),
    "resolve_before_told": ([fire(0), over(0.5)], ""),
    "resolve_among_others_before_told": ([fire(0, i="1"), fire(0, i="2"), over(0.5, i="1")], ""),
    "resolve_untold_receiver": ([fire(0, i="1"), fire(0, i="2"), over(2, i="1"), over(4.2, i="2"), fire(8, starts=8, i="2")],
                                "receiver: no_resolved"),
    "fires_again": ([fire(0), over(2), fire(6.2, starts=6.2), over(8.2, starts=6.2)], ""),
    "fires_again_within_an_interval": ([fire(0), over(1.6), fire(2.2, starts=2.2)], ""),
    "flapping_between_flushes": ([fire(0), over(1.4), fire(1.7, starts=1.7), over(2.0, starts=1.7)], ""),
    "merge_earlier_start": ([fire(0, starts=0), fire(2, starts=-30), fire(2.2, i="2")], ""),
    "merge_later_start": ([fire(0, starts=-30), fire(2, starts=1), fire(2.2, i="2")], ""),
    "merge_annotations": ([fire(0, annotations={"a": "1", "b": "1"}), fire(2, annotations={"a": "2"}), fire(2.2, i="2")], ""),
    "merge_ends": ([fire(0, ends=FAR), fire(0.5, ends=4.0), over(6, i="never")], ""),
    "end_passes": ([fire(0, ends=4.0)], ""),
    "end_moves": ([fire(0, ends=4.0), fire(3.5, ends=8.0)], ""),
    "resolve_timeout": ([timing_out(0), fire(0, i="other")], ""),
    "resolve_timeout_renewed": ([timing_out(0), timing_out(4), timing_out(8)], ""),
    "timeout_then_end": ([timing_out(0), fire(2, ends=4.5)], ""),
    "generator_and_text": ([fire(0, "Ünï <b>&\"'\\", annotations={"s": "a<b>&c\u2028d\te\nf", "ü": "€"}, url="http://p/?a=1&b=<2>", path="/a\\b")], ""),
    "order": ([fire(0, "Z", job="b", instance="2"), fire(0.1, "A"), fire(0.1, "B", job="b"), fire(0.1, "C", instance="1"),
               fire(0.1, "D", job="a", instance="9", z="1"), fire(0.1, "E", job="b", instance="1"), fire(0.1, "F", k="v", l="w")], "group_by: []"),
    "common": ([fire(0, i="1", team="x", annotations={"s": "same", "d": "1"}), fire(0.1, i="2", team="x", annotations={"s": "same", "d": "2"})], ""),
    "max_alerts": ([fire(0, i=str(i)) for i in range(5)], "receiver: max_alerts"),
    "two_integrations": ([fire(0), over(2), fire(6.2, starts=6.2)], "receiver: two"),
    "continued": ([fire(0, i="1"), over(4, i="1")], "continue: true"),
    "nested": ([fire(0, sub="x", i="1"), fire(0.1, sub="y", i="2"), fire(0.2, sub="z", i="3"), fire(0.3, i="4")],
               "group_by: [alertname, sub]\n      routes:\n      - {matchers: ['sub=~\"x|y\"'], receiver: nested, group_by: [alertname]}\n"
               "      - {matchers: ['sub=\"y\"'], receiver: no_resolved}"),
    "nested_continue": ([fire(0, sub="x"), fire(0.1, sub="xy")],
                        "routes:\n      - {matchers: ['sub=~\"x.*\"'], receiver: nested, continue: true}\n"
                        "      - {matchers: ['sub=~\".*y\"'], receiver: max_alerts}"),
    "inhibited": ([fire(0, "S", role="source", c="1"), fire(0.2, role="target", c="1"), fire(0.2, role="target", c="2"),
                   over(4.2, "S", role="source", c="1")], "group_by: [alertname]"),
    "inhibited_while_told": ([fire(0, role="target", c="1"), fire(2, "S", role="source", c="1"), over(4, role="target", c="1"),
                              fire(4, role="target", c="2")], "group_by: [alertname]"),
    "inhibited_missing_label": ([fire(0, "S", role="source"), fire(0.2, role="target"), fire(0.2, role="target", c="1")], "group_by: [alertname]"),
    "inhibited_both_sides": ([fire(0, "S", role="both", n="1"), fire(0.1, "T", role="both", n="2"), fire(0.1, role="target2")], "group_by: [alertname]"),
    "inhibited_by_two": ([fire(0, "S", role="source", n="1"), fire(0, "S", role="source", n="2"), fire(0.2, role="target"),
                          over(4.2, "S", role="source", n="1"), over(8.2, "S", role="source", n="2")], "group_by: [alertname]"),
    "inhibited_source_ends_itself": ([fire(0, "S", role="source", ends=5.0), fire(0.2, role="target")], "group_by: [alertname]"),
    "silenced": ([silence(0, "s1", is_("scenario", "silenced"), is_("i", "1")), fire(0.3, i="1"), fire(0.3, i="2"), expire(4.3, "s1")], ""),
    "silenced_later": ([silence(0, "s2", is_("scenario", "silenced_later"), starts=3.0), fire(0.3, i="1"), fire(2.3, i="2"), fire(4.3, i="3")], ""),
    "silenced_until": ([silence(0, "s3", is_("scenario", "silenced_until"), ends=4.0), fire(0.3, i="1")], ""),
    "silenced_by_regex": ([silence(0, "s4", is_("scenario", "silenced_by_regex"), like("i", "1|2"), not_("k", "v"), unlike("l", "w.*")),
                           fire(0.3, i="1"), fire(0.3, i="2", k="v"), fire(0.3, i="2", l="www"), fire(0.3, i="3")], ""),
    "silenced_while_told": ([fire(0, i="1"), silence(2, "s5", is_("scenario", "silenced_while_told"), is_("i", "1")), over(4, i="1"), fire(4, i="2")], ""),
    "silenced_source_inhibits": ([silence(0, "s6", is_("scenario", "silenced_source_inhibits"), is_("role", "source")),
                                  fire(0.3, "S", role="source"), fire(0.4, role="target"), expire(4.4, "s6")], "group_by: [alertname]"),
    "muted_always": ([fire(0)], "mute_time_intervals: [always]"),
    "muted_never": ([fire(0), over(2)], "mute_time_intervals: [never, last_year]"),
    "active_never": ([fire(0)], "active_time_intervals: [never]"),
    "active_now": ([fire(0), over(2)], "active_time_intervals: [never, now_elsewhere]"),
    "active_and_muted": ([fire(0)], "active_time_intervals: [always]\n      mute_time_intervals: [today]"),
    "muted_parent": ([fire(0, sub="x")], "mute_time_intervals: [always]\n      routes: [{matchers: ['sub=\"x\"']}]"),
    "unavailable": ([fire(0), over(4.6)], "receiver: unavailable"),
    "refusing": ([fire(0)], "receiver: refusing"),
    "posted_again": ([fire(t, annotations={"n": "1"}) for t in (0, 1.4, 2.6, 3.8, 5.4)], ""),
    "many_at_once": ([fire(0.01 * i, f"A{i % 3}", i=str(i)) for i in range(30)], "group_by: [alertname]"),
}

RECEIVERS = {
    "no_resolved": [{"url": "SINK/NAME-no_resolved", "send_resolved": False}],
    "max_alerts": [{"url": "SINK/NAME-max_alerts", "max_alerts": 2}],
    "two": [{"url": "SINK/NAME-two-0"}, {"url": "SINK/NAME-two-1", "send_resolved": False}],
    "nested": [{"url": "SINK/NAME-nested"}],
    "unavailable": [{"url": "SINK/NAME-unavailable"}],
    "refusing": [{"url": "SINK/NAME-refusing"}],
}
# Statuses that a sink's path answers with first.
ANSWERS = {"unavailable-unavailable": [503, 500], "refusing-refusing": [400]}

# Scenarios that reload, on a pair of their own: the same group of alerts under one configuration, then another.
RELOADS = {
    "unchanged": ("group_by: [alertname]", "group_by: [alertname]"),
    "regrouped": ("group_by: [alertname]", "group_by: [alertname, i]"),
    "rerouted": ("group_by: [alertname]\n      receiver: RELOAD-one", "group_by: [alertname]\n      receiver: RELOAD-two"),
    "muted": ("group_by: [alertname]", "group_by: [alertname]\n      mute_time_intervals: [always]"),
    "shorter": ("group_by: [alertname]\n      group_interval: 60s", "group_by: [alertname]"),
}
