from .kit import RATE, column, dashboard, gauge, graph, row, stat, table, variable

HERE = 'instance=~"$instance"'
DISK = '{instance=~"$instance", fstype!~"tmpfs|ramfs|overlay|squashfs|devtmpfs"}'


def rate(metric, labels=HERE):
    return f"rate({metric}{{{labels}}}[{RATE}])"


DASHBOARD = dashboard("host", "Host", "The machine that all of it runs on.", [
    gauge("CPU", "Share of the cores that is busy.",
          f'1 - avg({rate("node_cpu_seconds_total", HERE + ", mode=" + chr(34) + "idle" + chr(34))})'),
    gauge("Memory", "Share that is not available to a new program.",
          f"max(1 - node_memory_MemAvailable_bytes{{{HERE}}} / node_memory_MemTotal_bytes{{{HERE}}})"),
    gauge("Fullest file system", "Share in use of the fullest one.",
          f"max(1 - node_filesystem_avail_bytes{DISK} / (node_filesystem_size_bytes{DISK} > 0))"),
    stat("Load a core", "Running and waiting processes over the last minute, for each core.",
         f'max(node_load1{{{HERE}}}) / count(count by (cpu) (node_cpu_seconds_total{{{HERE}}}))', unit="short", decimals=2,
         steps=("green", (1, "orange"), (2, "red")), spark=True),
    stat("Up for", "Time since the machine was started.",
         f"max(node_time_seconds{{{HERE}}} - node_boot_time_seconds{{{HERE}}})", unit="s", steps=("blue",)),
    stat("Open files", "Of all processes, as part of what the kernel allows.",
         f"max(node_filefd_allocated{{{HERE}}} / node_filefd_maximum{{{HERE}}})", unit="percentunit", decimals=2,
         steps=("green", (0.7, "orange"), (0.9, "red"))),

    row("CPU and memory"),
    graph("CPU by what it does", "Share of all cores.",
          [(f'sum by (mode) ({rate("node_cpu_seconds_total", HERE + ", mode!=" + chr(34) + "idle" + chr(34))}) / '
            f'scalar(count(count by (cpu) (node_cpu_seconds_total{{{HERE}}})))', "{{mode}}")], unit="percentunit",
          stack=True),
    graph("Load", "Running and waiting processes, averaged over 1, 5 and 15 minutes.",
          [(f"node_load1{{{HERE}}}", "1 minute"), (f"node_load5{{{HERE}}}", "5 minutes"),
           (f"node_load15{{{HERE}}}", "15 minutes")], unit="short", decimals=2, fill=0),
    graph("Memory", "What programs hold, what holds files and can be given back, and what is free.",
          [(f"node_memory_MemTotal_bytes{{{HERE}}} - node_memory_MemFree_bytes{{{HERE}}} - "
            f"node_memory_Cached_bytes{{{HERE}}} - node_memory_Buffers_bytes{{{HERE}}}", "programs"),
           (f"node_memory_Cached_bytes{{{HERE}}} + node_memory_Buffers_bytes{{{HERE}}}", "files"),
           (f"node_memory_MemFree_bytes{{{HERE}}}", "free")], unit="bytes", stack=True),
    graph("Waiting for CPU, memory or disk", "Share of the time in which some process waited (PSI; empty on kernels "
          "without it).",
          [(rate("node_pressure_cpu_waiting_seconds_total"), "CPU"),
           (rate("node_pressure_memory_waiting_seconds_total"), "memory"),
           (rate("node_pressure_io_waiting_seconds_total"), "disk")], unit="percentunit", fill=0),

    row("Disk and network"),
    graph("Disk", "Read, and written below the line.",
          [(f'sum by (device) ({rate("node_disk_read_bytes_total")})', "{{device}} read"),
           (f'sum by (device) ({rate("node_disk_written_bytes_total")})', "{{device}} written")], unit="Bps",
          below="written$"),
    graph("Disk busy", "Share of the time in which a disk had something to do.",
          [(f'sum by (device) ({rate("node_disk_io_time_seconds_total")})', "{{device}}")], unit="percentunit"),
    graph("Network", "Received, and sent below the line.",
          [(f'sum by (device) ({rate("node_network_receive_bytes_total")})', "{{device}} in"),
           (f'sum by (device) ({rate("node_network_transmit_bytes_total")})', "{{device}} out")], unit="Bps",
          below="out$"),
    graph("Network errors", "Packets a second that were dropped or broken, both ways.",
          [(f'sum by (device) ({rate("node_network_receive_errs_total")} + {rate("node_network_transmit_errs_total")} + '
            f'{rate("node_network_receive_drop_total")} + {rate("node_network_transmit_drop_total")})', "{{device}}")],
          unit="pps"),
    table("File systems", "Size, what is free, and how full each is.",
          [f"max by (mountpoint, device, fstype) (node_filesystem_size_bytes{DISK})",
           f"max by (mountpoint, device, fstype) (node_filesystem_avail_bytes{DISK})",
           f"1 - max by (mountpoint, device, fstype) (node_filesystem_avail_bytes{DISK}) / "
           f"max by (mountpoint, device, fstype) (node_filesystem_size_bytes{DISK} > 0)"],
          {"mountpoint": "Mounted on", "device": "Device", "fstype": "Type", "Value #A": "Size", "Value #B": "Free",
           "Value #C": "Full"},
          shown=[column("Size", unit="bytes"), column("Free", unit="bytes"),
                 column("Full", unit="percentunit", decimals=1, steps=("green", (0.8, "orange"), (0.95, "red")))],
          width=24, height=7),
], variables=[variable("instance", "Host", "label_values(node_boot_time_seconds, instance)", several=True)])
