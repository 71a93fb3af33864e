// What the notification pipeline is configured with. alerting/config fills these from an alertmanager.yml.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alerting/model/matcher.h"
#include "alerting/notify/receivers/options.h"
#include "alerting/notify/timeinterval/time_interval.h"
#include "base/time.h"

namespace tocsin::notify {

/// A node of the routing tree as written: what is not set is the parent's, and at the root the default.
struct RouteOptions {
  std::string receiver;  ///< "": the parent's
  model::Matchers matchers;
  bool keep_going = false;  ///< `continue`: siblings after this one are asked too
  std::optional<std::vector<std::string>> group_by;
  std::optional<bool> group_by_all;  ///< `group_by: ['...']`
  std::optional<Duration> group_wait;
  std::optional<Duration> group_interval;
  std::optional<Duration> repeat_interval;
  std::vector<std::string> mute_time_intervals;    ///< names; never the parent's
  std::vector<std::string> active_time_intervals;  ///< names; none: always active
  std::vector<RouteOptions> routes;
};

/// While an alert that `source` takes fires, those that `target` takes and that have the same values of the
/// labels `equal` are not told.
struct InhibitRuleOptions {
  model::Matchers source;
  model::Matchers target;
  std::vector<std::string> equal;
};

struct Options {
  RouteOptions route;
  std::vector<ReceiverOptions> receivers;
  std::vector<InhibitRuleOptions> inhibit_rules;
  std::vector<NamedTimeInterval> time_intervals;
  std::vector<std::string> template_globs;  ///< absolute or relative to the working directory
  /// After it an alert that names no end is taken for resolved.
  Duration resolve_timeout{300'000};
  std::string external_url;  ///< where our own pages are, for links; no slash at its end
};

}  // namespace tocsin::notify
