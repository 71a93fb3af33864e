#include "alerting/notify/kept/codec.h"

#include <utility>
#include <vector>

namespace tocsin::notify {
namespace {

constexpr uint64_t kLogEntryVersion = 1;
constexpr int64_t kNever = INT64_MIN;

class Encoder {
 public:
  void Number(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>((number >> shift) & 0xff);
  }
  void Time(Timestamp t) { Number(static_cast<uint64_t>(t.millis())); }
  void Text(std::string_view text) {
    Number(text.size());
    bytes_ += text;
  }
  void Ids(const AlertIds& ids) {
    Number(ids.size());
    for (uint64_t id : ids) Number(id);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what an Encoder wrote; after the first fault everything is empty, and Finish() says so.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  uint64_t Number() {
    if (bytes_.size() < 8) return Bad();
    uint64_t number = 0;
    for (size_t i = 0; i < 8; ++i) number |= uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    bytes_.remove_prefix(8);
    return number;
  }
  Timestamp Time() { return Timestamp::FromMillis(static_cast<int64_t>(Number())); }
  std::string Text() {
    const uint64_t size = Number();
    if (size > bytes_.size()) Bad();
    std::string text(bytes_.substr(0, ok_ ? size : 0));
    bytes_.remove_prefix(text.size());
    return text;
  }
  /// How many items follow, none of which is shorter than `item_bytes`.
  uint64_t Count(size_t item_bytes) {
    const uint64_t count = Number();
    return count > bytes_.size() / item_bytes ? Bad() : count;
  }
  AlertIds Ids() {
    AlertIds ids;
    for (uint64_t left = Count(8); left > 0; --left) ids.insert(ids.end(), Number());
    return ids;
  }
  Status Finish() const {
    if (ok_ && bytes_.empty()) return {};
    return Fail(ErrorCode::kInvalidArgument, "the bytes are cut short or of something else");
  }

 private:
  uint64_t Bad() {
    ok_ = false;
    bytes_ = {};
    return 0;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace

std::string EncodeLabels(const model::Labels& labels) {
  Encoder out;
  out.Number(labels.size());
  for (const model::Label& label : labels) {
    out.Text(label.name);
    out.Text(label.value);
  }
  return out.Take();
}

Result<model::Labels> DecodeLabels(std::string_view bytes) {
  Decoder in(bytes);
  std::vector<model::Label> labels;
  const uint64_t count = in.Count(16);
  labels.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    std::string name = in.Text();
    labels.push_back({std::move(name), in.Text()});
  }
  if (Status good = in.Finish(); !good) return Fail(good.error());
  return model::Labels(std::move(labels));
}

std::string EncodeLogEntry(const LogEntry& entry) {
  Encoder out;
  out.Number(kLogEntryVersion);
  out.Time(entry.sent_at.value_or(Timestamp::FromMillis(kNever)));
  for (const AlertIds* ids : {&entry.firing, &entry.resolved, &entry.owed, &entry.unended}) out.Ids(*ids);
  out.Number(entry.began.size());
  for (const auto& [name, at] : entry.began) {
    out.Text(name);
    out.Time(at);
  }
  return out.Take();
}

Result<LogEntry> DecodeLogEntry(std::string_view bytes) {
  Decoder in(bytes);
  if (in.Number() != kLogEntryVersion)
    return Fail(ErrorCode::kInvalidArgument, "an entry of an unknown version");
  LogEntry entry;
  if (const Timestamp at = in.Time(); at.millis() != kNever) entry.sent_at = at;
  for (AlertIds* ids : {&entry.firing, &entry.resolved, &entry.owed, &entry.unended}) *ids = in.Ids();
  const uint64_t count = in.Count(16);
  for (uint64_t i = 0; i < count; ++i) {
    std::string name = in.Text();
    entry.began[std::move(name)] = in.Time();
  }
  if (Status good = in.Finish(); !good) return Fail(good.error());
  return entry;
}

}  // namespace tocsin::notify
