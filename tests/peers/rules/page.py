"""The metrics that the rule files of this folder are about: a page whose samples depend on the time alone, in steps of two
seconds, and carry it, so that two servers that scrape it at different moments store the same."""

import http.server
import time

STATIC = """
node_load1{instance="a:9100"} 7
node_load1{instance="b:9100"} 1
node_load5{instance="a:9100"} 3
node_memory_MemAvailable_bytes{instance="a:9100"} 1e9
node_memory_MemTotal_bytes{instance="a:9100"} 16e9
node_memory_Buffers_bytes{instance="b:9100"} 1e9
node_memory_Cached_bytes{instance="b:9100"} 2e8
node_memory_MemFree_bytes{instance="b:9100"} 3e8
node_memory_MemTotal_bytes{instance="b:9100"} 64e9
node_filesystem_size_bytes{instance="a:9100",device="/dev/sda1",mountpoint="/",fstype="ext4"} 1e12
node_filesystem_readonly{instance="a:9100",device="/dev/sda1",mountpoint="/",fstype="ext4"} 0
node_filesystem_readonly{instance="b:9100",device="/dev/sdb",mountpoint="/data",fstype="xfs"} 1
node_timex_offset_seconds{instance="a:9100"} 0.075
node_timex_offset_seconds{instance="b:9100"} 0.001
node_boot_time_seconds{instance="a:9100"} 1.7e9
node_md_disks_required{instance="a:9100",device="md0"} 2
node_md_disks{instance="a:9100",device="md0",state="active"} 1
node_md_disks{instance="a:9100",device="md0",state="failed"} 1
node_systemd_unit_state{instance="a:9100",name="ssh.service",state="failed"} 1
node_systemd_unit_state{instance="a:9100",name="cron.service",state="failed"} 0
node_systemd_unit_state{instance="a:9100",name="x.mount",state="failed"} 1
node_textfile_mtime_seconds{instance="a:9100",file="x"} 5e8
node_textfile_mtime_seconds{instance="b:9100",file="y"} 4e8
node_uname_info{instance="a:9100",nodename="alpha",release="6.1"} 1
node_uname_info{instance="b:9100",nodename="beta",release="6.2"} 1
nginx_up{job="nginx",instance="n1:9113"} 1
nginx_up{job="nginx",instance="n2:9113"} 0
nginx_connections_active{job="nginx",instance="n1:9113"} 800
nginx_connections_limit{job="limits",instance="n1:9113"} 1000
nginx_connections_accepted{job="nginx",instance="n1:9113"} 1005
nginx_connections_handled{job="nginx",instance="n1:9113"} 1000
nginx_connections_reading{job="nginx",instance="n1:9113"} 3
nginx_connections_writing{job="nginx",instance="n1:9113"} 4
nginx_pool_active{job="nginx",pool="blue"} 1
nginx_pool_active{job="nginx",pool="green"} 0
nginx_pool_failovers_total{job="nginx",from="blue",to="green"} 2
nginx_pool_release_info{job="nginx",pool="blue",release="2026.11.1"} 1
nginx_pool_release_info{job="nginx",pool="green",release="2026.11.2"} 1
kube_pod_info{namespace="shop",pod="web-1",node="node-1"} 1
kube_pod_info{namespace="shop",pod="web-2",node="node-2"} 1
kube_pod_info{namespace="ops",pod="job-1",node="node-1"} 1
kube_pod_owner{namespace="shop",pod="web-1",owner_kind="ReplicaSet",owner_name="web-5d"} 1
kube_pod_owner{namespace="shop",pod="web-2",owner_kind="ReplicaSet",owner_name="web-5d"} 1
kube_pod_owner{namespace="ops",pod="job-1",owner_kind="Job",owner_name="job"} 1
kube_replicaset_owner{namespace="shop",replicaset="web-5d",owner_kind="Deployment",owner_name="web"} 1
kube_pod_status_phase{namespace="shop",pod="web-1",phase="Running"} 1
kube_pod_status_phase{namespace="shop",pod="web-2",phase="Running"} 0
kube_pod_status_phase{namespace="shop",pod="web-2",phase="Pending"} 1
kube_pod_status_phase{namespace="ops",pod="job-1",phase="Failed"} 1
kube_pod_container_resource_requests{namespace="shop",pod="web-1",resource="cpu"} 0.5
kube_pod_container_resource_requests{namespace="shop",pod="web-2",resource="cpu"} 1.5
kube_pod_container_status_waiting_reason{namespace="shop",pod="web-2",container="web",reason="CrashLoopBackOff"} 1
kube_deployment_spec_replicas{namespace="shop",deployment="web"} 3
kube_deployment_status_replicas_available{namespace="shop",deployment="web"} 1
kube_deployment_status_replicas_updated{namespace="shop",deployment="web"} 3
kube_pod_container_status_last_terminated_reason{namespace="shop",pod="web-2",container="web",reason="OOMKilled"} 1
kube_job_failed{namespace="ops",job_name="backup"} 3
kube_hpa_status_current_replicas{namespace="shop",hpa="web"} 10
kube_hpa_spec_max_replicas{namespace="shop",hpa="web"} 10
kube_resourcequota{namespace="shop",resource="cpu",type="used"} 9.5
kube_resourcequota{namespace="shop",resource="cpu",type="hard"} 10
kube_resourcequota{namespace="ops",resource="pods",type="used"} 12
kube_resourcequota{namespace="ops",resource="pods",type="hard"} 10
kubelet_volume_stats_available_bytes{namespace="shop",persistentvolumeclaim="db"} 1e7
kubelet_volume_stats_capacity_bytes{namespace="shop",persistentvolumeclaim="db"} 1e9
kubelet_volume_stats_used_bytes{namespace="shop",persistentvolumeclaim="db"} 9.9e8
kube_node_status_condition{node="node-1",condition="Ready",status="true"} 1
kube_node_status_condition{node="node-2",condition="Ready",status="true"} 0
kubelet_running_pods{node="node-1"} 12
kube_node_status_capacity{node="node-1",resource="pods"} 8
kube_node_status_capacity{node="node-2",resource="pods"} 8
kube_node_status_capacity{node="node-1",resource="cpu"} 4
kube_node_status_capacity{node="node-2",resource="cpu"} 4
kubernetes_build_info{git_version="v1.29.3"} 1
kubernetes_build_info{git_version="v1.30.0"} 1
kube_namespace_created{namespace="shop"} 1.7e9
"""

