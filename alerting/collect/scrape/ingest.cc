#include "alerting/collect/scrape/ingest.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace tocsin::collect {
namespace {

/// Labels of the exposition that the target has too get "exported_" before their names, as often as it takes.
void KeepConflicting(std::vector<model::Label> conflicting, model::LabelsBuilder& labels) {
  std::stable_sort(conflicting.begin(), conflicting.end(),
                   [](const auto& a, const auto& b) { return a.name.size() < b.name.size(); });
  auto taken = [&](const std::string& name) {
    return !labels.Get(name).empty() || std::any_of(conflicting.begin(), conflicting.end(),
                                                    [&](const auto& label) { return label.name == name; });
  };
  for (model::Label& label : conflicting) {
    std::string name = "exported_" + label.name;
    while (taken(name)) name.insert(0, "exported_");
    labels.Set(name, label.value);
    label.name = std::move(name);
  }
}

Status LimitReached(std::string message) { return Fail(ErrorCode::kResourceExhausted, std::move(message)); }

}  // namespace

model::LabelsBuilder Ingester::WithTargetLabels(const std::vector<model::Label>& exposed) const {
  model::LabelsBuilder labels{model::Labels(exposed)};
  std::vector<model::Label> conflicting;
  for (const model::Label& label : settings_.target_labels) {
    const std::string existing(labels.Get(label.name));
    if (settings_.honor_labels && !existing.empty()) continue;
    if (!existing.empty()) conflicting.push_back({label.name, existing});
    labels.Set(label.name, label.value);
  }
  if (!conflicting.empty()) KeepConflicting(std::move(conflicting), labels);
  return labels;
}

Status Ingester::CheckLimits(const model::Labels& labels) const {
  const ScrapeLimits& limits = settings_.limits;
  if (limits.labels > 0 && labels.size() > limits.labels) {
    return LimitReached(fmt::format("label_limit exceeded (metric: {}, number of labels: {}, limit: {})",
                                    model::Quote(labels.metric_name()), labels.size(), limits.labels));
  }
  for (const model::Label& label : labels) {
    if (limits.label_name_length > 0 && label.name.size() > limits.label_name_length) {
      return LimitReached(fmt::format(
          "label_name_length_limit exceeded (metric: {}, label name: {}, limit: {})",
          model::Quote(labels.metric_name()), model::Quote(label.name), limits.label_name_length));
    }
    if (limits.label_value_length > 0 && label.value.size() > limits.label_value_length) {
      return LimitReached(fmt::format(
          "label_value_length_limit exceeded (metric: {}, label name: {}, limit: {})",
          model::Quote(labels.metric_name()), model::Quote(label.name), limits.label_value_length));
    }
  }
  return {};
}

/// Reads the labels of a series text that is new.
Result<SeriesCache::Entry*> Ingester::NewEntry(const Parser& parser) {
  Result<std::vector<model::Label>> exposed = parser.ReadLabels();
  if (!exposed) return Fail(exposed.error());
  model::LabelsBuilder builder = WithTargetLabels(*exposed);
  const bool kept = settings_.metric_relabeling.Apply(builder);
  model::Labels labels = kept ? builder.Build() : model::Labels();
  if (!labels.empty()) {
    if (labels.metric_name().empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("relabelling left {} without a metric name", labels.ToString()));
    }
    if (Status status = CheckLimits(labels); !status) return Fail(status.error());
  }
  const bool dropped = labels.empty();
  return &cache_.Add(parser.series(), std::move(labels), dropped);
}

Status Ingester::Append(SeriesCache::Entry& entry, Timestamp at, double value, model::Appender& appender,
                        IngestCounts& counts) {
  Result<model::SeriesRef> ref = appender.Append(entry.ref, entry.labels, at, value);
  if (ref) {
    entry.ref = *ref;
    return {};
  }
  if (ref.error().code() == ErrorCode::kResourceExhausted) {
    ++counts.refused;
    return {};
  }
  if (ref.error().code() != ErrorCode::kInvalidArgument) return Fail(ref.error());
  const bool duplicate = ref.error().message().find("duplicate") != std::string::npos;
  ++(duplicate ? counts.duplicates : counts.out_of_order);
  return {};
}

