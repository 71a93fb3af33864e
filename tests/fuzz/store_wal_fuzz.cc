// Replay of a write-ahead log of any bytes: as they are, and as the payloads of records whose checksums are
// right, so that the decoders behind them are reached too. What was read once is read again after it was
// written anew.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/store/head.h"
#include "alerting/store/log_file.h"

using namespace tocsin;
using namespace tocsin::store;

namespace {

LogVisitor Into(Head& head, size_t& samples) {
  LogVisitor visitor;
  visitor.series = [&head](SeriesId id, const model::Labels& labels) {
    // The table of series has room for the greatest number; the log of a real folder counts up from 1.
    if (id < 1'000'000) (void)head.Restore(id, labels);
  };
  visitor.samples = [&head, &samples](std::vector<PendingSample>& some, bool late) {
    std::string payload;
    EncodeSamples(some, payload);
    LogVisitor again;
    again.samples = [&some](std::vector<PendingSample>& read, bool) {
      if (read.size() != some.size()) std::abort();
      for (size_t i = 0; i < read.size(); ++i) {
        if (read[i].id != some[i].id || read[i].time != some[i].time) std::abort();
      }
    };
    if (!DecodeRecord(RecordType::kSamples, payload, again)) std::abort();
    samples += late ? 0 : head.Restore(some);
  };
  visitor.removed = [&head](const SeriesIds& ids) { head.RestoreRemoved(ids); };
  return visitor;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Head head(1000, nullptr);
  size_t samples = 0;
  const LogVisitor visitor = Into(head, samples);
  (void)ReadLog(bytes, visitor);
  // A byte for the type and one for the length, then the payload.
  std::string log = LogHeader();
  for (std::string_view rest = bytes; rest.size() >= 2;) {
    const auto type = static_cast<RecordType>(static_cast<unsigned char>(rest[0]) % 7);
    const size_t length = static_cast<unsigned char>(rest[1]);
    PutRecord(type, rest.substr(2, length), log);
    rest.remove_prefix(std::min(rest.size(), 2 + length));
  }
  const LogReading reading = ReadLog(log, visitor);
  if (reading.good_bytes > log.size()) std::abort();
  size_t listed = 0;
  head.ForEachUnsealed([&](SeriesId, const model::Labels&, const Columns& columns) {
    for (size_t i = 1; i < columns.size(); ++i) {
      if (columns.times[i] <= columns.times[i - 1]) std::abort();
    }
    listed += columns.size();
    return true;
  });
  if (listed > samples) std::abort();
  return 0;
}
