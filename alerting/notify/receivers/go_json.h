// JSON as Go's encoder writes it, for bodies that are compared byte by byte.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/time.h"

namespace tocsin::notify {

/// Compact; <, > and & as \u003c and so on, also the two line separators of JavaScript; invalid UTF-8 as
/// U+FFFD.
std::string GoJson(const nlohmann::ordered_json& json);

/// Appends one text so, in quotes.
void AppendGoJson(std::string& out, std::string_view text);

/// RFC 3339 without zeros at the fraction's end: 2026-11-20T20:13:00.25Z.
std::string GoTime(Timestamp t);

}  // namespace tocsin::notify
