// Sums and differences wrap around, so that any 64-bit time goes in and comes out again.
#include "alerting/store/codec.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "alerting/store/bits.h"
#include "alerting/store/coding.h"

namespace tocsin::store {
namespace {

/// A signed number in 1 bit when it is 0, else a prefix of ones and A, B, C or 64 bits. A is wide enough for
/// a scrape's jitter, or a counter's.
template <unsigned A, unsigned B, unsigned C>
struct Steps {
  static void Put(BitWriter& out, int64_t value) {
    if (value == 0) {
      out.Put(0, 1);
    } else if (Fits<A>(value)) {
      out.Put((uint64_t{0b10} << A) | Low<A>(value), A + 2);
    } else if (Fits<B>(value)) {
      out.Put((uint64_t{0b110} << B) | Low<B>(value), B + 3);
    } else if (Fits<C>(value)) {
      out.Put((uint64_t{0b1110} << C) | Low<C>(value), C + 4);
    } else {
      out.Put(0b1111, 4);
      out.Put(static_cast<uint64_t>(value), 64);
    }
  }

  static int64_t Take(BitReader& in) {
    const uint64_t word = in.Peek();
    if (word >> 63 == 0) {  // the usual step, before the table of the others
      in.Skip(1);
      return 0;
    }
    switch (std::countl_one(word)) {
      case 1:
        in.Skip(A + 2);
        return Field<A>(word << 2);
      case 2:
        in.Skip(B + 3);
        return Field<B>(word << 3);
      case 3:
        in.Skip(C + 4);
        return Field<C>(word << 4);
      default:
        in.Skip(4);
        return static_cast<int64_t>(in.Take(64));
    }
  }

 private:
  template <unsigned N>
  static bool Fits(int64_t value) {
    constexpr int64_t kHalf = int64_t{1} << (N - 1);
    return value >= -kHalf && value < kHalf;
  }
  template <unsigned N>
  static uint64_t Low(int64_t value) {
    return static_cast<uint64_t>(value) & ((uint64_t{1} << N) - 1);
  }
  /// The top N bits with their sign.
  template <unsigned N>
  static int64_t Field(uint64_t word) {
    return static_cast<int64_t>(word) >> (64 - N);
  }
};

using TimeSteps = Steps<7, 12, 20>;
using ValueSteps = Steps<7, 14, 24>;

void PutXor(EncoderState& state, uint64_t bits, BitWriter& out) {
  constexpr unsigned kMostLeading = 31;  // what 5 bits can say
  const uint64_t changed = bits ^ state.value;
  state.value = bits;
  if (changed == 0) return out.Put(0, 1);
  const unsigned leading = std::min(static_cast<unsigned>(std::countl_zero(changed)), kMostLeading);
  const auto trailing = static_cast<unsigned>(std::countr_zero(changed));
  if (state.leading != 0xff && leading >= state.leading && trailing >= state.trailing) {
    out.Put(0b10, 2);
    out.Put(changed >> state.trailing, 64U - state.leading - state.trailing);
    return;
  }
  state.leading = static_cast<uint8_t>(leading);
  state.trailing = static_cast<uint8_t>(trailing);
  const unsigned width = 64 - leading - trailing;
  out.Put((uint64_t{0b11} << 11) | (leading << 6) | (width - 1), 13);
  out.Put(changed >> trailing, width);
}

/// Reads values of kXor one after another.
class XorValues {
 public:
  explicit XorValues(BitReader& in) : in_(in) {}
  double First() { return std::bit_cast<double>(bits_ = in_.Take(64)); }
  double Same() const { return std::bit_cast<double>(bits_); }
  double Next() {
    const uint64_t word = in_.Peek();
    if (word >> 63 == 0) {
      in_.Skip(1);
      return std::bit_cast<double>(bits_);
    }
    if (word >> 62 == 0b11) {
      const auto leading = static_cast<unsigned>((word >> 57) & 31);
      width_ = static_cast<unsigned>((word >> 51) & 63) + 1;
      // A damaged chunk may name a window that is too wide.
      trailing_ = leading + width_ <= 64 ? 64 - leading - width_ : 0;
      in_.Skip(13);
    } else {
      in_.Skip(2);
    }
    bits_ ^= in_.Take(width_) << trailing_;
    return std::bit_cast<double>(bits_);
  }

