from .kit import RATE, dashboard, graph, row, stat

SERVICES = ("service1", "service2")


def requests(service, by=""):
    return f"sum{f' by ({by})' if by else ''} (rate({service}_http_requests_total[{RATE}]))"


def quantile(q, service):
    return f"histogram_quantile({q}, sum by (le) (rate({service}_http_request_duration_seconds_bucket[{RATE}])))"


def head(service):
    name = service.replace("service", "Service ")
    return [
        stat(name, "Whether it answered the last scrape.", f'min(up{{job="{service}"}})', names={1: "up", 0: "down"},
             steps=("red", (1, "green"))),
        stat(f"{name}: requests", "Requests a second.", requests(service), unit="reqps", steps=("blue",), spark=True),
        stat(f"{name}: slowest twentieth", "The time that 95 % of the requests stay under.", quantile(0.95, service),
             unit="s", steps=("green", (0.5, "orange"), (1, "red")), spark=True, no_value="no requests")]


def body(service):
    name = service.replace("service", "Service ")
    return [
        row(name),
        graph(f"{name}: requests by status", "What the service answered.",
              [(requests(service, "status"), "{{status}}")], unit="reqps", stack=True),
        graph(f"{name}: time to answer", "The time that a half, 95 % and 99 % of the requests stay under.",
              [(quantile(0.5, service), "half"), (quantile(0.95, service), "95 %"), (quantile(0.99, service), "99 %")],
              unit="s", fill=0)]


DASHBOARD = dashboard("services", "Services", "Service 1 and service 2 behind Nginx: requests and latency.",
                      [panel for service in SERVICES for panel in head(service)]
                      + [panel for service in SERVICES for panel in body(service)], annotations=())
