#include "alerting/remote/protobuf.h"

namespace tocsin::remote {
namespace {

constexpr unsigned kTypeBits = 3;

void AppendKey(std::string& out, uint32_t number, WireType type) {
  AppendVarint(out, (uint64_t{number} << kTypeBits) | static_cast<uint64_t>(type));
}

}  // namespace

bool MessageReader::Refuse() {
  malformed_ = true;
  return false;
}

bool MessageReader::TakeVarint(uint64_t& value) {
  constexpr size_t kLongest = 10;
  value = 0;
  for (size_t i = 0; i < kLongest && i < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    value |= uint64_t{byte & 0x7fU} << (7 * i);  // the tenth byte's upper bits fall off, as everywhere
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return true;
    }
  }
  return Refuse();
}

bool MessageReader::TakeFixed(size_t bytes, uint64_t& value) {
  if (rest_.size() < bytes) return Refuse();
  value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
  rest_.remove_prefix(bytes);
  return true;
}

bool MessageReader::Next(Field& field) {
  constexpr uint64_t kMostFields = (1U << 29) - 1;
  uint64_t key = 0;
  if (malformed_ || rest_.empty()) return false;
  if (!TakeVarint(key)) return false;
  const uint64_t number = key >> kTypeBits;
  if (number == 0 || number > kMostFields) return Refuse();
  field.number = static_cast<uint32_t>(number);
  field.type = static_cast<WireType>(key & 7U);
  switch (field.type) {
    case WireType::kVarint:
      return TakeVarint(field.number_value);
    case WireType::kFixed64:
      return TakeFixed(8, field.number_value);
    case WireType::kFixed32:
      return TakeFixed(4, field.number_value);
    case WireType::kBytes:
      break;
    default:
      return Refuse();
  }
  uint64_t length = 0;
  if (!TakeVarint(length)) return false;
  if (length > rest_.size()) return Refuse();
  field.bytes = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

void AppendVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(static_cast<unsigned char>(value | 0x80U));
    value >>= 7U;
  }
  out += static_cast<char>(static_cast<unsigned char>(value));
}

void AppendBytesField(std::string& out, uint32_t number, std::string_view bytes) {
  AppendKey(out, number, WireType::kBytes);
  AppendVarint(out, bytes.size());
  out += bytes;
}

void AppendVarintField(std::string& out, uint32_t number, uint64_t value) {
  AppendKey(out, number, WireType::kVarint);
  AppendVarint(out, value);
}

void AppendDoubleField(std::string& out, uint32_t number, double value) {
  AppendKey(out, number, WireType::kFixed64);
  const auto bits = std::bit_cast<uint64_t>(value);
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out += static_cast<char>(static_cast<unsigned char>(bits >> shift));
  }
}

}  // namespace tocsin::remote
