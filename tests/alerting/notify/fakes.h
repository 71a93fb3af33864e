// Receivers that do what a test says, and alerts to send them.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "alerting/notify/receivers/integration.h"
#include "base/async/fake_executor.h"

namespace tocsin::notify::testing {

inline constexpr Duration kSecond{1000};
inline constexpr Duration kMinute{60'000};

/// An alert of the labels that began at `starts_at` and is promised for an hour.
inline model::AlertPtr Firing(model::Labels labels, Timestamp starts_at,
                              Duration promised = Duration(3'600'000)) {
  model::Alert alert;
  alert.labels = std::move(labels);
  alert.starts_at = starts_at;
  alert.ends_at = starts_at + promised;
  alert.updated_at = starts_at;
  return std::make_shared<const model::Alert>(std::move(alert));
}

inline model::AlertPtr Resolved(const model::AlertPtr& firing, Timestamp ends_at) {
  model::Alert alert = *firing;
  alert.ends_at = ends_at;
  alert.updated_at = ends_at;
  return std::make_shared<const model::Alert>(std::move(alert));
}

/// Remembers every attempt and answers as `behaviour` says at that moment.
class FakeIntegration final : public Integration {
 public:
  enum class Behaviour { kWorks, kUnavailable, kRefuses, kHangs };

  explicit FakeIntegration(std::string receiver = "team", bool send_resolved = true, size_t index = 0)
      : id_{std::move(receiver), "fake", index}, send_resolved_(send_resolved) {}

  const IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return send_resolved_; }
  std::unique_ptr<Attempt> Send(const Notification& notification, Duration, Done done) const override {
    attempts.push_back(notification);
    switch (behaviour) {
      case Behaviour::kWorks:
        delivered.push_back(notification);
        done({});
        break;
      case Behaviour::kUnavailable:
        done({Fail(ErrorCode::kUnavailable, "connection refused"), retry_after});
        break;
      case Behaviour::kRefuses:
        done({Fail(ErrorCode::kInvalidArgument, "no such channel"), std::nullopt});
        break;
      case Behaviour::kHangs:
        hanging.push_back(std::move(done));
        break;
    }
    return std::make_unique<Attempt>();
  }

  /// The delivered notifications, each as "firing:a,b resolved:c" of the label `name`.
  std::vector<std::string> Told() const {
    std::vector<std::string> out;
    out.reserve(delivered.size());
    for (const Notification& notification : delivered) out.push_back(Describe(notification));
    return out;
  }
  static std::string Describe(const Notification& notification) {
    std::string firing;
    std::string resolved;
    for (const model::AlertPtr& alert : notification.alerts) {
      std::string& list = notification.IsFiring(*alert) ? firing : resolved;
      list += (list.empty() ? "" : ",") + std::string(alert->labels.Get("name"));
    }
    return "firing:" + firing + " resolved:" + resolved;
  }

  Behaviour behaviour = Behaviour::kWorks;
  std::optional<Duration> retry_after;
  mutable std::vector<Notification> attempts;
  mutable std::vector<Notification> delivered;
  mutable std::deque<Done> hanging;

 private:
  IntegrationId id_;
  bool send_resolved_;
};

}  // namespace tocsin::notify::testing
