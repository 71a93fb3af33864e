// API v2: alerts and their groups. Private to the room.
#pragma once

#include <string_view>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/notify/view.h"
#include "alerting/web/openapi.h"

namespace tocsin::web {

/// What a POST sent: the alerts to take in, and what is wrong with the others.
struct PostedAlerts {
  std::vector<model::AlertPtr> alerts;
  std::string faults;  ///< a line each; valid alerts are taken in all the same
};
tl::expected<PostedAlerts, Refusal> ReadPostedAlerts(const http::Request& request, Timestamp now,
                                                     Duration resolve_timeout);

/// Which alerts a GET asks for.
struct AlertQuery {
  model::Matchers filter;
  std::vector<model::Matcher> receiver;  ///< one at most, on the receiver's name
  model::Matchers receiver_matchers;     ///< on the receiver's labels, which are its name
  bool active = true;
  bool silenced = true;
  bool inhibited = true;
  bool muted = true;
};
/// The error is Alertmanager's answer.
Result<AlertQuery> ReadAlertQuery(const http::Request& request);

OrderedJson AlertsJson(const notify::View& view, const AlertQuery& query);
OrderedJson GroupsJson(const notify::View& view, const AlertQuery& query);

}  // namespace tocsin::web
