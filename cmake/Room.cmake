# A room is a folder with one static library, and its PUBLIC links are the rooms it may include:
#
#   tocsin_room(base/yaml
#     HEADERS node.h parse.h
#     SOURCES parse.cc
#     PUBLIC  tocsin::base             # what our headers include
#     PRIVATE yaml-cpp::yaml-cpp)      # what only our .cc files include
#
# makes the library tocsin::base_yaml (the path with '_' for '/'). Includes are written from the project's
# root ("base/yaml/node.h"). tests/architecture checks that includes and links agree.

function(tocsin_options target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE
    -pthread -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${TOCSIN_WERROR}>:-Werror>)
  # gcc 12's optimizer sees overlaps and overflows in "." + string that are not there (its bug 105651).
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE "$<$<CONFIG:Release>:-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds;-Wno-maybe-uninitialized>")
  endif()
  if(TOCSIN_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${TOCSIN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${TOCSIN_SANITIZE})
  endif()
  if(TOCSIN_PCH AND NOT target STREQUAL tocsin_pch)
    target_precompile_headers(${target} REUSE_FROM tocsin_pch)
  endif()
endfunction()

if(TOCSIN_PCH)
  add_library(tocsin_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cc)
  target_precompile_headers(tocsin_pch PRIVATE
    <algorithm> <array> <atomic> <chrono> <cmath> <cstdint> <functional> <map> <memory> <mutex> <optional>
    <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>)
  tocsin_options(tocsin_pch)
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    target_compile_options(tocsin_pch PRIVATE "SHELL:-Xclang -fno-pch-timestamp")  # or no cache knows it again
  endif()
endif()

function(tocsin_room path)
  cmake_parse_arguments(ROOM "" "" "HEADERS;SOURCES;PUBLIC;PRIVATE" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  add_library(${name} STATIC ${ROOM_SOURCES} ${ROOM_HEADERS})
  add_library(tocsin::${name} ALIAS ${name})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME tocsin_${name})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
  tocsin_options(${name})
endfunction()

# tocsin_program(tocsin-exporter SOURCES main.cc LINKS tocsin::exporter_app)
function(tocsin_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE ${PROGRAM_LINKS})
  tocsin_options(${name})
endfunction()

# tocsin_test(base/yaml SOURCES parse_test.cc LINKS tocsin::base_yaml [LABELS unit])
# One test program a room; ctest runs it whole, since starting a process a case costs more than the cases.
function(tocsin_test path)
  if(NOT TOCSIN_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT TEST_LABELS)
    set(TEST_LABELS unit)
  endif()
  string(REPLACE "/" "_" name ${path})
  add_executable(${name}_test ${TEST_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${TEST_LINKS} tocsin::tests_source_dir GTest::gmock_main)
  tocsin_options(${name}_test)
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${path} COMMAND ${name}_test)
  set_tests_properties(${path} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 300)
endfunction()

# tocsin_fuzzer(base/yaml SOURCE yaml_fuzz.cc LINKS tocsin::base_yaml) makes fuzz_base_yaml.
function(tocsin_fuzzer path)
  if(NOT TOCSIN_FUZZ)
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "SOURCE" "LINKS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  add_executable(fuzz_${name} ${FUZZ_SOURCE})
  target_link_libraries(fuzz_${name} PRIVATE ${FUZZ_LINKS})
  tocsin_options(fuzz_${name})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()

# tocsin_benchmark(base/exposition SOURCES exposition_bench.cc LINKS tocsin::base_exposition)
function(tocsin_benchmark path)
  if(NOT TOCSIN_BENCH)
    return()
  endif()
  cmake_parse_arguments(BENCH "" "" "SOURCES;LINKS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  add_executable(bench_${name} ${BENCH_SOURCES})
  target_link_libraries(bench_${name} PRIVATE ${BENCH_LINKS} tocsin::tests_source_dir benchmark::benchmark_main)
  tocsin_options(bench_${name})
  set_target_properties(bench_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endfunction()
