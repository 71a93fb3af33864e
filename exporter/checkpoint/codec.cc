#include "exporter/checkpoint/codec.h"

#include <bit>
#include <limits>

namespace tocsin::checkpoint {

namespace {
constexpr size_t kLengthBytes = 4;  ///< of a section: fixed, since it is filled in when the body is known
constexpr size_t kDoubleBytes = 8;

void PutFixed(uint64_t value, size_t bytes, char* at) {
  for (size_t i = 0; i < bytes; ++i) at[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

uint64_t GetFixed(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

}  // namespace

void Writer::Int(uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>(static_cast<unsigned char>(value | 0x80));
    value >>= 7;
  }
  bytes_ += static_cast<char>(static_cast<unsigned char>(value));
}

void Writer::SignedInt(int64_t value) {
  Int(static_cast<uint64_t>(value) << 1 ^ (value < 0 ? std::numeric_limits<uint64_t>::max() : 0));
}

void Writer::Double(double value) {
  const size_t start = bytes_.size();
  bytes_.resize(start + kDoubleBytes);
  PutFixed(std::bit_cast<uint64_t>(value), kDoubleBytes, bytes_.data() + start);
}

void Writer::Text(std::string_view text) {
  Int(text.size());
  bytes_ += text;
}

size_t Writer::Begin(std::string_view name, uint32_t version) {
  Text(name);
  Int(version);
  bytes_.append(kLengthBytes, '\0');
  return bytes_.size();
}

void Writer::End(size_t start) {
  PutFixed(bytes_.size() - start, kLengthBytes, bytes_.data() + start - kLengthBytes);
}

uint64_t Reader::Int() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) {
      Refuse("ends inside a number");
      return 0;
    }
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return value;
  }
  Refuse("holds a number of more than 64 bits");
  return 0;
}

uint64_t Reader::IntUpTo(uint64_t most) {
  const uint64_t value = Int();
  if (value <= most) return value;
  Refuse("holds a number out of its range");
  return 0;
}

int64_t Reader::SignedInt() {
  const uint64_t value = Int();
  return static_cast<int64_t>(value >> 1 ^ ((value & 1) != 0 ? std::numeric_limits<uint64_t>::max() : 0));
}

double Reader::Double() {
  if (rest_.size() < kDoubleBytes) {
    Refuse("ends inside a number");
    return 0;
  }
  const uint64_t bits = GetFixed(rest_.substr(0, kDoubleBytes));
  rest_.remove_prefix(kDoubleBytes);
  return std::bit_cast<double>(bits);
}

std::string_view Reader::Text() {
  const uint64_t size = Int();
  if (size > rest_.size()) {
    Refuse("ends inside a text");
    return {};
  }
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

uint64_t Reader::Count(size_t bytes_each) {
  const uint64_t count = Int();
  if (count <= rest_.size() / bytes_each) return count;
  Refuse("announces more elements than it holds");
  return 0;
}

Reader::Head Reader::ReadHead() {
  Head head;
  head.name = Text();
  head.version = static_cast<uint32_t>(IntUpTo(std::numeric_limits<uint32_t>::max()));
  if (rest_.size() < kLengthBytes) {
    Refuse("ends inside the head of a section");
    return {};
  }
  const uint64_t size = GetFixed(rest_.substr(0, kLengthBytes));
  rest_.remove_prefix(kLengthBytes);
  if (size > rest_.size()) {
    Refuse("ends inside a section");
    return {};
  }
  head.body = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return head;
}

Reader Reader::Section(std::string_view name, uint32_t latest_version) {
  const Head head = ReadHead();
  if (ok() && head.name != name) Refuse("has no section '" + std::string(name) + "' where it should be");
  if (ok() && head.version > latest_version) {
    Refuse("section '" + std::string(name) + "' is of a later version, " + std::to_string(head.version));
  }
  Reader body(ok() ? head.body : std::string_view{});
  body.where_ = where_ + std::string(name) + ": ";
  body.fault_ = fault_;
  body.version_ = head.version;
  return body;
}

std::string_view Reader::NextSection() const {
  Reader ahead(rest_);
  const Head head = ahead.ReadHead();
  return ahead.ok() ? head.name : std::string_view{};
}

void Reader::SkipSection() { ReadHead(); }

void Reader::Refuse(std::string_view why) {
  rest_ = {};
  if (fault_.empty()) fault_ = where_ + std::string(why);
}

Status Reader::Finish() {
  if (!rest_.empty()) Refuse("holds more than was expected");
  if (ok()) return {};
  return Fail(ErrorCode::kInvalidArgument, fault_);
}

}  // namespace tocsin::checkpoint
