// The query endpoints when another server answers queries: passed on as they are, and back as they come.
#pragma once

#include <functional>

#include "alerting/remote/endpoint.h"
#include "base/http/client.h"
#include "base/http/server.h"

namespace tocsin::web {

/// Adds query, query_range, series, labels, label/:name/values, metadata and query_exemplars below /api/v1. A
/// request holds no thread while the other server thinks, and is let go when its client goes away. What the
/// server answers, errors too, is passed on with its status; a server that is away is 503 unavailable, one
/// that takes too long 503 timeout, in the API's own shape. The client must outlive the router.
void AddProxyApi(http::Router& router, const remote::EndpointOptions& datasource, http::Client& client);

}  // namespace tocsin::web
