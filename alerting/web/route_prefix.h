// Everything below a path of its own (--web.route-prefix), for a proxy that passes its path on.
#pragma once

#include <string>

#include "base/error.h"
#include "base/http/server.h"

namespace tocsin::web {

/// "/", "" and "/alerts/" to "", "" and "/alerts": what stands before every route. kInvalidArgument for what
/// is no path.
Result<std::string> RoutePrefix(const std::string& text);

/// The same routes below `prefix`, which is as RoutePrefix() gives it. "/" and the bare prefix lead to the
/// page at its root, as with Prometheus; whatever else is outside answers 404.
http::Router UnderPrefix(http::Router routes, const std::string& prefix);

}  // namespace tocsin::web
