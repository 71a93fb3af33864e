#include "alerting/remote/write_receiver.h"

#include <utility>

#include <fmt/format.h>

namespace tocsin::remote {
namespace {

// As Prometheus: a sender whose clock is wrong would make everything that comes later out of order.
constexpr Duration kFarthestFuture{600'000};

}  // namespace

/// What became of the samples of one request.
struct WriteReceiver::Tally {
  Timestamp latest;  ///< that is taken
  uint64_t stored = 0;
  uint64_t refused = 0;
  uint64_t exemplars = 0;
  std::optional<Error> first;  ///< why the first was refused; a fault of the request before a limit of ours

  void Refuse(uint64_t samples, const Error& error) {
    refused += samples;
    if (!first || (first->code() == ErrorCode::kResourceExhausted && error.code() != first->code())) {
      first = error;
    }
  }
};

WriteReceiver::WriteReceiver(model::Appendable& appendable, const Clock& clock, WriteLimits limits,
                             Logger log)
    : appendable_(appendable), clock_(clock), limits_(limits), log_(std::move(log)) {}

void WriteReceiver::StoreSeries(const WrittenSeries& series, model::Appender& appender, Tally& tally) const {
  tally.exemplars += series.exemplars();
  Result<model::Labels> labels = series.MakeLabels();
  if (!labels) return tally.Refuse(series.samples() + series.histograms(), labels.error());
  if (series.histograms() > 0) {
    tally.Refuse(series.histograms(),
                 Error(ErrorCode::kUnsupported, "native histograms can't be stored: " + labels->ToString()));
  }
  model::SeriesRef ref = 0;
  int64_t newest = Timestamp::Min().millis();
  series.ForEachSample([&](const TimeSample& sample) {
    const auto refuse = [&](const Error& error) {
      tally.Refuse(1, error.WithContext(fmt::format("{} at {}", labels->ToString(), sample.timestamp)));
    };
    const Timestamp at = Timestamp::FromMillis(sample.timestamp);
    if (at > tally.latest) {
      return refuse(Error(ErrorCode::kInvalidArgument, "out of bounds: too far in the future"));
    }
    if (sample.timestamp < newest) return refuse(Error(ErrorCode::kInvalidArgument, "out of order sample"));
    Result<model::SeriesRef> appended = appender.Append(ref, *labels, at, sample.value);
    if (!appended) return refuse(appended.error());
    ref = *appended;
    newest = sample.timestamp;
    ++tally.stored;
  });
}

Status WriteReceiver::Store(std::string_view request) {
  const std::unique_ptr<model::Appender> appender = appendable_.MakeAppender();
  Tally tally;
  tally.latest = clock_.Now() + kFarthestFuture;
  WriteRequestReader reader(request);
  for (WrittenSeries series; reader.Next(series);) StoreSeries(series, *appender, tally);
  if (reader.malformed()) {
    return Fail(ErrorCode::kInvalidArgument, "the body is no prometheus.WriteRequest of remote write 1.0");
  }
  if (Status committed = appender->Commit(); !committed) return committed;
  samples_ += tally.stored;
  samples_refused_ += tally.refused;
  exemplars_ += tally.exemplars;
  metadata_ += reader.metadata();
  if (!tally.first) return {};
  return Fail(tally.first->WithContext(
      fmt::format("{} of {} samples refused, the first", tally.refused, tally.refused + tally.stored)));
}

Status WriteReceiver::Receive(std::string_view body) {
  ++requests_;
  Result<std::string> request = Unpack(body, limits_.max_decompressed_bytes);
  Status stored = request ? Store(*request) : Status(Fail(request.error()));
  if (!stored) {
    ++requests_failed_;
    log_.Warn("Remote write refused", {{"err", stored.error()}});
  }
  return stored;
}

ReceiverStats WriteReceiver::stats() const {
  return {requests_, requests_failed_, samples_, samples_refused_, exemplars_, metadata_};
}

}  // namespace tocsin::remote
