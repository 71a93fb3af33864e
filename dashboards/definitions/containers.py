from .kit import RATE, column, dashboard, graph, row, stat, table, variable

CHOSEN = 'name=~"$container"'


def rate(metric):
    return f'sum by (name) (rate({metric}{{{CHOSEN}, name!=""}}[{RATE}]))'


def total(metric):
    return f'sum by (name) ({metric}{{{CHOSEN}, name!=""}})'


DASHBOARD = dashboard("containers", "Containers", "What every container uses, and whether it is there and well.", [
    stat("Engine", "Whether the container engine's events arrive.", "min(container_engine_up)",
         names={1: "up", 0: "away"}, steps=("red", (1, "green"))),
    stat("Running", "Containers that run.", 'sum(container_state{state="running"})', steps=("blue",)),
    stat("Down", "Containers that ought to run and do not: stopped, crashed or gone.",
         'count(max by (instance, name) (container_expected_running == 1) unless on (instance, name) '
         'max by (instance, name) (container_state{state=~"running|paused"} == 1)) or vector(0)',
         steps=("green", (1, "red"))),
    stat("Unhealthy", "Containers whose health check fails.",
         'sum(container_health_status{status="unhealthy"}) or vector(0)', steps=("green", (1, "red"))),
    stat("Restarts", "Containers begun again in the time shown.", "sum(increase(container_restarts_total[$__range]))",
         steps=("green", (0.5, "orange")), decimals=0),
    stat("Killed for memory", "Processes that the kernel killed because a container reached its limit, in the time shown.",
         "sum(increase(container_oom_kills_total[$__range]))", steps=("green", (0.5, "red")), decimals=0),

    row("CPU and memory"),
    graph("CPU", "Cores in use.", [(rate("container_cpu_usage_seconds_total"), "{{name}}")], unit="short", decimals=2),
    graph("CPU of what it may use", "Per cent of the quota, or of one core where there is none. BackendHighCPU fires above "
          "80 %.", [(f'sum by (name) (sum without (cpu) (rate(container_cpu_usage_seconds_total{{{CHOSEN}, name!=""}}'
                     f'[{RATE}])) / (container_spec_cpu_quota / container_spec_cpu_period or container_spec_cpu_period / '
                     'container_spec_cpu_period))', "{{name}}")], unit="percentunit"),
    graph("Held back by the quota", "Time a second in which a container could have run and was not let.",
          [(rate("container_cpu_cfs_throttled_seconds_total"), "{{name}}")], unit="s"),
    graph("Memory in use", "The working set: what can't be given back under pressure.",
          [(total("container_memory_working_set_bytes"), "{{name}}")], unit="bytes", stack=True),
    graph("Memory of the limit", "Working set as part of the limit. At 100 % the kernel kills.",
          [(f'sum by (name) (container_memory_working_set_bytes{{{CHOSEN}, name!=""}} / '
            '(container_spec_memory_limit_bytes > 0)) or sum by (name) '
            f'(container_memory_working_set_bytes{{{CHOSEN}, name!=""}}) / scalar(max(machine_memory_bytes))', "{{name}}")],
          unit="percentunit"),
    graph("Threads", "Processes and threads.", [(total("container_threads"), "{{name}}")], unit="short"),

    row("Network and disk"),
    graph("Network", "Received, and sent below the line.",
          [(rate("container_network_receive_bytes_total"), "{{name}} in"),
           (rate("container_network_transmit_bytes_total"), "{{name}} out")], unit="Bps", below="out$"),
    graph("Packets dropped and errors", "Packets a second that did not get through, both ways.",
          [(f'sum by (name) (rate(container_network_receive_packets_dropped_total{{{CHOSEN}}}[{RATE}]) + '
            f'rate(container_network_transmit_packets_dropped_total{{{CHOSEN}}}[{RATE}]) + '
            f'rate(container_network_receive_errors_total{{{CHOSEN}}}[{RATE}]) + '
            f'rate(container_network_transmit_errors_total{{{CHOSEN}}}[{RATE}]))', "{{name}}")], unit="pps"),

    row("State"),
    table("All containers", "Stopped and vanished ones too.",
          [f'max by (name, image) (container_state{{{CHOSEN}, name!="", state="running"}})',
           f'max by (name, image) (container_health_state{{{CHOSEN}, name!=""}})',
           f'max by (name, image) (container_restarts_total{{{CHOSEN}, name!=""}})',
           f'time() - max by (name, image) (container_start_time_seconds{{{CHOSEN}, name!=""}})',
           f'max by (name, image) (container_exit_code{{{CHOSEN}, name!=""}}) '
           f'or max by (name, image) (container_state{{{CHOSEN}, name!=""}}) * 0 - 1',
           f'max by (name, image) (container_oom_kills_total{{{CHOSEN}, name!=""}})'],
          {"name": "Container", "image": "Image", "Value #A": "State", "Value #B": "Health", "Value #C": "Restarts",
           "Value #D": "Runs for", "Value #E": "Exit code", "Value #F": "Killed for memory"},
          shown=[column("State", names={1: "running", 0: "not running"}, steps=("red", (1, "green")), width=110),
                 column("Health", names={1: "healthy", 0: "not healthy", -1: "no check"}, width=110),
                 column("Restarts", steps=("green", (1, "orange"), (3, "red")), width=90),
                 column("Runs for", unit="s", width=120),
                 column("Exit code", names={-1: "none yet"}, width=90)], width=24, height=11),
], variables=[variable("container", "Container", 'label_values(container_state{name!=""}, name)', several=True)])
