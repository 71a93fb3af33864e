#include "exporter/parse/json_pattern.h"

#include <algorithm>
#include <bit>

#include <immintrin.h>

#include "exporter/parse/scan.h"

namespace tocsin::parse {

namespace {

constexpr size_t kMostJoints = 128;
constexpr size_t kMostBytes = 8192;  ///< joints' sizes and places are numbers of 16 bits

constexpr ptrdiff_t kMostOfNumber = 15;

/// Digits, points and signs, up to 15: a value that is JSON's number as JsonReader takes it. `begin` is the
/// line's.
bool IsPlainNumber(const char* begin, const char* at, const char* end) {
  if (end - at < 1 || end - at > kMostOfNumber || end - begin < 16) return false;
  const __m128i bytes = Load16(end - 16);
  // '+' to '9' are the digits and "+,-./".
  const __m128i above_plus = _mm_sub_epi8(bytes, _mm_set1_epi8('+'));
  const __m128i in_range = _mm_cmpeq_epi8(_mm_min_epu8(above_plus, _mm_set1_epi8('9' - '+')), above_plus);
  const uint32_t parts =
      static_cast<uint32_t>(_mm_movemask_epi8(in_range)) & ~(EqualMask(bytes, '/') | EqualMask(bytes, ','));
  const uint32_t wanted = 0xFFFFU & ~((uint32_t{1} << (16 - (end - at))) - 1);
  return (parts & wanted) == wanted && (end - at > 1 || *at != '-');
}

/// The same without a look at what is around it.
[[gnu::target("avx512f,avx512bw,avx512vl,bmi2")]] inline bool IsPlainNumberByAvx512(const char* at,
                                                                                    const char* end) {
  if (end - at < 1 || end - at > kMostOfNumber) return false;
  const auto there = static_cast<__mmask16>(_bzhi_u32(0xFFFF, static_cast<uint32_t>(end - at)));
  const __m128i bytes = _mm_maskz_loadu_epi8(there, at);
  const __m128i above_plus = _mm_sub_epi8(bytes, _mm_set1_epi8('+'));
  const uint32_t others = static_cast<uint32_t>(
      _mm_mask_cmpgt_epu8_mask(there, above_plus, _mm_set1_epi8('9' - '+')) |
      _mm_cmpeq_epi8_mask(bytes, _mm_set1_epi8('/')) | _mm_cmpeq_epi8_mask(bytes, _mm_set1_epi8(',')));
  return others == 0 && (end - at > 1 || *at != '-');
}

/// Of the `size` bytes at `at` and the text, which has as many.
[[gnu::target("avx512f,avx512bw,avx512vl,bmi2")]] inline __m256i AddDifference(__m256i differences,
                                                                               const char* at, uint32_t size,
                                                                               const PaddedText& text) {
  constexpr int kOrXor = 0xF6;  // differences | (there ^ wanted)
  const __m256i there = _mm256_maskz_loadu_epi8(_bzhi_u32(0xFFFFFFFF, size), at);
  const __m256i wanted = _mm256_load_si256(reinterpret_cast<const __m256i*>(text.data()));
  return _mm256_ternarylogic_epi64(differences, there, wanted, kOrXor);
}

bool HasAvx512() {
  static const bool kHasIt = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2");
  }();
  return kHasIt;
}

}  // namespace

void JsonPattern::Learn(std::string_view line, const std::vector<Value>& values) {
  texts_.clear();
  padded_.clear();
  joints_.clear();
  quotes_in_joints_ = 0;
  places_ = 0;
  is_simple_ = true;
  const char* at = line.data();
  bool good = !values.empty() && values.size() < kMostJoints && line.size() <= kMostBytes &&
              line.find('\\') == std::string_view::npos;
  for (size_t i = 0; good && i < values.size(); ++i) {
    const std::string_view text = values[i].text;
    good = Append({at, text.data()}, &values[i]);
    at = text.data() + text.size();
  }
  good = good && Append({at, line.data() + line.size()}, nullptr);
  if (!good) joints_.clear();
  const bool is_short = std::ranges::all_of(joints_, [](const Joint& joint) { return joint.is_padded; });
  kernel_ = means_ == Means::kAll && is_simple_ && is_short && HasAvx512() ? ReadByAvx512 : ReadPlainly;
}

