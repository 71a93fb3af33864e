# Every library is a Debian 12 package, found here and nowhere else; nothing is downloaded.
# What CMake knows under an unwieldy name, or not at all, gets a plain alias in this file.

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)                 # Asio and Beast, header only
find_package(CLI11 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Snappy REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(civetweb REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CRYPT REQUIRED IMPORTED_TARGET libcrypt)   # libxcrypt: bcrypt
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)  # these two: the demo backend
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)

if(NOT TARGET yaml-cpp::yaml-cpp)                 # 0.7 exports its target without a namespace
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
add_library(crypt::crypt ALIAS PkgConfig::CRYPT)
add_library(re2::re2 ALIAS PkgConfig::RE2)
# hiredis asks for 64-bit file offsets, which every 64-bit machine has, and which would keep out the precompiled header.
set_target_properties(PkgConfig::HIREDIS PROPERTIES INTERFACE_COMPILE_OPTIONS "")
add_library(hiredis::hiredis ALIAS PkgConfig::HIREDIS)
add_library(pqxx::pqxx ALIAS PkgConfig::PQXX)

if(TOCSIN_TESTS)
  find_package(GTest REQUIRED)
endif()
if(TOCSIN_BENCH)
  find_package(benchmark REQUIRED)
  find_package(simdjson QUIET)                    # the yardstick of one benchmark
endif()
