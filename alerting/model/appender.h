// Where samples go: the embedded store, or a remote-write queue. Scrapes, recording rules and imports write
// here.
#pragma once

#include <cstdint>
#include <memory>

#include "alerting/model/labels.h"
#include "alerting/model/sample.h"
#include "base/error.h"

namespace tocsin::model {

/// A store's short name for a series; lets the next append skip the look-up by labels. 0 is "not known yet".
/// Stays valid for as long as the Appendable lives; a series that was dropped makes it unknown again, never
/// wrong.
using SeriesRef = uint64_t;

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
