tocsin_benchmark(exporter/log_path SOURCES exporter_log_path_bench.cc
  LINKS tocsin::exporter_lines tocsin::exporter_parse tocsin::exporter_tail tocsin::exporter_traffic)
tocsin_benchmark(exporter/traffic SOURCES exporter_traffic_bench.cc LINKS tocsin::exporter_parse tocsin::exporter_traffic)

# The yardstick of exporter_rates.py, a program and not a benchmark; left out where simdjson is not there.
if(TOCSIN_BENCH AND simdjson_FOUND)
  add_executable(bench_exporter_simdjson_walk exporter_simdjson_walk.cc)
  target_link_libraries(bench_exporter_simdjson_walk PRIVATE simdjson::simdjson)
  target_compile_features(bench_exporter_simdjson_walk PRIVATE cxx_std_20)
  set_target_properties(bench_exporter_simdjson_walk PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endif()
tocsin_benchmark(exporter/containers SOURCES exporter_containers_bench.cc
  LINKS tocsin::exporter_containers)
