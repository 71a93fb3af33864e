#include "alerting/self_metrics.h"

#include <array>
#include <string>

#include "base/exposition/process_metrics.h"
#include "base/flags/flags.h"

namespace tocsin::app {
namespace {

using exposition::RenderLabels;
using exposition::Type;
using exposition::Writer;

double Seconds(std::chrono::duration<double> duration) { return duration.count(); }

template <typename T>
void Single(Writer& writer, std::string_view name, std::string_view help, Type type, T value) {
  writer.Family(name, help, type);
  writer.Sample("", value);
}

/// What is counted in memory; with a folder, WriteDisk() tells the rest.
void WriteStore(Writer& writer, const store::StoreStats& stats) {
  Single(writer, "tocsin_storage_series", "Series that have samples within the retention.", Type::kGauge,
         uint64_t{stats.series});
  Single(writer, "tocsin_storage_memory_bytes", "Memory of the index and of the samples that are in memory.",
         Type::kGauge, uint64_t{stats.memory_bytes});
  auto count = [&](std::string_view name, std::string_view help, uint64_t value) {
    Single(writer, name, help, Type::kCounter, value);
  };
  count("tocsin_storage_series_created_total", "Series opened.", stats.series_created);
  count("tocsin_storage_series_removed_total", "Series dropped with their last sample.",
        stats.series_removed);
  count("tocsin_storage_series_refused_total", "Samples refused because there were too many series.",
        stats.series_refused);
  count("tocsin_storage_samples_appended_total", "Samples stored in order.", stats.samples_appended);
  count("tocsin_storage_samples_backfilled_total",
        "Samples stored that were older than their series' newest.", stats.samples_backfilled);
  count("tocsin_storage_samples_dropped_total", "Samples dropped by the retention.", stats.samples_dropped);
  count("tocsin_storage_out_of_order_samples_total", "Samples refused as older than their series' newest.",
        stats.out_of_order);
  count("tocsin_storage_duplicate_samples_total", "Samples refused for a time that had another value.",
        stats.duplicates);
}

void WriteDisk(Writer& writer, const store::DiskStats& disk) {
  auto count = [&](std::string_view name, std::string_view help, uint64_t value) {
    Single(writer, name, help, Type::kCounter, value);
  };
  auto gauge = [&](std::string_view name, std::string_view help, uint64_t value) {
    Single(writer, name, help, Type::kGauge, value);
  };
  gauge("tocsin_storage_wal_writable", "Whether the disk took the last write of the write-ahead log.",
        disk.wal.writable ? 1 : 0);
  gauge("tocsin_storage_wal_bytes", "Write-ahead log on disk since the last checkpoint.", disk.wal_bytes);
  count("tocsin_storage_wal_written_bytes_total", "Bytes written to the write-ahead log.",
        disk.wal.bytes_written);
  count("tocsin_storage_wal_syncs_total", "Syncs of the write-ahead log.", disk.wal.syncs);
  count("tocsin_storage_wal_failures_total",
        "Writes and syncs of the write-ahead log that the system refused.", disk.wal.failures);
  count("tocsin_storage_wal_records_lost_total",
        "Records that the log could not take while the disk refused; their samples were in memory.",
        disk.wal.records_lost);
  count("tocsin_storage_wal_corruptions_total", "Torn or damaged places that the start found in the log.",
        disk.wal_faults);
  Single(writer, "tocsin_storage_replay_duration_seconds", "How long the start read the folder.",
         Type::kGauge, Seconds(disk.replay));
  gauge("tocsin_storage_segments", "Segment files.", disk.segments.files);
  gauge("tocsin_storage_segment_bytes", "Size of the segment files.", disk.segments.bytes);
  gauge("tocsin_storage_segment_samples", "Samples in segment files.", disk.segments.samples);
  count("tocsin_storage_segments_dropped_total", "Segment files dropped by the retention.",
        disk.segments.files_dropped);
  count("tocsin_storage_segment_corruptions_total", "Damaged segment files and chunks that were passed over.",
        disk.segments.damaged);
  count("tocsin_storage_seals_total", "Times that samples moved from memory to a segment file.", disk.seals);
  count("tocsin_storage_seals_failed_total", "Times that this failed.", disk.seals_failed);
  count("tocsin_storage_merges_total", "Merges of segment files.", disk.segments.merges);
  count("tocsin_storage_merges_failed_total", "Merges that failed.", disk.segments.merges_failed);
}

void WriteReceived(Writer& writer, const remote::ReceiverStats& stats) {
  Single(writer, "tocsin_remote_write_requests_total", "Requests that others wrote to us.", Type::kCounter,
         stats.requests);
  Single(writer, "tocsin_remote_write_requests_failed_total",
         "Requests answered with an error; what was good of them is stored.", Type::kCounter,
         stats.requests_failed);
  Single(writer, "tocsin_remote_write_received_samples_total", "Samples that others wrote and we took.",
         Type::kCounter, stats.samples);
  Single(writer, "tocsin_remote_write_refused_samples_total",
         "Samples that others wrote and we refused: out of order, of invalid series, native histograms.",
         Type::kCounter, stats.samples_refused);
  Single(writer, "tocsin_remote_write_received_exemplars_total", "Exemplars that others wrote.",
         Type::kCounter, stats.exemplars);
  Single(writer, "tocsin_remote_write_received_metadata_total",
         "Entries of metadata that others wrote; they are counted, not kept.", Type::kCounter,
         stats.metadata);
}

void WriteDatasource(Writer& writer, const SelfReading& reading) {
  if (const auto& stats = reading.datasource) {
    Single(writer, "tocsin_datasource_requests_total",
           "Questions of rules to the datasource, those repeated included.", Type::kCounter, stats->requests);
    Single(writer, "tocsin_datasource_requests_failed_total",
           "Questions of rules to the datasource that got no answer, or an error.", Type::kCounter,
           stats->requests_failed);
  }
  if (const auto& stats = reading.write_back) {
    Single(writer, "tocsin_remote_storage_samples_pending",
           "Samples that wait to be written to another server.", Type::kGauge, stats->pending);
    Single(writer, "tocsin_remote_storage_samples_total", "Samples written to another server.",
           Type::kCounter, stats->sent);
    Single(writer, "tocsin_remote_storage_samples_retried_total", "Samples in requests that were sent again.",
           Type::kCounter, stats->retried);
    Single(writer, "tocsin_remote_storage_samples_failed_total",
           "Samples that the other server refused for good.", Type::kCounter, stats->failed);
    Single(writer, "tocsin_remote_storage_samples_dropped_total", "Samples dropped because too many waited.",
           Type::kCounter, stats->dropped);
  }
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

/// What its rules took the last time that each was evaluated.
rules::Elapsed LastOfRules(const rules::GroupSnapshot& group) {
  rules::Elapsed sum{0};
  for (const rules::RuleSnapshot& rule : group.rules) sum += rule.evaluation_time;
  return sum;
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
            Type::kCounter, [](const Group& g) { return g.iterations + g.iterations_missed; });
  per_group("tocsin_rule_group_iterations_missed_total", "Evaluations left out because one took too long.",
            Type::kCounter, [](const Group& g) { return g.iterations_missed; });
  per_group("tocsin_rule_evaluations_total", "Evaluations of rules.", Type::kCounter,
            [](const Group& g) { return g.evaluations; });
  per_group("tocsin_rule_evaluation_failures_total", "Evaluations of rules that ended in an error.",
            Type::kCounter, [](const Group& g) { return g.evaluation_failures; });
  per_group("tocsin_rule_group_last_rule_duration_sum_seconds",
            "Time that the last evaluation of each rule took.", Type::kGauge,
            [](const Group& g) { return Seconds(LastOfRules(g)); });
  per_group("tocsin_rule_group_last_restore_duration_seconds",
            "Time that reading the starts of alerts from ALERTS_FOR_STATE took.", Type::kGauge,
            [](const Group& g) { return Seconds(g.restore_time); });
  writer.Family("tocsin_rule_group_duration_seconds", "Time that evaluations of groups took.",
                Type::kSummary);
  WriteSummary(writer, "",
               reading.rule_times->groups.Read(std::array{0.01, 0.05, 0.5, 0.9, 0.99}, rules::SteadyNow()));
  writer.Family("tocsin_rule_evaluation_duration_seconds", "Time that evaluations of rules took.",
                Type::kSummary);
  WriteSummary(writer, "", reading.rule_times->rules.Read(std::array{0.5, 0.9, 0.99}, rules::SteadyNow()));
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
  per_integration("tocsin_notifications_delivered_total", "Messages that a receiver's server has taken.",
                  [](const Stats& s) { return s.delivered; });
  per_integration("tocsin_notification_delivery_seconds_total",
                  "Time from due to taken, summed over the messages delivered.",
                  [](const Stats& s) { return static_cast<double>(s.delivery_ms) / 1000; });
}

void WriteWatchdog(Writer& writer, const WatchdogStats& stats) {
  Single(writer, "tocsin_watchdog_calls_total", "Calls of the dead man's switch.", Type::kCounter,
         stats.calls);
  Single(writer, "tocsin_watchdog_calls_failed_total", "Calls of the dead man's switch that failed.",
         Type::kCounter, stats.calls_failed);
  Single(writer, "tocsin_watchdog_calls_withheld_total",
         "Calls not made, since rules were not evaluated or messages did not get through.", Type::kCounter,
         stats.withheld);
}

void WriteAlertmanagers(Writer& writer, const AlertmanagerStats& stats) {
  Single(writer, "tocsin_notifications_alertmanagers_discovered", "Alertmanagers that alerts are sent to.",
         Type::kGauge, uint64_t{stats.managers.size()});
  Single(writer, "tocsin_notifications_queue_length", "Alerts that wait to be sent to Alertmanagers.",
         Type::kGauge, stats.queued);
  Single(writer, "tocsin_notifications_queue_capacity", "How many alerts may wait.", Type::kGauge,
         stats.queue_capacity);
  Single(writer, "tocsin_notifications_dropped_total",
         "Alerts that no Alertmanager took, or that the queue had no room for.", Type::kCounter,
         stats.dropped);
  auto per_manager = [&](std::string_view name, std::string_view help, Type type, auto write) {
    writer.Family(name, help, type);
    for (const AlertmanagerStats::Manager& manager : stats.managers) {
      write(RenderLabels({{"alertmanager", manager.url}}), manager);
    }
  };
  using Manager = AlertmanagerStats::Manager;
  per_manager("tocsin_notifications_sent_total",
              "Alerts in requests to an Alertmanager, those that failed included.", Type::kCounter,
              [&](const std::string& labels, const Manager& m) { writer.Sample(labels, m.sent); });
  per_manager("tocsin_notifications_errors_total", "Alerts in requests to an Alertmanager that failed.",
              Type::kCounter,
              [&](const std::string& labels, const Manager& m) { writer.Sample(labels, m.errors); });
  per_manager("tocsin_notifications_latency_seconds", "Time that requests to an Alertmanager took.",
              Type::kSummary, [&](const std::string& labels, const Manager& m) {
                if (m.latency.count > 0) WriteSummary(writer, labels, m.latency);
              });
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
  if (reading.store.on_disk) WriteDisk(writer, reading.store.disk);
  WriteReceived(writer, reading.remote_write);
  WriteDatasource(writer, reading);
  WriteRules(writer, reading);
  WriteAlerts(writer, reading);
  WriteNotifications(writer, reading);
  WriteAlertmanagers(writer, reading.alertmanagers);
  if (reading.watchdog) WriteWatchdog(writer, *reading.watchdog);
  exposition::WriteProcessMetrics(writer);
}

}  // namespace tocsin::app
