#include "alerting/notify/dispatch/route_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::notify {
namespace {

std::string Describe(const Route& route) {
  std::string text =
      fmt::format("receiver={} group_by=[{}] group_wait={} group_interval={} repeat_interval={}",
                  route.receiver(), route.group_by_text(), FormatDuration(route.group_wait()),
                  FormatDuration(route.group_interval()), FormatDuration(route.repeat_interval()));
  auto add = [&text](const char* name, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format(" {}=[{}]", name, fmt::join(names, ","));
  };
  add("mute", route.mute_time_intervals());
  add("active", route.active_time_intervals());
  if (route.keep_going()) text += " continue";
  return text;
}

void Draw(const Route& route, const std::string& indent, std::string& out) {
  for (size_t i = 0; i < route.children().size(); ++i) {
    const Route& child = *route.children()[i];
    const bool last = i + 1 == route.children().size();
    const std::string matchers = child.key().substr(route.key().size() + 1);
    out += fmt::format("{}{} {}  {}\n", indent, last ? "└──" : "├──", matchers, Describe(child));
    Draw(child, indent + (last ? "    " : "│   "), out);
  }
}

}  // namespace

std::string DrawTree(const Route& root) {
  std::string out = fmt::format("default  {}\n", Describe(root));
  Draw(root, "", out);
  return out;
}

std::vector<Reached> Reach(const Route& root, const model::Labels& labels) {
  std::vector<Reached> reached;
  for (const Route* route : root.Match(labels)) {
    reached.push_back({route->receiver(), route->key(), route->GroupLabels(labels).ToString()});
  }
  return reached;
}

}  // namespace tocsin::notify
