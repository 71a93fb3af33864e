from .kit import RATE, column, dashboard, graph, row, stat, table


def rate(metric, by=""):
    return f"sum{f' by ({by})' if by else ''} (rate({metric}[{RATE}]))"


def quantile(q, metric, by="le"):
    return f"histogram_quantile({q}, sum by ({by}) (rate({metric}_bucket[{RATE}])))"


DASHBOARD = dashboard("nginx", "Nginx", "Connections, requests, statuses and times, what the error log complains of, and "
                      "whether the logs are read in time.", [
    stat("Nginx", "Whether stub_status answered the last scrape.", "min(nginx_up)", names={1: "up", 0: "down"},
         steps=("red", (1, "green"))),
    stat("Connections now", "Open client connections, the waiting ones among them.", "sum(nginx_connections_active)",
         steps=("blue",), spark=True),
    stat("Requests", "Requests a second by nginx's own count.", rate("nginx_http_requests_total"), unit="reqps",
         steps=("blue",), spark=True),
    stat("Answers with 5xx", "Share of the requests that the client saw fail.",
         f'(sum(rate(nginx_access_requests_total{{status=~"5.."}}[{RATE}])) or vector(0)) '
         f'/ sum(rate(nginx_access_requests_total[{RATE}]))', unit="percentunit", decimals=2,
         steps=("green", (0.001, "orange"), (0.02, "red")), no_value="no requests"),
    stat("Traffic out", "Bodies sent to clients.", rate("nginx_access_response_bytes_total"), unit="Bps", steps=("blue",),
         spark=True),
    stat("Log unread", "Written to the logs but not yet read by the exporter.", "sum(nginx_log_lag_bytes)", unit="bytes",
         steps=("green", (1 << 20, "orange"), (64 << 20, "red"))),

    row("Requests"),
    graph("By status", "What clients were answered.", [(rate("nginx_access_requests_total", "status") + " > 0",
                                                        "{{status}}")], unit="reqps", stack=True),
    graph("By method", "GET, POST and the rest.", [(rate("nginx_access_requests_total", "method") + " > 0",
                                                    "{{method}}")], unit="reqps"),
    graph("Time to answer", "From the first byte of the request to the last of the answer.",
          [(quantile(0.5, "nginx_access_request_duration_seconds"), "half"),
           (quantile(0.95, "nginx_access_request_duration_seconds"), "95 %"),
           (quantile(0.99, "nginx_access_request_duration_seconds"), "99 %")], unit="s", fill=0),
    graph("Time to answer by pool", "The time that 95 % of the requests stay under.",
          [(quantile(0.95, "nginx_access_request_duration_seconds", "le, pool"), "{{pool}}")], unit="s", fill=0),
    graph("Time of the servers behind", "The time that 95 % of the attempts on a server stay under.",
          [(quantile(0.95, "nginx_upstream_response_duration_seconds", "le, upstream"), "{{upstream}}")], unit="s",
          fill=0),
    graph("Bytes sent", "Bodies sent to clients, by pool.",
          [(rate("nginx_access_response_bytes_total", "pool"), "{{pool}}")], unit="Bps", stack=True),

    row("Connections"),
    graph("Connections by what they do", "Reading a request, writing an answer, or waiting for the next request.",
          [("sum(nginx_connections_reading)", "reading"), ("sum(nginx_connections_writing)", "writing"),
           ("sum(nginx_connections_waiting)", "waiting")], unit="short", stack=True),
    graph("Connections accepted", "New connections a second, and those that nginx dropped for want of room.",
          [(rate("nginx_connections_accepted"), "accepted"),
           (f"{rate('nginx_connections_accepted')} - {rate('nginx_connections_handled')}", "dropped")], unit="cps"),

    row("Logs"),
    graph("Error log", "Messages a second by level and category.",
          [(rate("nginx_error_log_messages_total", "level, category"), "{{level}} {{category}}")], unit="ops"),
    graph("Lines that could not be read", "Lines of the access log with something wrong in them, by reason.",
          [(rate("nginx_log_parse_errors_total", "file, reason") + " or sum by (file) (nginx_log_lines_total) * 0",
            "{{file}} {{reason}}")], unit="ops"),
    table("Log files", "What was read of each file, what is waiting, what is lost, and how often it was rotated.",
          ["sum by (file) (nginx_log_lines_total)", "sum by (file) (nginx_log_lag_bytes)",
           "sum by (file) (nginx_log_lost_bytes_total)", "sum by (file) (nginx_log_rotations_total)"],
          {"file": "File", "Value #A": "Lines", "Value #B": "Unread", "Value #C": "Lost", "Value #D": "Rotations"},
          shown=[column("Lines", unit="short"), column("Unread", unit="bytes"),
                 column("Lost", unit="bytes", steps=("green", (1, "red")))], width=24, height=6),
])
