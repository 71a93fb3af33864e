// The pages for people: what is firing, silences, rules, targets, a graph of any expression. Plain files
// under ui/, built into the program; they use the two APIs as everybody does, and fetch nothing from
// elsewhere.
#pragma once

#include <span>
#include <string_view>

#include "base/http/server.h"

namespace tocsin::web {

struct UiFile {
  std::string_view name;  ///< as below ui/
  std::string_view content;
};
/// Made of alerting/web/ui/ and docs/RUNBOOK.md by the build.
std::span<const UiFile> UiFiles();

/// Serves "/", "/ui/*" and "/runbook"; sends Prometheus' own addresses ("/graph", "/alerts", "/rules",
/// "/targets",
/// "/status") to their pages, so that links in messages work.
void AddUi(http::Router& router);

}  // namespace tocsin::web
