// Answers that are built as a tree, where speed does not matter: nlohmann's JSON in the order written.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "alerting/model/labels.h"

namespace tocsin::web {

using Json = nlohmann::ordered_json;

/// On one line; invalid UTF-8 becomes U+FFFD.
std::string Dump(const Json& json);
/// {"job":"x"}
Json LabelsJson(const model::Labels& labels);
/// What Go prints for a time that was never set.
inline constexpr const char* kNever = "0001-01-01T00:00:00Z";

}  // namespace tocsin::web
