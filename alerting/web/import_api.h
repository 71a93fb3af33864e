// POST /api/v1/import/prometheus: samples as text, with times of their own.
#pragma once

#include "alerting/model/appender.h"
#include "alerting/web/guard.h"
#include "base/clock.h"
#include "base/http/server.h"

namespace tocsin::web {

/// The body is Prometheus' text format, timestamps in milliseconds, or OpenMetrics where the Content-Type
/// says so; a sample without a timestamp gets the time of the request. A fault in the text is 400 with its
/// line and column, and nothing is stored; samples that the store refuses are 400 with the first of them, and
/// the others are stored; else 204. With `appendable` nullptr the endpoint is off and says so with 404. All
/// must outlive the router.
void AddImportApi(http::Router& router, model::Appendable* appendable, const Clock& clock,
                  const Guard& guard);

}  // namespace tocsin::web