 private:
  BitReader& in_;
  uint64_t bits_ = 0;
  unsigned width_ = 64;
  unsigned trailing_ = 0;
};

/// The same of kInteger.
class WholeValues {
 public:
  explicit WholeValues(BitReader& in) : in_(in) {}
  double First() { return static_cast<double>(value_ = static_cast<int64_t>(in_.Take(64))); }
  /// With the step of the one before.
  double Same() {
    value_ = Sum(value_, step_);
    return static_cast<double>(value_);
  }
  double Next() {
    step_ = Sum(step_, ValueSteps::Take(in_));
    value_ = Sum(value_, step_);
    return static_cast<double>(value_);
  }

 private:
  BitReader& in_;
  int64_t value_ = 0;
  int64_t step_ = 0;
};

/// Takes a whole block where it goes on as evenly as what stands before: a 0 for each time and each value.
template <typename Values>
bool TakeEvenBlock(BitReader& in, Values& source, int64_t step, int64_t& time, int64_t* times,
                   double* values) {
  constexpr unsigned kBits = 2 * EncoderState::kBlock;
  if (in.Peek() >> (64 - kBits) != 0) return false;
  in.Skip(kBits);
  for (size_t i = 0; i < EncoderState::kBlock; ++i) {
    time = Sum(time, step);
    times[i] = time;
    values[i] = source.Same();
  }
  return true;
}

template <typename Values>
bool DecodeAs(std::string_view bytes, size_t count, int64_t* times, double* values) {
  BitReader in(bytes);
  Values source(in);
  int64_t time = 0;
  int64_t step = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i == 0) {
      time = static_cast<int64_t>(in.Take(64));
      times[0] = time;
      values[0] = source.First();
      continue;
    }
    if (i % EncoderState::kBlock == 0) {
      in.Align();
      if (!in.ok()) return false;
      if (i + EncoderState::kBlock <= count && TakeEvenBlock(in, source, step, time, times + i, values + i)) {
        i += EncoderState::kBlock - 1;
        continue;
      }
    }
    step = Sum(step, TimeSteps::Take(in));
    time = Sum(time, step);
    times[i] = time;
    values[i] = source.Next();
  }
  return in.ok();
}

}  // namespace

bool IsWhole(double value) {
  constexpr double kLargest = 9007199254740992.0;  // 2^53
  if (!(value >= -kLargest && value <= kLargest)) return false;
  return static_cast<double>(static_cast<int64_t>(value)) == value && !(value == 0 && std::signbit(value));
}

Encoding EncodingFor(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), IsWhole) ? Encoding::kInteger : Encoding::kXor;
}

void Encode(EncoderState& state, std::span<const int64_t> times, std::span<const double> values,
            std::string& out) {
  BitWriter bits(out);
  const bool whole = state.encoding == Encoding::kInteger;
  for (size_t i = 0; i < times.size(); ++i) {
    const uint64_t value =
        whole ? static_cast<uint64_t>(static_cast<int64_t>(values[i])) : std::bit_cast<uint64_t>(values[i]);
    if (state.count++ == 0) {
      bits.Put(static_cast<uint64_t>(times[i]), 64);
      bits.Put(value, 64);
      state.time = times[i];
      state.value = value;
      continue;
    }
    const int64_t step = Difference(times[i], state.time);
    TimeSteps::Put(bits, Difference(step, state.step));
    state.step = step;
    state.time = times[i];
    if (whole) {
      const int64_t value_step = Difference(static_cast<int64_t>(value), static_cast<int64_t>(state.value));
      ValueSteps::Put(bits, Difference(value_step, state.value_step));
      state.value_step = value_step;
      state.value = value;
    } else {
      PutXor(state, value, bits);
    }
    if (state.count % EncoderState::kBlock == 0) bits.Align();
  }
  bits.Align();
}

bool Decode(std::string_view bytes, Encoding encoding, size_t count, int64_t* times, double* values) {
  return encoding == Encoding::kInteger ? DecodeAs<WholeValues>(bytes, count, times, values)
                                        : DecodeAs<XorValues>(bytes, count, times, values);
}

}  // namespace tocsin::store
