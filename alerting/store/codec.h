// Samples as bits, after Gorilla (Pelkonen et al., VLDB 2015): times as the change of their step; values as
// the XOR with the one before, or, where all are whole numbers, as the change of their step too. A counter
// that is scraped at even times costs one to two bytes a sample, one that grows evenly a quarter of a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::store {

/// The codec of a chunk. On disk; never renumbered.
enum class Encoding : uint8_t { kXor = 0, kInteger = 1 };

/// Whether kInteger can hold it: whole, exact as a double, no minus zero.
bool IsWhole(double value);
/// kInteger when it can hold all of them.
Encoding EncodingFor(std::span<const double> values);

/// What an encoder has to know of the samples before. A chunk is one run of bits that is cut to whole bytes
/// after each kBlock samples, so that it can be read while further blocks are appended behind.
struct EncoderState {
  static constexpr size_t kBlock = 12;

  int64_t time = 0;
  int64_t step = 0;
  uint64_t value = 0;      ///< the double's bits, or the whole number
  int64_t value_step = 0;  ///< of kInteger
  uint32_t count = 0;
  Encoding encoding = Encoding::kXor;
  uint8_t leading = 0xff;  ///< of kXor's window; 0xff: there is none yet
  uint8_t trailing = 0;
};

/// Appends the samples to `out`, which ends on a whole byte before and after. `state.count` is a multiple of
/// kBlock: only the last call for a chunk may end within a block. With kInteger every value IsWhole().
void Encode(EncoderState& state, std::span<const int64_t> times, std::span<const double> values,
            std::string& out);

/// Reads `count` samples of a chunk from its beginning; false, with nothing promised of the output, when the
/// bytes end before. Any bytes are safe to read.
bool Decode(std::string_view bytes, Encoding encoding, size_t count, int64_t* times, double* values);

}  // namespace tocsin::store
