#include "exporter/lines/mark_scanner.h"

#include <bit>
#include <cstring>

#include <immintrin.h>

namespace tocsin::lines {

namespace {

constexpr size_t kBlock = 64;

/// One bit a byte of a block.
struct Masks {
  uint64_t marks;
  uint64_t newlines;
};

/// The positions of the bits in `mask`; where the next ones go.
uint16_t* PutOneByOne(uint64_t mask, size_t base, uint16_t* next) {
  for (; mask != 0; mask &= mask - 1)
    *next++ = static_cast<uint16_t>(base + static_cast<size_t>(std::countr_zero(mask)));
  return next;
}

/// What is left of a text behind its last whole block, with zeros behind.
struct LastBlock {
  LastBlock(const char* text, size_t size) {
    if (size % kBlock != 0) std::memcpy(bytes.data(), text + size - size % kBlock, size % kBlock);
  }
  alignas(kBlock) std::array<char, kBlock> bytes{};
};

Masks MasksBySse2(const char* at) {
  const __m128i newline = _mm_set1_epi8('\n');
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i escape = _mm_set1_epi8('\\');
  Masks masks{};
  for (unsigned i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at) + i);
    const __m128i newlines = _mm_cmpeq_epi8(bytes, newline);
    const __m128i others = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, escape));
    const auto marks = static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(newlines, others)));
    masks.marks |= uint64_t{marks} << (16 * i);
    masks.newlines |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(newlines))} << (16 * i);
  }
  return masks;
}

MarkScanner::Found ScanBySse2(const char* text, size_t size, uint16_t* marks, uint16_t* newlines) {
  uint16_t* next_mark = marks;
  uint16_t* next_newline = newlines;
  const auto put = [&](const char* block, size_t base) {
    const Masks masks = MasksBySse2(block);
    next_mark = PutOneByOne(masks.marks, base, next_mark);
    next_newline = PutOneByOne(masks.newlines, base, next_newline);
  };
  size_t at = 0;
  for (; at + kBlock <= size; at += kBlock) put(text + at, at);
  if (at != size) put(LastBlock(text, size).bytes.data(), at);
  return {static_cast<size_t>(next_mark - marks), static_cast<size_t>(next_newline - newlines)};
}

// A loop whose number of rounds nobody can foretell costs more than these stores, of which some go nowhere.
template <int kAtOnce>
[[gnu::target("bmi,popcnt")]] inline uint16_t* PutManyAtOnce(uint64_t mask, size_t base, uint16_t* next) {
  const int count = std::popcount(mask);
  for (int i = 0; i < kAtOnce; ++i) {
    next[i] = static_cast<uint16_t>(base + _tzcnt_u64(mask));
    mask &= mask - 1;
  }
  for (int i = kAtOnce; i < count; ++i) {
    next[i] = static_cast<uint16_t>(base + _tzcnt_u64(mask));
    mask &= mask - 1;
  }
  return next + count;
}

[[gnu::target("avx2")]] inline uint64_t Bits(__m256i low, __m256i high) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
         uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(high))} << 32U;
}

[[gnu::target("avx2")]] inline Masks MasksByAvx2(const char* at) {
  const __m256i newline = _mm256_set1_epi8('\n');
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i escape = _mm256_set1_epi8('\\');
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at) + 1);
  const __m256i low_newlines = _mm256_cmpeq_epi8(low, newline);
  const __m256i high_newlines = _mm256_cmpeq_epi8(high, newline);
  const __m256i low_others = _mm256_or_si256(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(low, escape));
  const __m256i high_others =
      _mm256_or_si256(_mm256_cmpeq_epi8(high, quote), _mm256_cmpeq_epi8(high, escape));
  return {Bits(_mm256_or_si256(low_newlines, low_others), _mm256_or_si256(high_newlines, high_others)),
          Bits(low_newlines, high_newlines)};
}

