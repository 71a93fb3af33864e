#include "alerting/template/json.h"

#include <cmath>

#include <fmt/format.h>

#include "alerting/template/number.h"
#include "alerting/template/time_format.h"

namespace tocsin::templating {
namespace {

constexpr int kMaxJsonDepth = 100;

// encoding/json: exponents below 1e-6 and from 1e21 on, "1e-07" written as "1e-7".
std::string JsonNumber(double value) {
  const double magnitude = std::abs(value);
  if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)) return FormatFloat(value, 'f', -1);
  std::string text = FormatFloat(value, 'e', -1);
  const size_t exponent = text.find("e-0");
  if (exponent != std::string::npos) text.erase(exponent + 2, 1);
  return text;
}

class Writer {
 public:
  Status Write(const Value& value, int depth);
  std::string Take() { return std::move(out_); }

 private:
  Status WriteList(const List& list, int depth);
  Status WriteField(bool& first, std::string_view key, const Value& value, int depth);

  std::string out_;
};

Status Writer::WriteList(const List& list, int depth) {
  out_ += '[';
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out_ += ',';
    if (auto status = Write(list[i], depth + 1); !status) return status;
  }
  out_ += ']';
  return {};
}

Status Writer::WriteField(bool& first, std::string_view key, const Value& value, int depth) {
  if (!first) out_ += ',';
  first = false;
  out_ += JsonString(key) + ":";
  return Write(value, depth + 1);
}

Status Writer::Write(const Value& value, int depth) {
  if (depth > kMaxJsonDepth) return Fail(ErrorCode::kResourceExhausted, "json: value nests too deeply");
  if (value.is_nil()) {
    out_ += "null";
  } else if (const auto* b = value.As<bool>()) {
    out_ += *b ? "true" : "false";
  } else if (const auto* named = value.As<Named>()) {
    out_ += fmt::format("{}", named->number);
  } else if (const auto* i = value.As<int64_t>()) {
    out_ += fmt::format("{}", *i);
  } else if (const auto* d = value.As<Value::Nanoseconds>()) {
    out_ += fmt::format("{}", d->count());
  } else if (const auto* f = value.As<double>()) {
    if (!std::isfinite(*f)) {
      return Fail(ErrorCode::kInvalidArgument, "json: unsupported value: " + FormatFloat(*f, 'g', -1));
    }
    out_ += JsonNumber(*f);
  } else if (const std::string* text = value.AsText()) {
    out_ += JsonString(*text);
  } else if (const auto* time = value.As<Time>()) {
    out_ += JsonString(FormatTime(*time, "2006-01-02T15:04:05.999999999Z07:00"));
  } else if (const List* list = value.AsList()) {
    return WriteList(*list, depth);
  } else {
    out_ += '{';
    bool first = true;
    if (const Map* map = value.AsMap()) {
      for (const auto& [key, item] : *map) {
        if (auto status = WriteField(first, key, item, depth); !status) return status;
      }
    } else {
      for (const auto& [key, item] : value.AsObject()->JsonFields()) {
        if (auto status = WriteField(first, key, item, depth); !status) return status;
      }
    }
    out_ += '}';
  }
  return {};
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (size_t pos = 0; pos < text.size();) {
    const size_t start = pos;
    const char32_t rune = DecodeRune(text, pos);
    if (rune == U'"' || rune == U'\\') {
      out += '\\';
      out += static_cast<char>(rune);
    } else if (rune == U'\n' || rune == U'\r' || rune == U'\t' || rune == U'\b' || rune == U'\f') {
      out += '\\';
      out += rune == U'\n' ? 'n' : rune == U'\r' ? 'r' : rune == U'\t' ? 't' : rune == U'\b' ? 'b' : 'f';
    } else if (rune < 0x20 || rune == U'<' || rune == U'>' || rune == U'&' || rune == 0x2028 ||
               rune == 0x2029 || (rune == 0xFFFD && pos - start == 1)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(rune));
    } else {
      out += text.substr(start, pos - start);
    }
  }
  return out + '"';
}

Result<std::string> ToJson(const Value& value) {
  Writer writer;
  if (auto status = writer.Write(value, 0); !status) return tl::unexpected(status.error());
  return writer.Take();
}

}  // namespace tocsin::templating
