// The page of nginx's ngx_http_stub_status_module.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace tocsin::stub_status {

struct Page {
  uint64_t active = 0;
  uint64_t accepted = 0;
  uint64_t handled = 0;
  uint64_t requests = 0;
  uint64_t reading = 0;
  uint64_t writing = 0;
  uint64_t waiting = 0;
};

/// Also Tengine's, which has a fourth column, request_time. kInvalidArgument for any other text.
Result<Page> ParsePage(std::string_view text);

}  // namespace tocsin::stub_status