Status Ingester::Sample(const Parser& parser, Timestamp at, model::Appender& appender, IngestCounts& counts) {
  ++counts.scraped;
  SeriesCache::Entry* entry = cache_.Find(parser.series());
  const bool is_new = entry == nullptr;
  if (is_new) {
    Result<SeriesCache::Entry*> made = NewEntry(parser);
    if (!made) return Fail(made.error());
    entry = *made;
  }
  const bool first = cache_.See(*entry);
  if (entry->dropped) return {};
  ++counts.kept;
  const std::optional<Timestamp> own_time = settings_.honor_timestamps ? parser.timestamp() : std::nullopt;
  if (!first && !own_time) {
    ++counts.duplicates;
    return {};
  }
  // Past the limit the scrape fails; what follows is still counted, so that one sees by how much.
  if (settings_.limits.samples > 0 && counts.kept > settings_.limits.samples) return {};
  if (is_new) ++counts.series_added;
  entry->tracked = !own_time || settings_.track_timestamps_staleness;
  return Append(*entry, own_time.value_or(at), parser.value(), appender, counts);
}

Status Ingester::ReadBody(std::string_view body, BodyFormat format, Timestamp at, model::Appender& appender,
                          IngestCounts& counts) {
  Parser parser(body, format);
  for (;;) {
    Result<Parser::Entry> entry = parser.Next(cache_.Guess());
    if (!entry) return Fail(entry.error());
    if (*entry == Parser::Entry::kEnd) break;
    if (*entry != Parser::Entry::kSample) {
      Remember(*entry, parser);
    } else if (Status status = Sample(parser, at, appender, counts); !status) {
      return status;
    }
  }
  if (settings_.limits.samples > 0 && counts.kept > settings_.limits.samples) {
    return LimitReached(fmt::format("sample limit exceeded: {} samples after relabelling, limit {}",
                                    counts.kept, settings_.limits.samples));
  }
  return {};
}

Status Ingester::Ingest(std::string_view body, BodyFormat format, Timestamp at, model::Appender& appender,
                        IngestCounts& counts) {
  cache_.Begin();
  if (Status status = ReadBody(body, format, at, appender, counts); !status) {
    cache_.Abandon();
    return status;
  }
  cache_.Finish([&](SeriesCache::Entry& gone) {
    IngestCounts ignored;
    if (gone.live) (void)Append(gone, at, model::StaleNan(), appender, ignored);
  });
  EndAdopted(at, appender);
  return {};
}

void Ingester::MarkAllStale(Timestamp at, model::Appender& appender) {
  IngestCounts ignored;
  cache_.ForEach([&](SeriesCache::Entry& entry) {
    if (entry.live) (void)Append(entry, at, model::StaleNan(), appender, ignored);
    entry.live = false;
  });
  for (const model::Labels& labels : adopted_) (void)appender.Append(0, labels, at, model::StaleNan());
  adopted_.clear();
}

void Ingester::Adopt(std::vector<model::Labels> series) {
  adopted_.insert(adopted_.end(), std::make_move_iterator(series.begin()),
                  std::make_move_iterator(series.end()));
}

void Ingester::EndAdopted(Timestamp at, model::Appender& appender) {
  if (adopted_.empty()) return;
  std::unordered_set<model::Labels, model::LabelsHash> shown;
  cache_.ForEach([&](SeriesCache::Entry& entry) { shown.insert(entry.labels); });
  for (const model::Labels& labels : adopted_) {
    if (!shown.contains(labels)) (void)appender.Append(0, labels, at, model::StaleNan());
  }
  adopted_.clear();
}

std::vector<model::Labels> Ingester::Live() {
  std::vector<model::Labels> live = adopted_;
  cache_.ForEach([&](SeriesCache::Entry& entry) {
    if (entry.live) live.push_back(entry.labels);
  });
  return live;
}

void Ingester::Remember(Parser::Entry kind, const Parser& parser) {
  constexpr size_t kMost = 20'000;  // a target that invents names for ever must not fill the memory
  auto found = metadata_.find(parser.name());
  if (found == metadata_.end()) {
    if (metadata_.size() >= kMost) return;
    found = metadata_.emplace(parser.name(), MetricMetadata{}).first;
  }
  MetricMetadata& metadata = found->second;
  std::string& field = kind == Parser::Entry::kType   ? metadata.type
                       : kind == Parser::Entry::kHelp ? metadata.help
                                                      : metadata.unit;
  if (field == parser.text()) return;
  field = parser.text();
  metadata_changed_ = true;
}

bool Ingester::TakeMetadataChange() { return std::exchange(metadata_changed_, false); }

}  // namespace tocsin::collect
