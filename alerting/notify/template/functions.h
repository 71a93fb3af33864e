// The functions that notification templates can call.
#pragma once

#include <string>
#include <string_view>

#include "alerting/template/template.h"
#include "base/clock.h"

namespace tocsin::notify {

/// Alertmanager's, and one of ours: slackEscape, EscapeSlack below. `clock` must outlive the table.
templating::FunctionTable TemplateFunctions(const Clock& clock);

/// `&`, `<` and `>` as entities, so that a label's value can neither mention a channel nor forge a link
/// (api.slack.com/reference/surfaces/formatting#escaping).
std::string EscapeSlack(std::string_view text);

}  // namespace tocsin::notify
