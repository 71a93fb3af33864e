// The endpoint /evidence?pool=&class=error|retry|failover|slow&limit=: the ring as JSON.
//
//   {"lines": [{"time": "2026-11-20T20:13:00.250Z", "classes": ["error", "retry"], "pool": "green",
//               "fields": {"status": "200", "upstream_status": "500, 200", …}, "line": "…", "cut": false}]}
#pragma once

#include "base/http/server.h"
#include "exporter/evidence/ring.h"

namespace tocsin::evidence {

inline constexpr size_t kDefaultLimit = 50;
inline constexpr size_t kMaxLimit = 10'000;

/// Newest first. 400 with {"error": …} for a class or limit that is none. Reads the ring, so it belongs to
/// the strand that fills it.
http::Response Answer(const Ring& ring, const http::Request& request);

}  // namespace tocsin::evidence
