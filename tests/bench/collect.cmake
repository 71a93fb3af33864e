tocsin_benchmark(alerting/collect SOURCES collect_bench.cc
  LINKS tocsin::alerting_collect tocsin::alerting_store)
