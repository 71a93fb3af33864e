// The routing tree: which receivers an alert goes to, and how it is grouped on the way.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerting/notify/options.h"

namespace tocsin::notify {

/// A node with everything inherited. Immutable; thread safe; its address names it for as long as the tree
/// lives.
class Route {
 public:
  static std::unique_ptr<const Route> Make(const RouteOptions& root);

  /// The nodes that take the alert, depth first: a node takes it itself when none of its children does;
  /// siblings after a taking one are asked only when that one says `continue`. Never empty at the root.
  std::vector<const Route*> Match(const model::Labels& labels) const;

  /// The labels by which this node's alerts are grouped, of one alert.
  model::Labels GroupLabels(const model::Labels& labels) const;

  /// `{}/{severity="critical"}`: the matchers from the root to here.
  const std::string& key() const { return key_; }
  const std::string& receiver() const { return receiver_; }
  Duration group_wait() const { return group_wait_; }
  Duration group_interval() const { return group_interval_; }
  Duration repeat_interval() const { return repeat_interval_; }
  const std::vector<std::string>& mute_time_intervals() const { return mute_time_intervals_; }
  const std::vector<std::string>& active_time_intervals() const { return active_time_intervals_; }
  std::string group_by_text() const;  ///< names with commas between, "..." for all
  bool keep_going() const { return keep_going_; }
  const model::Matchers& matchers() const { return matchers_; }
  const std::vector<std::unique_ptr<const Route>>& children() const { return children_; }

 private:
  Route() = default;
  static std::unique_ptr<const Route> Make(const RouteOptions& options, const Route* parent);
  void Collect(const model::Labels& labels, std::vector<const Route*>& out) const;

  std::string key_;
  std::string receiver_;
  model::Matchers matchers_;
  bool keep_going_ = false;
  std::vector<std::string> group_by_;
  bool group_by_all_ = false;
  Duration group_wait_{30'000};
  Duration group_interval_{300'000};
  Duration repeat_interval_{4 * 3'600'000};
  std::vector<std::string> mute_time_intervals_;
  std::vector<std::string> active_time_intervals_;
  std::vector<std::unique_ptr<const Route>> children_;
};

}  // namespace tocsin::notify