[[gnu::target("avx2,bmi,popcnt")]] MarkScanner::Found ScanByAvx2(const char* text, size_t size,
                                                                 uint16_t* marks, uint16_t* newlines) {
  uint16_t* next_mark = marks;
  uint16_t* next_newline = newlines;
  const size_t whole = size - size % kBlock;
  const LastBlock last(text, size);
  for (size_t at = 0; at < size; at += kBlock) {
    const Masks masks = MasksByAvx2(at == whole ? last.bytes.data() : text + at);
    next_mark = PutManyAtOnce<12>(masks.marks, at, next_mark);
    next_newline = PutManyAtOnce<1>(masks.newlines, at, next_newline);
  }
  return {static_cast<size_t>(next_mark - marks), static_cast<size_t>(next_newline - newlines)};
}

/// How far ScanByAvx512() has come.
struct Avx512Places {
  uint16_t* next_mark;
  uint16_t* next_newline;
};

/// Turns a block's bits into positions in one instruction; `base` is `at` in each of its numbers. Of newlines
/// nearly every block has one at most.
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,popcnt")]] inline Avx512Places PutByAvx512(
    __m512i bytes, __m512i base, size_t at, Avx512Places places) {
  alignas(kBlock) static constexpr std::array<char, kBlock> kCounting = [] {
    std::array<char, kBlock> counting{};
    for (size_t i = 0; i < kBlock; ++i) counting[i] = static_cast<char>(i);
    return counting;
  }();
  const __m512i counting = _mm512_load_si512(kCounting.data());
  const uint64_t ends = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n'));
  const uint64_t all = ends | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')) |
                       _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
  const __m512i packed = _mm512_maskz_compress_epi8(all, counting);
  const int count = std::popcount(all);
  const int end_count = std::popcount(ends);
  _mm256_storeu_si256(
      reinterpret_cast<__m256i*>(places.next_mark),
      _mm256_add_epi16(_mm512_castsi512_si256(base), _mm256_cvtepu8_epi16(_mm512_castsi512_si128(packed))));
  *places.next_newline = static_cast<uint16_t>(at + _tzcnt_u64(ends));
  if (count > 16) [[unlikely]] {
    _mm512_storeu_si512(places.next_mark,
                        _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(packed))));
    if (count > 32) PutOneByOne(all, at, places.next_mark);
  }
  if (end_count > 1) [[unlikely]]
    PutOneByOne(ends, at, places.next_newline);
  return {places.next_mark + count, places.next_newline + end_count};
}

/// Loads no more of the last block than there is.
[[gnu::target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,popcnt")]] MarkScanner::Found ScanByAvx512(
    const char* text, size_t size, uint16_t* marks, uint16_t* newlines) {
  Avx512Places places{marks, newlines};
  __m512i base = _mm512_setzero_si512();
  size_t at = 0;
  for (; size - at >= kBlock; at += kBlock) {
    places = PutByAvx512(_mm512_loadu_si512(text + at), base, at, places);
    base = _mm512_add_epi16(base, _mm512_set1_epi16(kBlock));
  }
  const uint64_t there = (uint64_t{1} << (size - at)) - 1;
  if (there != 0) places = PutByAvx512(_mm512_maskz_loadu_epi8(there, text + at), base, at, places);
  return {static_cast<size_t>(places.next_mark - marks), static_cast<size_t>(places.next_newline - newlines)};
}

}  // namespace

std::array<MarkScanner::NamedKernel, 3> MarkScanner::Kernels() {
  __builtin_cpu_init();
  const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2");
  return {{{"sse2", ScanBySse2},
           {"avx2", avx2 ? ScanByAvx2 : nullptr},
           {"avx512", avx512 ? ScanByAvx512 : nullptr}}};
}

Line MarkScanner::ScanLine(std::string_view text) {
  Line line(text);
  if (text.size() > kMaxBytes) return line;
  Scan(text);
  if (!newlines().empty()) return line;
  line.marks = marks_.data();
  line.mark_count = found_.marks;
  line.origin = text.data();
  return line;
}

MarkScanner::Kernel MarkScanner::Fastest() {
  static const Kernel kFastest = [] {
    Kernel fastest = nullptr;
    for (const NamedKernel& named : Kernels()) {
      if (named.kernel != nullptr) fastest = named.kernel;
    }
    return fastest;
  }();
  return kFastest;
}

}  // namespace tocsin::lines
