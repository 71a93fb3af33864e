#include "alerting/notify/dispatch/route.h"

#include <algorithm>
#include <tuple>

namespace tocsin::notify {
namespace {

std::string KeyOf(const model::Matchers& matchers) {
  std::string text = "{";
  for (const model::Matcher& matcher : matchers) {
    if (text.size() > 1) text += ',';
    text += matcher.ToString();
  }
  return text + "}";
}

}  // namespace

std::unique_ptr<const Route> Route::Make(const RouteOptions& root) { return Make(root, nullptr); }

std::unique_ptr<const Route> Route::Make(const RouteOptions& options, const Route* parent) {
  std::unique_ptr<Route> route(new Route);
  if (parent != nullptr) {
    route->receiver_ = parent->receiver_;
    route->group_by_ = parent->group_by_;
    route->group_by_all_ = parent->group_by_all_;
    route->group_wait_ = parent->group_wait_;
    route->group_interval_ = parent->group_interval_;
    route->repeat_interval_ = parent->repeat_interval_;
  }
  route->matchers_ = options.matchers;
  // Alertmanager's order, which the group's key shows.
  std::sort(route->matchers_.begin(), route->matchers_.end(),
            [](const model::Matcher& a, const model::Matcher& b) {
              return std::tie(a.name(), a.value()) < std::tie(b.name(), b.value());
            });
  route->key_ = (parent == nullptr ? "" : parent->key_ + "/") + KeyOf(route->matchers_);
  route->keep_going_ = options.keep_going;
  if (!options.receiver.empty()) route->receiver_ = options.receiver;
  if (options.group_by || options.group_by_all) {
    route->group_by_ = options.group_by.value_or(std::vector<std::string>{});
    route->group_by_all_ = options.group_by_all.value_or(false);
  }
  route->group_wait_ = options.group_wait.value_or(route->group_wait_);
  route->group_interval_ = options.group_interval.value_or(route->group_interval_);
  route->repeat_interval_ = options.repeat_interval.value_or(route->repeat_interval_);
  route->mute_time_intervals_ = options.mute_time_intervals;
  route->active_time_intervals_ = options.active_time_intervals;
  route->children_.reserve(options.routes.size());
  for (const RouteOptions& child : options.routes) route->children_.push_back(Make(child, route.get()));
  return route;
}

std::vector<const Route*> Route::Match(const model::Labels& labels) const {
  std::vector<const Route*> out;
  Collect(labels, out);
  return out;
}

void Route::Collect(const model::Labels& labels, std::vector<const Route*>& out) const {
  if (!MatchesAll(matchers_, labels)) return;
  size_t before = out.size();
  for (const auto& child : children_) {
    size_t so_far = out.size();
    child->Collect(labels, out);
    if (out.size() > so_far && !child->keep_going_) break;
  }
  if (out.size() == before) out.push_back(this);
}

std::string Route::group_by_text() const {
  if (group_by_all_) return "...";
  std::string text;
  for (const std::string& name : group_by_) text += (text.empty() ? "" : ",") + name;
  return text;
}

model::Labels Route::GroupLabels(const model::Labels& labels) const {
  if (group_by_all_) return labels;
  return model::LabelsBuilder(labels).Keep(group_by_).Build();
}

}  // namespace tocsin::notify