/// `value` is the one behind the joint; none is behind the last.
bool JsonPattern::Append(std::string_view text, const Value* value) {
  if (text.empty()) return false;
  Joint joint;
  joint.size = static_cast<uint16_t>(text.size());
  joint.quote = static_cast<uint16_t>(quotes_in_joints_);
  joint.before = static_cast<uint16_t>(std::min(text.find('"'), text.size()));
  quotes_in_joints_ += static_cast<size_t>(std::count(text.begin(), text.end(), '"'));
  texts_ += text;
  joint.is_padded = text.size() <= PaddedText::kBytes;
  padded_.emplace_back(joint.is_padded ? text : std::string_view());
  if (value != nullptr) {
    if (text.find('"') == std::string_view::npos || value->text.find('"') != std::string_view::npos)
      return false;
    joint.is_quoted = text.back() == '"';
    joint.targets = value->targets;
    joint.place = LogRecord::PlaceOf(value->targets);
    const uint64_t place = LogRecord::PlacesOf(value->targets);
    is_simple_ = is_simple_ && (places_ & place) == 0 && std::popcount(place) <= 1;
    places_ |= place;
  }
  joints_.push_back(joint);
  return true;
}

bool JsonPattern::ReadPlainly(const JsonPattern& pattern, const lines::Line& line, LogRecord& record) {
  const uint16_t* const marks = line.marks;
  const char* const origin = line.origin;
  const auto place_of = [&](const Joint& joint) { return origin + marks[joint.quote] - joint.before; };
  const char* const begin = line.text.data();
  const char* const end = begin + line.text.size();
  const char* text = pattern.texts_.data();
  const PaddedText* padded = pattern.padded_.data();
  const Joint* joint = pattern.joints_.data();
  const Joint* const last = joint + pattern.joints_.size() - 1;
  if (place_of(*joint) != begin || place_of(*last) + last->size != end) return false;
  if (!pattern.is_simple_) record.Clear();
  // A joint is compared when it is known where the next one begins: so none is looked for outside the line.
  TextComparison joints;
  for (const char* at = begin; joint != last; text += joint->size, ++joint, ++padded) {
    const char* const next = place_of(joint[1]);
    const char* const value = at + joint->size;
    if (next < value) return false;
    if (joint->is_padded && end - at >= static_cast<ptrdiff_t>(PaddedText::kBytes)) {
      joints.Add(at, *padded);
    } else {
      joints.Add(at, text, joint->size);
    }
    if (!joint->is_quoted && !IsPlainNumber(begin, value, next)) return false;
    const std::string_view taken(value, static_cast<size_t>(next - value));
    if (pattern.is_simple_) {
      record.Place(joint->place, taken);
    } else {
      record.Take(joint->targets, taken);
    }
    at = next;
  }
  joints.Add(end - last->size, text, last->size);
  if (pattern.is_simple_) record.SetPlaces(pattern.places_);
  return joints.AllSame();
}

/// For a simple pattern with short joints. A load that leaves out what is behind a joint needs no room there.
[[gnu::target("avx512f,avx512bw,avx512vl,bmi2")]] bool JsonPattern::ReadByAvx512(const JsonPattern& pattern,
                                                                                 const lines::Line& line,
                                                                                 LogRecord& record) {
  const uint16_t* const marks = line.marks;
  const char* const origin = line.origin;
  const char* const begin = line.text.data();
  const char* const end = begin + line.text.size();
  const PaddedText* padded = pattern.padded_.data();
  const Joint* joint = pattern.joints_.data();
  const Joint* const last = joint + pattern.joints_.size() - 1;
  const auto place_of = [&](const Joint& of) { return origin + marks[of.quote] - of.before; };
  if (place_of(*joint) != begin || place_of(*last) + last->size != end) return false;
  __m256i differences = _mm256_setzero_si256();
  for (const char* at = begin; joint != last; ++joint, ++padded) {
    const char* const next = place_of(joint[1]);
    const char* const value = at + joint->size;
    if (next < value) return false;
    differences = AddDifference(differences, at, joint->size, *padded);
    if (!joint->is_quoted && !IsPlainNumberByAvx512(value, next)) return false;
    record.Place(joint->place, {value, static_cast<size_t>(next - value)});
    at = next;
  }
  differences = AddDifference(differences, end - last->size, last->size, *padded);
  record.SetPlaces(pattern.places_);
  return _mm256_testz_si256(differences, differences) != 0;
}

}  // namespace tocsin::parse
