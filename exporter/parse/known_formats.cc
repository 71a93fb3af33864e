#include "exporter/parse/known_formats.h"

#include <array>

namespace tocsin::parse {

namespace {

#define TOCSIN_COMMON R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent)"
#define TOCSIN_COMBINED TOCSIN_COMMON R"( "$http_referer" "$http_user_agent")"
#define TOCSIN_MAIN TOCSIN_COMBINED R"( "$http_x_forwarded_for")"

constexpr std::array kFormats = {
    KnownFormat{"combined", TOCSIN_COMBINED},
    KnownFormat{"main", TOCSIN_MAIN},
    KnownFormat{"common", TOCSIN_COMMON},
    KnownFormat{"main_ext", TOCSIN_MAIN
                R"( "$host" sn="$server_name" rt=$request_time ua="$upstream_addr" us="$upstream_status")"
                R"( ut="$upstream_response_time" ul="$upstream_response_length" cs=$upstream_cache_status)"},
    KnownFormat{
        "upstreaminfo", TOCSIN_COMBINED
        R"( $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name])"
        R"( $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id)"},
};

#undef TOCSIN_COMMON
#undef TOCSIN_COMBINED
#undef TOCSIN_MAIN

}  // namespace

std::span<const KnownFormat> KnownFormats() { return kFormats; }

const KnownFormat* FindKnownFormat(std::string_view name) {
  for (const KnownFormat& known : kFormats) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

}  // namespace tocsin::parse
