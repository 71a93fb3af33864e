from .kit import BLUE_GREEN, RATE, column, dashboard, gauge, graph, row, stat, table

DURATION = "nginx_access_request_duration_seconds_bucket"


def quantile(q, by="le"):
    return f"histogram_quantile({q}, sum by ({by}) (rate({DURATION}[{RATE}])))"


DASHBOARD = dashboard("overview", "Overview", "Is the service well: who serves, how many requests fail, how long they "
                      "take, what is firing.", [
    stat("Serving pool", "The pool that gave the last answers, as the access log shows it.",
         "max by (pool) (nginx_pool_active) == 1", legend="{{pool}}", text="name", pools=True, no_value="unknown",
         links=[BLUE_GREEN]),
    gauge("Error rate, as part of the threshold",
          "100 % is the exporter's --nginx.error-rate-threshold: above it HighErrorRate fires.",
          "max(nginx_error_window_ratio / nginx_error_rate_threshold_ratio)", high=2,
          steps=("green", (0.5, "orange"), (1, "red")), no_value="under 20 requests", links=[BLUE_GREEN]),
    stat("Requests", "Requests in the access log, all pools.", f"sum(rate(nginx_access_requests_total[{RATE}]))",
         unit="reqps", steps=("blue",), spark=True, links=[("Nginx", "tocsin-nginx")]),
    stat("Slowest twentieth", "The time that 95 % of the requests stay under.", quantile(0.95), unit="s",
         steps=("green", (0.5, "orange"), (1, "red")), spark=True, links=[("Nginx", "tocsin-nginx")]),
    stat("Alerts firing", "Firing alerts but Watchdog, which always fires.",
         'count(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)', steps=("green", (1, "red")),
         links=[("Alerting", "tocsin-alerting")]),
    stat("Targets down", "Scrape targets that do not answer.", "count(up == 0) or vector(0)",
         steps=("green", (1, "red")), links=[("Tocsin itself", "tocsin-self")]),

    row("Requests"),
    graph("Requests by pool", "Requests a second by the pool that answered in the end.",
          [(f"sum by (pool) (rate(nginx_access_requests_total[{RATE}]))", "{{pool}}")], unit="reqps", stack=True,
          links=[BLUE_GREEN]),
    graph("Requests by pool and status", "What clients were answered.",
          [(f"sum by (pool, status) (rate(nginx_access_requests_total[{RATE}])) > 0", "{{pool}} {{status}}")],
          unit="reqps", links=[("Nginx", "tocsin-nginx")]),
    graph("Error rate against the threshold", "Share of the last requests in which an upstream attempt ended in 5xx, "
          "retried ones included. Above the dashed line HighErrorRate fires. There is no value under 20 requests.",
          [("max(nginx_error_window_ratio)", "error rate"), ("max(nginx_error_rate_threshold_ratio)", "threshold")],
          unit="percentunit", fill=2, limit="threshold", links=[BLUE_GREEN]),
    graph("Time to answer", "The time that a half, 95 % and 99 % of the requests stay under.",
          [(quantile(0.5), "half"), (quantile(0.95), "95 %"), (quantile(0.99), "99 %")], unit="s", fill=0),

    row("Service uptime"),
    table("Containers", "Every container with its state, since when it runs, and how often it was begun again.",
          ['max by (name) (container_state{name!="", state="running"})',
           'time() - max by (name) (container_start_time_seconds{name!=""})',
           'max by (name) (container_restarts_total{name!=""})'],
          {"name": "Container", "Value #A": "State", "Value #B": "Runs for", "Value #C": "Restarts"},
          shown=[column("State", names={1: "running", 0: "not running"}, steps=("red", (1, "green")), width=120),
                 column("Runs for", unit="s"), column("Restarts", steps=("green", (1, "orange"), (3, "red")), width=90)],
          links=[("Containers", "tocsin-containers")]),
    table("Targets", "Every scrape target, whether it answered the last scrape, and the share of the scrapes in the "
          "time shown that it answered.",
          ["max by (job, instance) (up)", "avg by (job, instance) (avg_over_time(up[$__range]))"],
          {"job": "Job", "instance": "Instance", "Value #A": "State", "Value #B": "Answered"},
          shown=[column("State", names={1: "up", 0: "down"}, steps=("red", (1, "green")), width=90),
                 column("Answered", unit="percentunit", decimals=2, width=110)]),

    row("Alerts"),
    table("Alerts now", "Pending and firing alerts. Watchdog always fires: it shows that the way from rule to message is "
          "whole.", "ALERTS",
          {"alertname": "Alert", "alertstate": "State", "severity": "Severity", "pool": "Pool", "name": "Container",
           "from": "From", "to": "To", "job": "Job", "instance": "Instance"},
          hidden=("Value", "Value #A", "__name__"), width=24, links=[("Alerting", "tocsin-alerting")]),
])
