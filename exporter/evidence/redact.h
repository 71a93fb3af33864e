// Takes query strings out of log lines: they hold what users typed.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tocsin::evidence {

/// A field's text without what follows a "?"; the version of a request line stays: "GET /a HTTP/1.1".
std::string WithoutQueryString(std::string_view field);

/// The line without query strings: from each "?" to the end of what it stands in (its quotes, or the next
/// space), with the version of a request line kept. `requests` are views into the line whose ends are known
/// better than quotes tell them. `secrets` are texts of it that are query strings as a whole ($args); "" when
/// one of them is not to be found in the line. In JSON the keys of such variables are known by their names.
std::string LineWithoutQueryStrings(std::string_view line, std::span<const std::string_view> requests,
                                    std::span<const std::string_view> secrets);

/// Whether a variable's value is what a user typed as a whole: "args", "query_string", "request_body",
/// "arg_" with a name.
bool IsQueryVariable(std::string_view name);

}  // namespace tocsin::evidence
