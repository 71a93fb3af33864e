#include "alerting/self_metrics.h"

#include <string>

#include "base/exposition/process_metrics.h"
#include "base/flags/flags.h"

namespace tocsin::app {
namespace {

using exposition::RenderLabels;
using exposition::Type;
using exposition::Writer;

double Seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000.0; }

template <typename T>
void Single(Writer& writer, std::string_view name, std::string_view help, Type type, T value) {
  writer.Family(name, help, type);
  writer.Sample("", value);
}

void WriteStore(Writer& writer, const store::StoreStats& stats) {
  Single(writer, "tocsin_storage_series", "Series in memory.", Type::kGauge, uint64_t{stats.series});
  Single(writer, "tocsin_storage_series_created_total", "Series opened.", Type::kCounter,
         stats.series_created);
  Single(writer, "tocsin_storage_series_removed_total", "Series dropped with their last sample.",
         Type::kCounter, stats.series_removed);
  Single(writer, "tocsin_storage_series_refused_total", "Samples refused because there were too many series.",
         Type::kCounter, stats.series_refused);
  Single(writer, "tocsin_storage_samples_appended_total", "Samples stored.", Type::kCounter,
         stats.samples_appended);
  Single(writer, "tocsin_storage_samples_dropped_total", "Samples dropped by the retention.", Type::kCounter,
         stats.samples_dropped);
  Single(writer, "tocsin_storage_out_of_order_samples_total",
         "Samples refused as older than their series' newest.", Type::kCounter, stats.out_of_order);
  Single(writer, "tocsin_storage_duplicate_samples_total",
         "Samples refused for a time that had another value.", Type::kCounter, stats.duplicates);
}

/// One family over all groups; `read` gives a group's value.
template <typename Read>
void PerGroup(Writer& writer, const SelfReading& reading, std::string_view name, std::string_view help,
              Type type, Read read) {
  writer.Family(name, help, type);
  for (const auto& group : reading.groups) {
    const std::string id = group->spec->file + ";" + group->spec->name;
    writer.Sample(RenderLabels({{"rule_group", id}}), read(*group));
  }
}

void WriteRules(Writer& writer, const SelfReading& reading) {
  using Group = rules::GroupSnapshot;
  auto per_group = [&](std::string_view name, std::string_view help, Type type, auto read) {
    PerGroup(writer, reading, name, help, type, read);
  };
  per_group("tocsin_rule_group_rules", "Rules of the group.", Type::kGauge,
            [](const Group& g) { return uint64_t{g.rules.size()}; });
  per_group("tocsin_rule_group_interval_seconds", "Time between the group's evaluations.", Type::kGauge,
            [](const Group& g) { return Seconds(g.spec->interval); });
  per_group("tocsin_rule_group_last_duration_seconds", "Time that the last evaluation took.", Type::kGauge,
            [](const Group& g) { return Seconds(g.evaluation_time); });
  per_group("tocsin_rule_group_last_evaluation_timestamp_seconds", "When the group was last evaluated.",
            Type::kGauge,
            [](const Group& g) { return g.last_evaluation ? g.last_evaluation->seconds() : 0.0; });
  per_group("tocsin_rule_group_last_evaluation_samples", "Samples that the last evaluation gave.",
            Type::kGauge, [](const Group& g) { return g.last_samples; });
  per_group("tocsin_rule_group_iterations_total", "Evaluations of the group, the missed ones included.",
            Type::kCounter, [](const Group& g) { return g.iterations; });
  per_group("tocsin_rule_group_iterations_missed_total", "Evaluations left out because one took too long.",
            Type::kCounter, [](const Group& g) { return g.iterations_missed; });
  per_group("tocsin_rule_evaluations_total", "Evaluations of rules.", Type::kCounter,
            [](const Group& g) { return g.evaluations; });
  per_group("tocsin_rule_evaluation_failures_total", "Evaluations of rules that ended in an error.",
            Type::kCounter, [](const Group& g) { return g.evaluation_failures; });
}

void WriteAlerts(Writer& writer, const SelfReading& reading) {
  uint64_t pending = 0;
  uint64_t firing = 0;
  for (const auto& group : reading.groups) {
    for (const rules::RuleSnapshot& rule : group->rules) {
      for (const rules::ActiveAlert& alert : rule.alerts) {
        pending += alert.state == rules::AlertState::kPending ? 1 : 0;
        firing += alert.state == rules::AlertState::kFiring ? 1 : 0;
      }
    }
  }
  writer.Family("tocsin_alerts", "Alerts of our own rules, by state.", Type::kGauge);
  writer.Sample(RenderLabels({{"state", "firing"}}), firing);
  writer.Sample(RenderLabels({{"state", "pending"}}), pending);
}

void WriteNotifications(Writer& writer, const SelfReading& reading) {
  auto per_integration = [&](std::string_view name, std::string_view help, auto read) {
    writer.Family(name, help, Type::kCounter);
    for (const notify::IntegrationStats& stats : reading.notifications) {
      const notify::IntegrationId& id = stats.integration;
      writer.Sample(
          RenderLabels(
              {{"receiver", id.receiver}, {"integration", id.type}, {"index", std::to_string(id.index)}}),
          read(stats));
    }
  };
  using Stats = notify::IntegrationStats;
  per_integration("tocsin_notifications_total", "Messages that were due.",
                  [](const Stats& s) { return s.notifications; });
  per_integration("tocsin_notifications_failed_total",
                  "Messages not delivered before their group's next turn, when they are tried again.",
                  [](const Stats& s) { return s.notifications_failed; });
  per_integration("tocsin_notification_requests_total", "Attempts to deliver.",
                  [](const Stats& s) { return s.attempts; });
  per_integration("tocsin_notification_requests_failed_total", "Attempts that failed.",
                  [](const Stats& s) { return s.attempts_failed; });
}

void WriteTargets(Writer& writer, const SelfReading& reading) {
  writer.Family("tocsin_scrape_targets", "Targets of a scrape job, by health.", Type::kGauge);
  for (const collect::JobSnapshot& job : reading.jobs) {
    for (collect::Health health : {collect::Health::kDown, collect::Health::kUnknown, collect::Health::kUp}) {
      uint64_t count = 0;
      for (const collect::TargetSnapshot& target : job.active)
        count += target.status.health == health ? 1 : 0;
      writer.Sample(RenderLabels({{"scrape_job", job.job_name}, {"health", collect::HealthName(health)}}),
                    count);
    }
  }
}

}  // namespace

void WriteSelfMetrics(Writer& writer, const SelfReading& reading) {
  writer.Family("tocsin_build_info", "The running version.", Type::kInfo);
  writer.Sample(RenderLabels({{"version", flags::Version()}}), uint64_t{1});
  Single(writer, "tocsin_config_last_reload_successful",
         "Whether the last reading of the configuration succeeded.", Type::kGauge,
         uint64_t{reading.reload_successful ? 1U : 0U});
  Single(writer, "tocsin_config_last_reload_success_timestamp_seconds",
         "When the configuration in force was read.", Type::kGauge, reading.last_reload.seconds());
  WriteTargets(writer, reading);
  WriteStore(writer, reading.store);
  WriteRules(writer, reading);
  WriteAlerts(writer, reading);
  WriteNotifications(writer, reading);
  exposition::WriteProcessMetrics(writer);
}

}  // namespace tocsin::app
