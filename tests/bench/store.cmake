tocsin_benchmark(alerting/store SOURCES store_bench.cc LINKS tocsin::alerting_store)
