// Values of any shape whose texts are templates: PagerDuty's details, a webhook's payload.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/yaml/node.h"

namespace tocsin::notify {

/// Expands every text below `node`, the names of mappings too, and takes each result for the YAML that it is,
/// as Alertmanager does: "5" becomes a number, a list written as JSON becomes a list, and what is no YAML
/// stays a text. What came out of a template is not expanded again: a label's value is never a template.
/// Fails where `expand` does.
Result<nlohmann::ordered_json> ExpandTree(
    const yaml::Node& node, const std::function<Result<std::string>(const std::string&)>& expand);

}  // namespace tocsin::notify
