#include "alerting/web/json.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/promql/parse/printer.h"
#include "base/own_memory.h"

namespace tocsin::web {
namespace {

bool IsPlain(std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') return false;
  }
  return true;
}

std::string Scientific(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr};
}

// What a value or the head of a point may take: "-0.0000012345678901234567" and its end.
constexpr size_t kWidest = 32;

/// Writes a number with at most three digits behind the point, as averages and seconds have them; null where
/// it has more. Whole numbers of up to fifteen digits, and these divided by 1000, are each the only number of
/// as few digits that is nearest to their double: so these are the shortest digits, and need no search.
char* PutFewDigits(char* at, double value) {
  constexpr double kMost = 1e12;
  constexpr int kDigits = 3;
  const double magnitude = std::fabs(value);
  if (!(magnitude < kMost)) return nullptr;
  const double rounded_up = magnitude * 1000 + 0.5;
  const auto thousandths = static_cast<uint64_t>(rounded_up);
  if (thousandths == 0 || static_cast<double>(thousandths) / 1000 != magnitude) return nullptr;
  if (value < 0) *at++ = '-';
  at = std::to_chars(at, at + kWidest, thousandths / 1000).ptr;
  uint64_t behind = thousandths % 1000;
  if (behind == 0) return at;
  *at++ = '.';
  for (int i = kDigits - 1; i >= 0; --i, behind /= 10) at[i] = static_cast<char>('0' + behind % 10);
  at += kDigits;
  while (at[-1] == '0') --at;
  return at;
}

/// Most samples count something: whole numbers below 2^53 need no search for the shortest digits. Writes at
/// most kWidest less a few bytes, and returns their end.
char* PutSampleValue(char* at, double value) {
  constexpr double kWhole = 9007199254740992.0;
  if (std::fabs(value) < kWhole && value == std::trunc(value) && !(value == 0 && std::signbit(value))) {
    return std::to_chars(at, at + kWidest, static_cast<int64_t>(value)).ptr;
  }
  if (char* const end = PutFewDigits(at, value); end != nullptr) return end;
  // The fixed form has the shortest digits as long as they reach behind the point.
  if (const double magnitude = std::fabs(value); magnitude >= 1e-6 && magnitude < kWhole) {
    return std::to_chars(at, at + kWidest, value, std::chars_format::fixed).ptr;
  }
  const std::string text = FormatSampleValue(value);
  return std::copy(text.begin(), text.end(), at);
}

/// A short text that is copied whole, wherever it ends.
struct ShortText {
  std::array<char, kWidest> bytes{};
  size_t size = 0;
  char* CopyTo(char* at) const {
    std::memcpy(at, bytes.data(), kWidest);
    return at + size;
  }
  std::string_view view() const { return {bytes.data(), size}; }
};

/// What stands before each value: ,[1700000000," of its time. The series of an answer have mostly the same
/// times, so each is printed once.
class PointHeads {
 public:
  /// Of the `index`th point of a series; a comma goes before all but the first.
  const ShortText& At(size_t index, Timestamp t) {
    if (index >= heads_.size()) heads_.resize(index + 1);
    Head& head = heads_[index];
    if (head.text.size == 0 || head.time != t) {
      head.time = t;
      std::string text = index == 0 ? "[" : ",[";
      AppendJsonTime(text, t);
      text += ",\"";
      head.text.size = text.copy(head.text.bytes.data(), kWidest);
    }
    return head.text;
  }

 private:
  struct Head {
    Timestamp time;
    ShortText text;
  };
  std::vector<Head> heads_;
};

void AppendVector(std::string& out, const model::Vector& vector) {
  PointHeads heads;
  for (size_t i = 0; i < vector.size(); ++i) {
    out += i == 0 ? "{\"metric\":" : ",{\"metric\":";
    AppendJsonLabels(out, vector[i].labels);
    out += ",\"value\":";
    // A float is the only value that exists yet; model/sample.h says so.
    const double* value = std::get_if<double>(&vector[i].value);
    out += heads.At(0, vector[i].timestamp).view();
    std::array<char, kWidest> digits{};
    out.append(digits.data(), PutSampleValue(digits.data(), value != nullptr ? *value : NAN));
    out += "\"]}";
  }
}

/// Many series stand still, or grow evenly: a value with the bits of the one before has its digits, too.
void AppendPoints(std::string& out, const std::vector<model::FloatSample>& samples, PointHeads& heads,
                  std::span<char> gathered) {
  const char* const full = gathered.data() + gathered.size() - 2 * kWidest;
  char* at = gathered.data();
  ShortText digits;
  std::optional<uint64_t> bits;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (at > full) {
      out.append(gathered.data(), at);
      at = gathered.data();
    }
    const auto now = std::bit_cast<uint64_t>(samples[i].value);
    if (bits != now) {
      char* end = PutSampleValue(digits.bytes.data(), samples[i].value);
      *end++ = '"';
      *end++ = ']';
      digits.size = static_cast<size_t>(end - digits.bytes.data());
      bits = now;
    }
    at = digits.CopyTo(heads.At(i, samples[i].timestamp).CopyTo(at));
  }
  out.append(gathered.data(), at);
}

