// Protocol buffers' wire format, as far as remote write needs it: fields of a message that is in memory
// already, and the same backwards. https://protobuf.dev/programming-guides/encoding/
//
// A pull reader instead of generated code: the labels of a request are views into it, no message is built
// that is taken apart again, and what a request may cost is its own size. docs/DECISIONS.md says more.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::remote {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  uint64_t number_value = 0;    ///< of the numeric types
  std::string_view bytes = {};  ///< of kBytes, a view into the message

  double AsDouble() const { return std::bit_cast<double>(number_value); }
  int64_t AsInt64() const { return static_cast<int64_t>(number_value); }
};

/// Goes through the fields of one message in their order. Groups, which proto3 does not have, and whatever
/// ends too early are malformed. The message must outlive it and what it gives.
class MessageReader {
 public:
  explicit MessageReader(std::string_view message) : rest_(message) {}

  /// False at the end, or where the message is malformed.
  bool Next(Field& field);
  bool malformed() const { return malformed_; }

 private:
  bool TakeVarint(uint64_t& value);
  bool TakeFixed(size_t bytes, uint64_t& value);
  bool Refuse();

  std::string_view rest_;
  bool malformed_ = false;
};

// What a writer appends. Numbers below 16 need one byte for the field's key.

void AppendVarint(std::string& out, uint64_t value);
void AppendBytesField(std::string& out, uint32_t number, std::string_view bytes);
void AppendVarintField(std::string& out, uint32_t number, uint64_t value);
void AppendDoubleField(std::string& out, uint32_t number, double value);

}  // namespace tocsin::remote
