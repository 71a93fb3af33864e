tocsin_benchmark(exporter/log_path SOURCES exporter_log_path_bench.cc
  LINKS tocsin::exporter_parse tocsin::exporter_tail tocsin::exporter_traffic)
tocsin_benchmark(exporter/traffic SOURCES exporter_traffic_bench.cc LINKS tocsin::exporter_parse tocsin::exporter_traffic)
