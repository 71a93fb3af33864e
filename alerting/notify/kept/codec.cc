#include "alerting/notify/kept/codec.h"

#include <utility>

#include "alerting/state/bytes.h"

namespace tocsin::notify {
namespace {

/// Version 1 knew no thread; 1 and 2 wrote all counts and lengths in eight bytes, and the version too.
constexpr uint64_t kLogEntryVersion = 3;
constexpr uint64_t kLastWideVersion = 2;

void Put(state::Encoder& out, const AlertIds& ids) {
  out.Small(ids.size());
  for (uint64_t id : ids) out.Number(id);
}

AlertIds TakeIds(state::Decoder& in, bool wide) {
  AlertIds ids;
  for (uint64_t left = wide ? in.Count(8) : in.SmallCount(8); left > 0; --left)
    ids.insert(ids.end(), in.Number());
  return ids;
}

}  // namespace

std::string EncodeLabels(const model::Labels& labels) {
  state::Encoder out;
  out.Set(labels);
  return out.Take();
}

Result<model::Labels> DecodeLabels(std::string_view bytes) {
  state::Decoder in(bytes);
  model::Labels labels = in.Set();
  if (Status good = in.Finish(); !good) return Fail(good.error());
  return labels;
}

std::string EncodeLogEntry(const LogEntry& entry) {
  state::Encoder out;
  out.Small(kLogEntryVersion);
  out.MaybeTime(entry.sent_at);
  for (const AlertIds* ids : {&entry.firing, &entry.resolved, &entry.owed, &entry.unended}) Put(out, *ids);
  out.Small(entry.began.size());
  for (const auto& [name, at] : entry.began) {
    out.ShortText(name);
    out.Time(at);
  }
  out.ShortText(entry.thread);
  return out.Take();
}

Result<LogEntry> DecodeLogEntry(std::string_view bytes) {
  state::Decoder in(bytes);
  // The lowest byte of a wide number comes first, so the first byte is the version either way.
  const bool wide = !bytes.empty() && static_cast<unsigned char>(bytes.front()) <= kLastWideVersion;
  const uint64_t version = wide ? in.Number() : in.Small();
  if (version == 0 || version > kLogEntryVersion)
    return Fail(ErrorCode::kInvalidArgument, "an entry of an unknown version");
  LogEntry entry;
  entry.sent_at = in.MaybeTime();
  for (AlertIds* ids : {&entry.firing, &entry.resolved, &entry.owed, &entry.unended})
    *ids = TakeIds(in, wide);
  const uint64_t count = wide ? in.Count(16) : in.SmallCount(9);
  for (uint64_t i = 0; i < count; ++i) {
    std::string name = wide ? in.Text() : in.ShortText();
    entry.began[std::move(name)] = in.Time();
  }
  if (version >= 2) entry.thread = wide ? in.Text() : in.ShortText();
  if (Status good = in.Finish(); !good) return Fail(good.error());
  return entry;
}

}  // namespace tocsin::notify
