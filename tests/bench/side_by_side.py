#!/usr/bin/env python3
"""Runs tocsin and a real Prometheus side by side on the same work, and prints what each of them needs of it.

    side_by_side.py --tocsin build/release/bin/tocsin [--prometheus PATH] [--metrics 1000] [--series 100] [--seconds 60]
                    [--interval 5] [--targets 1] [--rounds 1] [--flags=--storage.wal-sync=off] …

Both scrape TARGETS targets of METRICS x SERIES counters each every INTERVAL seconds, and evaluate an alerting rule for each
metric as often. `--targets 10 --interval 15 --without prometheus` is a million series. What is measured begins when both have
scraped three times: CPU seconds a minute, and resident memory at the end.
"""
import argparse, contextlib, json, os, pathlib, socket, subprocess, sys, tempfile, time, urllib.parse, urllib.request

HERE = pathlib.Path(__file__).resolve().parent
GROUPS = 20
EXPRESSIONS = ["rate({0}[1m]) > 1e9", "sum by (pool) (rate({0}[1m])) > 1e9", "avg_over_time({0}[1m]) > 1e12",
               'sum(rate({0}{{code=~"5.."}}[1m])) / sum(rate({0}[1m])) > 2']


def rules(metrics):
    lines = ["groups:"]
    for group in range(GROUPS):
        lines += [f"- name: g{group}", "  rules:"]
        for metric in range(group * metrics // GROUPS, (group + 1) * metrics // GROUPS):
            expression = EXPRESSIONS[metric % len(EXPRESSIONS)].format(f"bench_metric_{metric}_total")
            lines += [f"  - alert: A{metric}", f"    expr: {expression}", "    for: 1m", "    labels: {severity: page}",
                      f'    annotations: {{summary: "{metric}: {{{{ $labels.pool }}}} is at {{{{ $value | humanize }}}}"}}']
    return "\n".join(lines) + "\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    """MiB in all, and of them without what is mapped from files."""
    values = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(values["VmRSS"].split()[0]) / 1024, int(values["RssAnon"].split()[0]) / 1024


def ask(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(expression)}"
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(url, timeout=10) as answer:
            result = json.load(answer)["data"]["result"]
            return float(result[0]["value"][1]) if result else 0.0
    return 0.0


def wait_for(port, expression, wanted, seconds=120):
    end = time.monotonic() + seconds
    while ask(port, expression) < wanted:
        if time.monotonic() > end:
            raise TimeoutError(f"{expression} on port {port} is not {wanted} after {seconds} s")
        time.sleep(0.5)


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def commands(args, folder, port):
    config = folder / "prometheus.yml"
    config.write_text(f"global: {{scrape_interval: {args.interval}s, scrape_timeout: {args.interval}s, evaluation_interval: {args.interval}s}}\n"
                      "rule_files: [rules.yml]\n"
                      "scrape_configs:\n" + "".join(f"- job_name: bench{n or ''}\n  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
                                                     for n in range(args.targets)))
    (folder / "rules.yml").write_text(rules(args.metrics))
    ports = {"prometheus": free_port(), "tocsin": free_port()}
    return ports, {
        "prometheus": [args.prometheus, f"--config.file={config}", f"--storage.tsdb.path={folder}/theirs",
                       f"--web.listen-address=127.0.0.1:{ports['prometheus']}", "--log.level=error"],
        "tocsin": [args.tocsin, "serve", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{ports['tocsin']}",
                   "--log.level=error", *[flag.replace("FOLDER", str(folder)) for flag in args.flags]]}


def one_round(args):
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        target = stack.enter_context(running([sys.executable, HERE / "scrape_target.py", str(args.metrics), str(args.series), "0"],
                                             stdout=subprocess.PIPE, text=True))
        port = int(target.stdout.readline().split()[1])
        ports, lines = commands(args, folder, port)
        processes = {side: stack.enter_context(running(line, cwd=folder)) for side, line in lines.items() if side not in args.without}
        for side in processes:
            wait_for(ports[side], "sum(count_over_time(bench_metric_0_total[10m]))", 3 * args.series * args.targets)
        before = {side: cpu_seconds(process.pid) for side, process in processes.items()}
        begin = time.monotonic()
        time.sleep(args.seconds)
        took = time.monotonic() - begin
        figures = {}
        for side, process in processes.items():
            figures[side] = ((cpu_seconds(process.pid) - before[side]) * 60 / took, *resident(process.pid))
            missing = args.metrics * args.series * args.targets - ask(ports[side], "sum(scrape_samples_post_metric_relabeling)")
            if missing:
                raise AssertionError(f"{side} lacks {missing} samples of its last scrape")
        return figures


def main():
    peers = os.environ.get("PEERS", os.path.expanduser("~/peers"))
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tocsin", required=True)
    arguments.add_argument("--prometheus", default=os.path.join(peers, "bin/prometheus"))
    arguments.add_argument("--metrics", type=int, default=1000)
    arguments.add_argument("--series", type=int, default=100)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--interval", type=int, default=5)
    arguments.add_argument("--targets", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--flags", action="append", default=[], help="of tocsin, may be given again; FOLDER stands for a fresh folder")
    arguments.add_argument("--without", nargs="*", default=[], choices=["prometheus", "tocsin"])
    args = arguments.parse_args()
    args.tocsin, args.prometheus = os.path.abspath(args.tocsin), os.path.abspath(args.prometheus)
    for number in range(args.rounds):
        figures = one_round(args)
        for side, (cpu, total, anonymous) in figures.items():
            print(f"round {number + 1}  {side:10}  {cpu:6.2f} CPU-s a minute  {total:6.1f} MiB resident, {anonymous:6.1f} of it not of files", flush=True)
        if len(figures) == 2:
            theirs, ours = figures["prometheus"], figures["tocsin"]
            print(f"round {number + 1}  ratio       CPU {theirs[0] / ours[0]:.1f}, memory {theirs[1] / ours[1]:.1f}", flush=True)


if __name__ == "__main__":
    main()