# A series, and how much it grows each second.
GROWING = """
node_cpu_seconds_total{instance="a:9100",cpu="0",mode="idle"} 0.125
node_cpu_seconds_total{instance="a:9100",cpu="0",mode="iowait"} 0.125
node_cpu_seconds_total{instance="a:9100",cpu="0",mode="user"} 0.75
node_cpu_seconds_total{instance="a:9100",cpu="1",mode="idle"} 0.25
node_cpu_seconds_total{instance="a:9100",cpu="1",mode="user"} 0.75
node_cpu_seconds_total{instance="b:9100",cpu="0",mode="idle"} 0.875
node_network_receive_bytes_total{instance="a:9100",device="eth0"} 1024
node_network_receive_bytes_total{instance="a:9100",device="veth12"} 4096
node_network_receive_errs_total{instance="a:9100",device="eth0"} 2
node_network_receive_packets_total{instance="a:9100",device="eth0"} 16
node_network_receive_packets_total{instance="b:9100",device="eth0"} 16
node_filesystem_avail_bytes{instance="a:9100",device="/dev/sda1",mountpoint="/",fstype="ext4"} 0
nginx_access_requests_total{job="nginx",pool="blue",method="GET",status="200"} 64
nginx_access_requests_total{job="nginx",pool="blue",method="GET",status="502"} 4
nginx_access_requests_total{job="nginx",pool="green",method="GET",status="200"} 8
nginx_access_requests_total{job="nginx",pool="green",method="GET",status="404"} 2
nginx_access_request_duration_seconds_bucket{job="nginx",pool="blue",le="0.1"} 32
nginx_access_request_duration_seconds_bucket{job="nginx",pool="blue",le="0.5"} 64
nginx_access_request_duration_seconds_bucket{job="nginx",pool="blue",le="+Inf"} 64
nginx_access_request_duration_seconds_sum{job="nginx",pool="blue"} 16
nginx_access_request_duration_seconds_count{job="nginx",pool="blue"} 64
container_cpu_usage_seconds_total{namespace="shop",pod="web-1",container="web",image="web:1"} 0.5
container_cpu_usage_seconds_total{namespace="shop",pod="web-1",container="POD",image="pause"} 8
container_cpu_cfs_throttled_periods_total{namespace="shop",pod="web-1",container="web"} 4
container_cpu_cfs_periods_total{namespace="shop",pod="web-1",container="web"} 8
container_network_transmit_bytes_total{namespace="shop",pod="web-1"} 65536
kube_pod_container_status_restarts_total{namespace="shop",pod="web-2",container="web"} 1
apiserver_request_total{verb="GET",code="200"} 32
apiserver_request_total{verb="GET",code="500"} 1
apiserver_client_certificate_expiration_seconds_bucket{le="3600"} 1
apiserver_client_certificate_expiration_seconds_bucket{le="+Inf"} 1
"""


def samples(text):
    return [line.rsplit(" ", 1) for line in text.strip().splitlines()]


def with_job(series):
    if 'job="' in series:
        return series
    job = "node" if series.startswith("node_") else "kube-state-metrics"
    return series.replace("{", f'{{job="{job}",', 1)


def page(now, began):
    """What stands there at a second; counters began an hour before the test, so that nobody sees their first sample."""
    second = int(now) // 2 * 2  # so that one scrape that is late is no gap
    lines = [f"{with_job(series)} {value} {second}000" for series, value in samples(STATIC)]
    for series, slope in samples(GROWING):
        value = float(slope) * (second - began + 3600)
        if series.startswith("node_filesystem_avail"):
            value = 300e9
            lines.append(f"{with_job(series)} {value - 5e7 * (second - began)} {second}000")
            continue
        lines.append(f"{with_job(series)} {value} {second}000")
    return "\n".join(lines) + "\n"


def serve(port):
    began = int(time.time())

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = page(time.time(), began).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
