#include "alerting/collect/scrape/ingest.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace tocsin::collect {
namespace {

/// Samples of a page that are handed on at a time.
constexpr size_t kTogether = 4096;

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

/// An empty value counts: with honor_labels it takes the target's label away.
bool Exposes(const std::vector<model::Label>& exposed, std::string_view name) {
  return std::any_of(exposed.begin(), exposed.end(), [&](const auto& label) { return label.name == name; });
}

bool HasClassicNames(const model::Labels& labels) {
  return model::IsClassicMetricName(labels.metric_name()) &&
         std::all_of(labels.begin(), labels.end(),
                     [](const model::LabelView& label) { return model::IsClassicLabelName(label.name); });
}

/// Of a time of a sample's own. Prometheus refuses more than half its two hours' chunk range behind its
/// newest sample, which is of now where it scrapes, and more than ten minutes ahead.
bool IsOutOfBounds(Timestamp own, Timestamp scraped) {
  constexpr Duration kBehind = std::chrono::hours(1);
  constexpr Duration kAhead = std::chrono::minutes(10);
  return own < scraped - kBehind || own > scraped + kAhead;
}

Status LimitReached(std::string message) { return Fail(ErrorCode::kResourceExhausted, std::move(message)); }

}  // namespace

model::LabelsBuilder Ingester::WithTargetLabels(const std::vector<model::Label>& exposed) const {
  model::LabelsBuilder labels{model::Labels(exposed)};
  std::vector<model::Label> conflicting;
  for (const model::LabelView label : settings_.target_labels) {
    if (settings_.honor_labels && Exposes(exposed, label.name)) continue;
    const std::string existing(labels.Get(label.name));
    if (!existing.empty()) conflicting.push_back({std::string(label.name), existing});
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
  for (const model::LabelView label : labels) {
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

/// What the store will know the series by; empty when metric relabelling drops it.
Result<model::Labels> Ingester::MakeLabels(const std::vector<model::Label>& exposed) const {
  if (Status status = CheckLabelNames(exposed); !status) return Fail(status.error());
  model::LabelsBuilder builder = WithTargetLabels(exposed);
  if (!settings_.metric_relabeling.Apply(builder)) return model::Labels();
  model::Labels labels = builder.Build();
  if (labels.empty()) return labels;
  if (labels.metric_name().empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("relabelling left {} without a metric name", labels.ToString()));
  }
  if (settings_.legacy_names && !HasClassicNames(labels)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("invalid metric name or label names: {}", labels.ToString()));
  }
  if (Status status = CheckLimits(labels); !status) return Fail(status.error());
  return labels;
}

/// Of a text that was read before, and so can be read again.
Result<model::Labels> Ingester::LabelsOf(SeriesCache::Place place) const {
  return ReadSeriesLabels(cache_.Text(place), Blanks::kAllowed).and_then([this](const auto& exposed) {
    return MakeLabels(exposed);
  });
}

/// A sample is counted once its line could be read, whatever its labels come to.
Result<SeriesCache::Place> Ingester::NewSeries(const Parser& parser, model::Labels& labels,
                                               const Page& page) {
  const Result<std::vector<model::Label>> exposed = parser.ReadLabels();
  if (!exposed) return Fail(exposed.error());
  ++page.counts.scraped;
  Result<model::Labels> made = MakeLabels(*exposed);
  if (!made) return Fail(made.error());
  labels = std::move(*made);
  const SeriesCache::Place place = cache_.Add(parser.series(), labels.empty());
  if (place != SeriesCache::kNone) return place;
  return Fail(ErrorCode::kResourceExhausted, "the series' texts are larger than 4 GiB");
}

Status Ingester::Append(SeriesCache::Place place, const model::Labels& labels, Timestamp time, double value,
                        const Page& page) {
  const Result<model::SeriesRef> ref = page.appender.Append(0, labels, time, value);
  if (ref) {
    cache_.entry(place).ref = *ref;
    return {};
  }
  if (ref.error().code() == ErrorCode::kResourceExhausted) {
    ++page.counts.refused;
    return {};
  }
  if (ref.error().code() != ErrorCode::kInvalidArgument) return Fail(ref.error());
  const bool duplicate = ref.error().message().find("duplicate") != std::string::npos;
  ++(duplicate ? page.counts.duplicates : page.counts.out_of_order);
  return {};
}

Status Ingester::Queue(SeriesCache::Place place, Timestamp time, double value, const Page& page) {
  if (queued_.size() >= kTogether || (time != queued_time_ && !queued_.empty())) {
    if (Status status = Flush(page); !status) return status;
  }
  queued_time_ = time;
  queued_.push_back({cache_.entry(place).ref, value});
  queued_places_.push_back(place);
  return {};
}

Status Ingester::Flush(const Page& page) {
  if (queued_.empty()) return {};
  refused_.clear();
  page.appender.AppendKnown(queued_time_, queued_, refused_);
  Status outcome;
  for (const model::RefusedSample& refused : refused_) {
    if (refused.reason != model::RefusedSample::Reason::kUnknownSeries) {
      const bool duplicate = refused.reason == model::RefusedSample::Reason::kDuplicate;
      ++(duplicate ? page.counts.duplicates : page.counts.out_of_order);
      continue;
    }
    const SeriesCache::Place place = queued_places_[refused.index];
    const Result<model::Labels> labels = LabelsOf(place);
    outcome = labels ? Append(place, *labels, queued_time_, queued_[refused.index].value, page)
                     : Status(Fail(labels.error()));
    if (!outcome) break;
  }
  queued_.clear();
  queued_places_.clear();
  return outcome;
}

/// `place` is the series' in the cache; kNone when it is new.
Status Ingester::Sample(const Parser& parser, SeriesCache::Place place, const Page& page) {
  model::Labels labels;
  if (place == SeriesCache::kNone) {
    Result<SeriesCache::Place> made = NewSeries(parser, labels, page);
    if (!made) return Fail(made.error());
    place = *made;
  } else {
    ++page.counts.scraped;
  }
  const bool first = cache_.See(place);
  SeriesCache::Entry& entry = cache_.entry(place);
  if (entry.dropped) return {};
  ++page.counts.kept;
  const std::optional<Timestamp> own_time = settings_.honor_timestamps ? parser.timestamp() : std::nullopt;
  if (!first && !own_time) {
    ++page.counts.duplicates;
    return NoteExemplar(place, parser, page.at);
  }
  // Past the limit the scrape fails; what follows is still counted, so that one sees by how much.
  if (++page.counts.limited > settings_.limits.samples && settings_.limits.samples > 0) return {};
  entry.tracked = !own_time || settings_.track_timestamps_staleness;
  const Timestamp time = own_time.value_or(page.at);
  if (own_time && IsOutOfBounds(time, page.at)) {
    ++page.counts.out_of_bounds;
    return {};
  }
  Status taken = entry.ref == 0 ? AppendNew(place, std::move(labels), time, parser.value(), page)
                                : Queue(place, time, parser.value(), page);
  return taken ? NoteExemplar(place, parser, page.at) : taken;
}

/// What Sample() does with nearly all lines, in a few steps: a series that the store knows, for the first
/// time on this page, without a time of its own. False, with nothing done, for any other.
bool Ingester::TakeUsual(const Parser& parser, const Page& page) {
  const SeriesCache::Place place = cache_.Guessed();
  SeriesCache::Entry& entry = cache_.entry(place);
  const bool usual = entry.ref != 0 && !entry.dropped && !entry.seen && !parser.timestamp() &&
                     settings_.limits.samples == 0 && queued_.size() < kTogether &&
                     (queued_.empty() || queued_time_ == page.at);
  if (!usual) return false;
  (void)cache_.See(place);
  ++page.counts.scraped;
  ++page.counts.kept;
  ++page.counts.limited;
  entry.tracked = true;
  queued_time_ = page.at;
  queued_.push_back({entry.ref, parser.value()});
  queued_places_.push_back(place);
  return true;
}

/// Of a series that the store has no reference for yet. What is queued goes first: the same series may be
/// among it in another spelling, and the first of two samples counts.
Status Ingester::AppendNew(SeriesCache::Place place, model::Labels labels, Timestamp time, double value,
                           const Page& page) {
  if (Status status = Flush(page); !status) return status;
  if (labels.empty()) {
    Result<model::Labels> read = LabelsOf(place);
    if (!read) return Fail(read.error());
    labels = std::move(*read);
  }
  if (Status status = Append(place, labels, time, value, page); !status) return status;
  if (cache_.entry(place).ref != 0) ++page.counts.series_added;  // the store took it
  return {};
}

/// A series shows the same exemplar scrape after scrape: it is looked at once.
Status Ingester::NoteExemplar(SeriesCache::Place place, const Parser& parser, Timestamp at) {
  const model::SeriesRef ref = cache_.entry(place).ref;
  if (!parser.exemplar() || ref == 0) return {};  // none, or the store refused the series
  const size_t look = std::hash<std::string_view>{}(parser.exemplar_text());
  const auto [last, is_new] = last_exemplars_.try_emplace(ref, look);
  if (!is_new && last->second == look) return {};
  last->second = look;
  const Result<model::Labels> series = LabelsOf(place);
  if (!series) return Fail(series.error());
  const Exemplar& exemplar = *parser.exemplar();
  exemplars_.emplace_back(*series,
                          model::Exemplar{model::Labels(exemplar.labels), exemplar.value,
                                          exemplar.timestamp.value_or(at), exemplar.timestamp.has_value()});
  return {};
}

Status Ingester::CheckSampleLimit(const IngestCounts& counts) const {
  if (settings_.limits.samples == 0 || counts.limited <= settings_.limits.samples) return {};
  return LimitReached(fmt::format("sample limit exceeded: {} samples after relabelling, limit {}",
                                  counts.limited, settings_.limits.samples));
}

/// Up to where the body is there.
Status Ingester::Read(Page& page) {
  PieceParser& parser = page.parser;
  for (;;) {
    if (parser.TakeKnown(cache_.Guess())) {
      if (TakeUsual(parser.entry(), page)) continue;
      if (Status status = Sample(parser.entry(), cache_.Guessed(), page); !status) return status;
      continue;
    }
    const Result<Parser::Entry> entry = parser.Next();
    if (!entry) return Fail(entry.error());
    if (*entry == Parser::Entry::kEnd || *entry == Parser::Entry::kMore) return {};
    if (*entry != Parser::Entry::kSample) {
      Remember(*entry, parser.entry());
    } else if (Status status = Sample(parser.entry(), cache_.Find(parser.entry().series()), page); !status) {
      return status;
    }
  }
}

void Ingester::Begin(BodyFormat format, Timestamp at, model::Appender& appender, IngestCounts& counts) {
  cache_.Begin();
  exemplars_.clear();
  page_ = std::make_unique<Page>(at, appender, counts, PieceParser(format));
}

void Ingester::Take(std::string_view piece) {
  if (!page_->status) return;
  page_->parser.Add(piece);
  page_->status = Read(*page_);
}

Status Ingester::Finish() {
  const Page& page = *page_;
  Status status = page.status;
  if (status) {
    page_->parser.End();
    status = Read(*page_);
  }
  if (status) status = Flush(page);
  if (status) status = CheckSampleLimit(page.counts);
  if (!status) {
    DropPage();
    cache_.Abandon();
    return status;
  }
  std::vector<model::KnownSample> ended;
  cache_.Finish([&](const SeriesCache::Entry& gone) {
    if (gone.live) ended.push_back({gone.ref, model::StaleNan()});
    last_exemplars_.erase(gone.ref);
  });
  End(ended, page.at, page.appender);
  EndAdopted(page.at, page.appender);
  page_.reset();
  return {};
}

void Ingester::Abandon() {
  DropPage();
  cache_.Undo();
}

void Ingester::DropPage() {
  queued_.clear();
  queued_places_.clear();
  exemplars_.clear();
  last_exemplars_.clear();  // they are to be kept by the scrape that shows them again
  page_.reset();
}

/// A series that the store does not know any more has no need of an end.
void Ingester::End(std::span<const model::KnownSample> ended, Timestamp at, model::Appender& appender) {
  if (ended.empty()) return;
  refused_.clear();
  appender.AppendKnown(at, ended, refused_);
}

void Ingester::MarkAllStale(Timestamp at, model::Appender& appender) {
  std::vector<model::KnownSample> ended;
  for (SeriesCache::Entry& entry : cache_.entries()) {
    if (entry.live) ended.push_back({entry.ref, model::StaleNan()});
    entry.live = false;
  }
  for (model::SeriesRef ref : std::exchange(adopted_, {})) ended.push_back({ref, model::StaleNan()});
  End(ended, at, appender);
}

void Ingester::Adopt(std::vector<model::SeriesRef> series) {
  adopted_.insert(adopted_.end(), series.begin(), series.end());
}

void Ingester::EndAdopted(Timestamp at, model::Appender& appender) {
  if (adopted_.empty()) return;
  std::unordered_set<model::SeriesRef> shown;
  for (const SeriesCache::Entry& entry : cache_.entries()) shown.insert(entry.ref);
  std::vector<model::KnownSample> ended;
  for (model::SeriesRef ref : std::exchange(adopted_, {})) {
    if (!shown.contains(ref)) ended.push_back({ref, model::StaleNan()});
  }
  End(ended, at, appender);
}

std::vector<model::SeriesRef> Ingester::Live() const {
  std::vector<model::SeriesRef> live = adopted_;
  for (const SeriesCache::Entry& entry : cache_.entries()) {
    if (entry.live) live.push_back(entry.ref);
  }
  return live;
}

void Ingester::Remember(Parser::Entry kind, const Parser& parser) {
  constexpr size_t kMost = 20'000;  // a target that invents names for ever must not fill the memory
  auto found = metadata_.find(parser.name());
  if (found == metadata_.end()) {
    if (metadata_.size() >= kMost) return;
    found = metadata_.emplace(parser.name(), MetricMetadata{}).first;
    metadata_changed_ = true;
  }
  MetricMetadata& metadata = found->second;
  std::string& field = kind == Parser::Entry::kType   ? metadata.type
                       : kind == Parser::Entry::kHelp ? metadata.help
                                                      : metadata.unit;
  const bool untyped = kind == Parser::Entry::kType && parser.text() == "untyped";  // the older word
  const std::string_view text = untyped ? std::string_view("unknown") : parser.text();
  if (field == text) return;
  field = text;
  metadata_changed_ = true;
}

bool Ingester::TakeMetadataChange() { return std::exchange(metadata_changed_, false); }

}  // namespace tocsin::collect
