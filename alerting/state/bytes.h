// How rooms write what they keep into columns: numbers in eight bytes, the lowest first; texts by their
// length and bytes. Small numbers, such as most counts and lengths, may take one byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "alerting/model/labels.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::state {

class Encoder {
 public:
  void Number(uint64_t number);
  void Small(uint64_t number);  ///< one byte below 255, else nine
  void Real(double number);
  void Time(Timestamp t) { Number(static_cast<uint64_t>(t.millis())); }
  void MaybeTime(const std::optional<Timestamp>& t);
  void Text(std::string_view text);
  void ShortText(std::string_view text);  ///< with a small length
  void Set(const model::Labels& labels);
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what an Encoder wrote. After the first fault everything is empty, and Finish() says so.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  uint64_t Number();
  uint64_t Small();
  double Real();
  Timestamp Time() { return Timestamp::FromMillis(static_cast<int64_t>(Number())); }
  std::optional<Timestamp> MaybeTime();
  std::string Text() { return Bytes(Number()); }
  std::string ShortText() { return Bytes(Small()); }
  model::Labels Set();
  /// How many items follow, none of which is shorter than `item_bytes`.
  uint64_t Count(size_t item_bytes) { return Fitting(Number(), item_bytes); }
  uint64_t SmallCount(size_t item_bytes) { return Fitting(Small(), item_bytes); }
  /// kInvalidArgument unless everything was there, and nothing is left.
  Status Finish() const;

 private:
  uint64_t Bad();
  uint64_t Fitting(uint64_t count, size_t item_bytes);
  std::string Bytes(uint64_t size);

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace tocsin::state
