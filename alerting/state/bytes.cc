#include "alerting/state/bytes.h"

#include <array>
#include <bit>
#include <utility>
#include <vector>

namespace tocsin::state {
namespace {

constexpr int64_t kNever = INT64_MIN;
/// In the place of a small number: it does not fit, and follows.
constexpr unsigned char kLarge = 0xff;

}  // namespace

void Encoder::Number(uint64_t number) {
  std::array<char, 8> bytes{};
  for (char& byte : bytes) {
    byte = static_cast<char>(number & 0xff);
    number >>= 8;
  }
  bytes_.append(bytes.data(), bytes.size());
}

void Encoder::Small(uint64_t number) {
  if (number < kLarge) {
    bytes_ += static_cast<char>(number);
    return;
  }
  bytes_ += static_cast<char>(kLarge);
  Number(number);
}

void Encoder::Real(double number) { Number(std::bit_cast<uint64_t>(number)); }

void Encoder::MaybeTime(const std::optional<Timestamp>& t) {
  Time(t.value_or(Timestamp::FromMillis(kNever)));
}

void Encoder::Text(std::string_view text) {
  Number(text.size());
  bytes_ += text;
}

void Encoder::ShortText(std::string_view text) {
  Small(text.size());
  bytes_ += text;
}

void Encoder::Set(const model::Labels& labels) {
  Number(labels.size());
  for (const model::LabelView label : labels) {
    Text(label.name);
    Text(label.value);
  }
}

uint64_t Decoder::Number() {
  if (bytes_.size() < 8) return Bad();
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number |= uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
  bytes_.remove_prefix(8);
  return number;
}

uint64_t Decoder::Small() {
  if (bytes_.empty()) return Bad();
  const auto first = static_cast<unsigned char>(bytes_.front());
  bytes_.remove_prefix(1);
  return first == kLarge ? Number() : first;
}

double Decoder::Real() { return std::bit_cast<double>(Number()); }

std::optional<Timestamp> Decoder::MaybeTime() {
  const Timestamp t = Time();
  if (t.millis() == kNever) return std::nullopt;
  return t;
}

std::string Decoder::Bytes(uint64_t size) {
  if (size > bytes_.size()) Bad();
  std::string text(bytes_.substr(0, ok_ ? size : 0));
  bytes_.remove_prefix(text.size());
  return text;
}

model::Labels Decoder::Set() {
  std::vector<model::Label> labels;
  const uint64_t count = Count(16);
  labels.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    std::string name = Text();
    labels.push_back({std::move(name), Text()});
  }
  return model::Labels(labels);
}

uint64_t Decoder::Fitting(uint64_t count, size_t item_bytes) {
  return count > bytes_.size() / item_bytes ? Bad() : count;
}

Status Decoder::Finish() const {
  if (ok_ && bytes_.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument, "the bytes are cut short or of something else");
}

uint64_t Decoder::Bad() {
  ok_ = false;
  bytes_ = {};
  return 0;
}

}  // namespace tocsin::state
