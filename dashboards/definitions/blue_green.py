from .kit import RATE, dashboard, graph, row, stat, table

ATTEMPTS = f"sum by (pool, upstream, status) (rate(nginx_upstream_attempts_total[{RATE}]))"
FAILED = (f'sum by (pool, upstream, status) (rate(nginx_upstream_attempts_total{{status=~"5.."}}[{RATE}])) '
          f'or sum by (pool, upstream) (rate(nginx_upstream_attempts_total[{RATE}])) * 0')

DASHBOARD = dashboard("blue-green", "Blue/Green", "Which pool serves, when and why that changed, and what each upstream "
                      "answered.", [
    stat("Serving pool", "The pool that gave the last answers, as the access log shows it.",
         "max by (pool) (nginx_pool_active) == 1", legend="{{pool}}", text="name", pools=True, no_value="unknown"),
    stat("Serving release", "The release that the serving pool's last answer came from.",
         "max by (pool, release) (nginx_pool_release_info) and on (pool) max by (pool) (nginx_pool_active) == 1",
         legend="{{release}}", text="name", no_value="unknown"),
    stat("Failovers", "Times that the serving pool changed in the time shown.",
         "sum(increase(nginx_pool_failovers_total[$__range]))", steps=("green", (0.5, "orange")), decimals=0),
    stat("Retries", "Requests a second that were repeated on another server.",
         f"sum(rate(nginx_upstream_retries_total[{RATE}]))", unit="reqps", steps=("green", (0.01, "orange")), spark=True),
    stat("Error window", "Requests that the error window holds.", "max(nginx_error_window_requests)", steps=("blue",)),
    stat("Threshold crossed", "Times that the error rate came to exceed its threshold in the time shown.",
         "sum(increase(nginx_error_window_breaches_total[$__range]))", steps=("green", (0.5, "red")), decimals=0),
    graph("Serving pool over time", "Which pool served. Red marks are failovers, purple ones releases seen for the first "
          "time.", [("max by (pool) (nginx_pool_active)", "{{pool}}")], unit="none", width=24, height=5, stack=True,
          steps=True, fill=8, line=0, high="1", decimals=0, legend="list"),

    row("Attempts"),
    graph("Attempts by upstream and status", "Each attempt on a server, those that were repeated elsewhere among them.",
          [(f"{ATTEMPTS} > 0", "{{pool}} {{upstream}} {{status}}")], unit="reqps", height=9),
    graph("Failed attempts by upstream", "Attempts that a server answered with 5xx, or nginx for it.",
          [(FAILED, "{{pool}} {{upstream}} {{status}}")], unit="reqps", height=9),
    graph("Retries by the pool that answered", "Requests that failed on one server and were repeated, by the pool that "
          "answered in the end.", [(f"sum by (pool) (rate(nginx_upstream_retries_total[{RATE}]))", "{{pool}}")],
          unit="reqps"),
    graph("Time of an attempt by upstream", "The time that 95 % of the attempts on a server stay under.",
          [(f"histogram_quantile(0.95, sum by (le, upstream) (rate(nginx_upstream_response_duration_seconds_bucket"
            f"[{RATE}])))", "{{upstream}}")], unit="s", fill=0),

    row("Errors and releases"),
    graph("Error rate against the threshold", "Share of the last requests in which an upstream attempt ended in 5xx, "
          "retried ones included. There is no value under 20 requests.",
          [("max(nginx_error_window_ratio)", "error rate"), ("max(nginx_error_rate_threshold_ratio)", "threshold")],
          unit="percentunit", fill=2, limit="threshold"),
    table("Releases", "The release that each pool's last answer came from.",
          "max by (pool, release) (nginx_pool_release_info)", {"pool": "Pool", "release": "Release"}, width=6,
          hidden=("Value",)),
    table("Failovers since the exporter started", "How often the serving pool changed, by direction.",
          "sum by (from, to) (nginx_pool_failovers_total)", {"from": "From", "to": "To", "Value": "Times"}, width=6),
])