/// Makes room for all series once the first ones have shown how long their text is: what grows by doubling is
/// copied, and takes twice the memory.
class Foresight {
 public:
  explicit Foresight(const model::Matrix& matrix) {
    for (const model::MatrixSeries& series : matrix) points_ += series.samples.size();
  }
  void After(const model::MatrixSeries& series, std::string& out, size_t begin) {
    constexpr size_t kEnough = 1000;  // points
    seen_ += series.samples.size();
    if (done_ || seen_ < kEnough) return;
    done_ = true;
    const double each = static_cast<double>(out.size() - begin) / static_cast<double>(seen_);
    const size_t expected = static_cast<size_t>(each * static_cast<double>(points_));
    out.reserve(begin + expected + expected / 20);
    constexpr size_t kLarge = size_t{4} << 20;
    if (const size_t size = out.size(); expected > kLarge && begin + expected > size) {
      own_memory::Populate(out.data() + size, begin + expected - size);
    }
  }

 private:
  size_t points_ = 0;
  size_t seen_ = 0;
  bool done_ = false;
};

void AppendMatrix(std::string& out, const model::Matrix& matrix) {
  Foresight foresight(matrix);
  std::array<char, 8192> gathered{};  // so that a long text grows in few steps
  PointHeads heads;
  const size_t begin = out.size();
  for (size_t i = 0; i < matrix.size(); ++i) {
    out += i == 0 ? "{\"metric\":" : ",{\"metric\":";
    AppendJsonLabels(out, matrix[i].labels);
    out += ",\"values\":[";
    AppendPoints(out, matrix[i].samples, heads, gathered);
    out += "]}";
    foresight.After(matrix[i], out, begin);
  }
}

void AppendNotes(std::string& out, std::string_view name, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  out.append(",\"").append(name).append("\":[");
  for (size_t i = 0; i < notes.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, notes[i]);
  }
  out += ']';
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  if (IsPlain(text)) {
    out.append("\"").append(text).append("\"");
    return;
  }
  out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AppendJsonTime(std::string& out, Timestamp t) {
  int64_t millis = t.millis();
  if (millis < 0) out += '-';
  uint64_t magnitude = millis < 0 ? 0 - static_cast<uint64_t>(millis) : static_cast<uint64_t>(millis);
  fmt::format_to(std::back_inserter(out), "{}", magnitude / 1000);
  if (magnitude % 1000 == 0) return;
  fmt::format_to(std::back_inserter(out), ".{:03}", magnitude % 1000);
  while (out.back() == '0') out.pop_back();
}

void AppendJsonLabels(std::string& out, const model::Labels& labels) {
  out += '{';
  for (const model::LabelView label : labels) {
    if (out.back() != '{') out += ',';
    AppendJsonString(out, label.name);
    out += ':';
    AppendJsonString(out, label.value);
  }
  out += '}';
}

void AppendJsonResult(std::string& out, const model::QueryResult& result) {
  struct Visitor {
    std::string& out;
    void operator()(const model::Vector& v) const {
      out += "{\"resultType\":\"vector\",\"result\":[";
      AppendVector(out, v);
      out += "]}";
    }
    void operator()(const model::Matrix& m) const {
      out += "{\"resultType\":\"matrix\",\"result\":[";
      AppendMatrix(out, m);
      out += "]}";
    }
    void operator()(const model::Scalar& s) const {
      out += "{\"resultType\":\"scalar\",\"result\":";
      out += '[';
      AppendJsonTime(out, s.timestamp);
      out.append(",\"").append(FormatFixed(s.value)).append("\"]}");
    }
    void operator()(const model::String& s) const {
      out += "{\"resultType\":\"string\",\"result\":[";
      AppendJsonTime(out, s.timestamp);
      out += ',';
      AppendJsonString(out, s.value);
      out += "]}";
    }
  };
  std::visit(Visitor{out}, result.value);
}

std::string FormatFixed(double value) { return promql::PrintNumber(value); }

std::string FormatSampleValue(double value) {
  double magnitude = std::fabs(value);
  bool exponent = std::isfinite(value) && magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
  return exponent ? Scientific(value) : FormatFixed(value);
}

std::string FormatExponent(double value) {
  return std::isfinite(value) ? Scientific(value) : FormatFixed(value);
}

std::string BeginSuccess() { return "{\"status\":\"success\",\"data\":"; }

http::Response Success(std::string_view data, const std::vector<std::string>& warnings,
                       const std::vector<std::string>& infos) {
  std::string body = BeginSuccess();
  body += data;
  return EndSuccess(std::move(body), warnings, infos);
}

http::Response EndSuccess(std::string body, const std::vector<std::string>& warnings,
                          const std::vector<std::string>& infos) {
  AppendNotes(body, "warnings", warnings);
  AppendNotes(body, "infos", infos);
  body += '}';
  return http::Response::Json(200, std::move(body));
}

http::Response Failure(int status, std::string_view error_type, std::string_view message) {
  std::string body = "{\"status\":\"error\",\"errorType\":";
  AppendJsonString(body, error_type);
  body += ",\"error\":";
  AppendJsonString(body, message);
  body += '}';
  return http::Response::Json(status, std::move(body));
}

http::Response BadParameter(std::string_view name, std::string_view reason) {
  return Failure(400, "bad_data", fmt::format("invalid parameter \"{}\": {}", name, reason));
}

}  // namespace tocsin::web
