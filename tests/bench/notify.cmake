# The yardstick of notify_storm.py, a program and not a benchmark.
if(TOCSIN_BENCH)
  add_executable(bench_notify_post_floor notify_post_floor.cc)
  target_link_libraries(bench_notify_post_floor PRIVATE CURL::libcurl)
  target_compile_features(bench_notify_post_floor PRIVATE cxx_std_20)
  set_target_properties(bench_notify_post_floor PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endif()
