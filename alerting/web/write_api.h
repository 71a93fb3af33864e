// POST /api/v1/write: remote write 1.0, with the answers of Prometheus' own receiver.
// https://prometheus.io/docs/specs/prw/remote_write_spec/
#pragma once

#include "alerting/remote/write_receiver.h"
#include "alerting/web/guard.h"
#include "base/http/server.h"

namespace tocsin::web {

/// 204; 415 for another protocol than 1.0; 400 for what sending again can't mend (what was good of it is
/// stored); 429 where a limit of ours was reached; 500 where the store failed. With `receiver`
/// nullptr the endpoint is off and says so with 404. The receiver must outlive the router.
void AddWriteApi(http::Router& router, remote::WriteReceiver* receiver, const Guard& guard);

}  // namespace tocsin::web
