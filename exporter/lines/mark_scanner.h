// Where the bytes stand by which lines, and the values in them, are told apart: all of them in one pass.
//
// The idea is simdjson's first stage: when one byte is looked for after the other, each search waits for the
// one before; comparing 64 bytes at once, and then turning bits into positions, waits for nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "exporter/lines/line.h"

namespace tocsin::lines {

/// Not thread safe.
class MarkScanner {
 public:
  /// The positions of a text's bytes fit into 16 bits, and into the processor's nearest cache.
  static constexpr size_t kMaxBytes = size_t{16} << 10;

  /// Looks through `text` of at most kMaxBytes; reads no byte outside it.
  void Scan(std::string_view text) {
    found_ = Fastest()(text.data(), text.size(), marks_.data(), newlines_.data());
    marks_[found_.marks] = static_cast<uint16_t>(text.size());
  }
  /// `text` as a line whose marks are known. No line when a newline is in it, or when it is too long: then it
  /// has no marks.
  Line ScanLine(std::string_view text);

  /// Where each '"', '\\' and '\n' of the text stands, ascending.
  std::span<const uint16_t> marks() const { return {marks_.data(), found_.marks}; }
  /// Where each '\n' stands.
  std::span<const uint16_t> newlines() const { return {newlines_.data(), found_.newlines}; }

  struct Found {
    size_t marks = 0;
    size_t newlines = 0;
  };
  /// What a kernel is given: room for each byte, and for what it writes beyond in one go.
  static constexpr size_t kRoom = kMaxBytes + 64;
  using Kernel = Found (*)(const char* text, size_t size, uint16_t* marks, uint16_t* newlines);
  struct NamedKernel {
    std::string_view name;
    Kernel kernel;  ///< null when this processor can't run it
  };
  /// The same thing for different processors, from the plainest to the fastest: for tests. Scan() takes the
  /// last that this one can run.
  static std::array<NamedKernel, 3> Kernels();

 private:
  static Kernel Fastest();

  std::array<uint16_t, kRoom> marks_;     // NOLINT: filled by Scan()
  std::array<uint16_t, kRoom> newlines_;  // NOLINT: the same
  Found found_;
};

}  // namespace tocsin::lines
