// The templates of one configuration: ours, and the user's files over them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerting/notify/notification.h"
#include "alerting/template/template.h"
#include "base/clock.h"

namespace tocsin::notify {

/// Immutable; thread safe.
class Templates {
 public:
  /// Parses our defaults, then every file that the globs name, whose definitions replace those of the same
  /// name. All faults are collected. `clock` must outlive the templates.
  static Checked<std::shared_ptr<const Templates>> Load(const std::vector<std::string>& globs,
                                                        const Clock& clock, std::string external_url);

  templating::Value Data(const Notification& notification) const;
  /// Expands a field of a receiver. A text without "{{" is itself.
  Result<std::string> Text(const std::string& field, const templating::Value& data) const;
  /// The same with values escaped for where they stand in HTML.
  Result<std::string> Html(const std::string& field, const templating::Value& data) const;

 private:
  Templates(const Clock& clock, std::string external_url);

  templating::TemplateSet set_;
  std::string external_url_;
};

/// The defaults, as one text of {{define}}s: slack.default.* and email.default.*.
std::string_view DefaultTemplates();

}  // namespace tocsin::notify
