// Where samples go: the embedded store, or a remote-write queue. Scrapes, recording rules and imports write
// here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "alerting/model/labels.h"
#include "alerting/model/sample.h"
#include "base/error.h"

namespace tocsin::model {

/// A store's short name for a series; lets the next append skip the look-up by labels. 0 is "not known yet".
/// Stays valid for as long as the Appendable lives; a series that was dropped makes it unknown again, never
/// wrong.
using SeriesRef = uint64_t;

/// A sample of a series that the store knows.
struct KnownSample {
  SeriesRef ref;
  double value;
};

/// One of many samples that was not taken, and why.
struct RefusedSample {
  enum class Reason : uint8_t { kUnknownSeries, kOutOfOrder, kDuplicate };
  uint32_t index;  ///< among those given
  Reason reason;
};

/// A batch of samples, seen by readers all at once at Commit(). Not thread safe; made for one scrape or one
/// rule.
class Appender {
 public:
  virtual ~Appender() = default;

  /// Adds a sample to the batch. `ref` is what an earlier call returned for the same labels, or 0.
  /// kInvalidArgument: an older timestamp than the series' newest, or the same one with another value ("out
  /// of order sample", "duplicate sample for timestamp"); the rest of the batch is not affected.
  /// kResourceExhausted: the bound on series is reached.
  virtual Result<SeriesRef> Append(SeriesRef ref, const Labels& labels, Timestamp timestamp,
                                   SampleValue value) = 0;
  /// Adds samples of one time at once: what a scrape of a known page is, so that it costs no look-up, no
  /// label and no lock for each. Appends to `refused`, ascending by index, those that were not taken, as
  /// Append() would refuse them; one whose series is unknown wants Append() with its labels. This default
  /// knows none.
  virtual void AppendKnown(Timestamp /*timestamp*/, std::span<const KnownSample> samples,
                           std::vector<RefusedSample>& refused) {
    for (uint32_t i = 0; i < samples.size(); ++i) {
      refused.push_back({i, RefusedSample::Reason::kUnknownSeries});
    }
  }
  virtual Status Commit() = 0;
  /// Forgets the batch; what the destructor does to one that was not committed.
  virtual void Rollback() = 0;
};

/// Thread safe: each writer makes its own Appender.
class Appendable {
 public:
  virtual ~Appendable() = default;
  virtual std::unique_ptr<Appender> MakeAppender() = 0;
};

}  // namespace tocsin::model
