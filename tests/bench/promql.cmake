tocsin_benchmark(alerting/promql SOURCES promql_bench.cc
  LINKS tocsin::alerting_promql tocsin::alerting_store)
