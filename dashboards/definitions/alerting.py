from .kit import RATE, column, dashboard, graph, row, stat, table

DASHBOARD = dashboard("alerting", "Alerting", "What is firing, what was told to whom, and how long that took.", [
    stat("Firing", "Firing alerts but Watchdog, which always fires.",
         'count(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)', steps=("green", (1, "red"))),
    stat("Pending", "Alerts whose `for` has not yet passed.", 'count(ALERTS{alertstate="pending"}) or vector(0)',
         steps=("green", (1, "orange"))),
    stat("Watchdog", "Fires as long as rules are evaluated.", 'count(ALERTS{alertname="Watchdog", alertstate="firing"}) '
         'or vector(0)', names={0: "silent"}, steps=("red", (1, "green"))),
    stat("Messages sent", "Due in the time shown, by all receivers.",
         "sum(increase(tocsin_notifications_total[$__range])) or vector(0)", steps=("blue",), decimals=0),
    stat("Messages late", "Not delivered before their group's next turn, in the time shown. They are tried again.",
         "sum(increase(tocsin_notifications_failed_total[$__range])) or vector(0)", steps=("green", (0.5, "red")),
         decimals=0),
    stat("Rules failing", "Evaluations that ended in an error, in the time shown.",
         "sum(increase(tocsin_rule_evaluation_failures_total[$__range])) or vector(0)", steps=("green", (0.5, "red")),
         decimals=0),

    row("Alerts"),
    graph("Alerts over time", "Pending and firing alerts.",
          [('count by (alertname, alertstate) (ALERTS{alertname!="Watchdog"}) or vector(0)',
            "{{alertname}} {{alertstate}}")], unit="short", stack=True, steps=True, decimals=0, width=24),
    table("Alerts now", "Pending and firing alerts, Watchdog too.", "ALERTS",
          {"alertname": "Alert", "alertstate": "State", "severity": "Severity", "pool": "Pool", "name": "Container",
           "from": "From", "to": "To", "job": "Job", "instance": "Instance"},
          hidden=("Value", "Value #A", "__name__"), width=24),

    row("Messages"),
    graph("Messages by receiver", "Messages due a second.",
          [(f"sum by (receiver, integration) (rate(tocsin_notifications_total[{RATE}]))",
            "{{receiver}} {{integration}}")], unit="ops"),
    graph("Attempts that failed", "Requests to a receiver's server that failed and are repeated.",
          [(f"sum by (receiver, integration) (rate(tocsin_notification_requests_failed_total[{RATE}]))",
            "{{receiver}} {{integration}}")], unit="ops"),

    graph("Time to deliver a message", "From the moment it is due until the receiver's server has taken it, attempts that were "
          "repeated among them; 0 where there was none.",
          [(f"sum by (receiver, integration) (rate(tocsin_notification_delivery_seconds_total[{RATE}])) / "
            f"clamp_min(sum by (receiver, integration) (rate(tocsin_notifications_delivered_total[{RATE}])), 1e-9)",
            "{{receiver}} {{integration}}")], unit="s"),
    graph("Time from scrape to rules", "How long the last scrape of each target and the last evaluation of the slowest group took: "
          "what an alert waits for before it is due.",
          [("max by (job) (scrape_duration_seconds)", "scrape {{job}}"),
           ("max(tocsin_rule_group_last_duration_seconds)", "rules")], unit="s", fill=0),

    row("Rules"),
    graph("Time of an evaluation", "How long the last evaluation of each group took.",
          [("max by (rule_group) (tocsin_rule_group_last_duration_seconds)", "{{rule_group}}")], unit="s", fill=0),
    graph("Evaluations missed", "Left out a second because the one before took too long.",
          [(f"sum by (rule_group) (rate(tocsin_rule_group_iterations_missed_total[{RATE}]))", "{{rule_group}}")],
          unit="ops"),
    table("Rule groups", "Rules, interval, the last evaluation, and errors since the start.",
          ["max by (rule_group) (tocsin_rule_group_rules)", "max by (rule_group) (tocsin_rule_group_interval_seconds)",
           "time() - max by (rule_group) (tocsin_rule_group_last_evaluation_timestamp_seconds)",
           "max by (rule_group) (tocsin_rule_evaluation_failures_total)"],
          {"rule_group": "Group", "Value #A": "Rules", "Value #B": "Interval", "Value #C": "Evaluated ago",
           "Value #D": "Errors"},
          shown=[column("Interval", unit="s"), column("Evaluated ago", unit="s"),
                 column("Errors", steps=("green", (1, "red")))], width=24, height=7),
])
