#include "alerting/template/functions/arguments.h"

#include <fmt/format.h>

#include "alerting/template/number.h"

namespace tocsin::templating {

tl::unexpected<Error> BadArgument(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<std::string> TextArgument(const Value& value) {
  // Go takes no template.HTML for a string.
  const auto* text = value.As<std::string>();
  if (text == nullptr) return WrongType("string", value);
  return *text;
}

Result<double> NumberArgument(const Value& value) {
  if (const auto* number = value.As<double>()) return *number;
  if (const auto* integer = value.As<int64_t>()) return static_cast<double>(*integer);
  if (const auto* duration = value.As<Value::Nanoseconds>())
    return static_cast<double>(duration->count()) / 1e9;
  if (const auto* text = value.As<std::string>()) {
    const auto number = ParseFloat(*text);
    if (number) return *number;
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", QuoteGo(*text)));
  }
  return Fail(ErrorCode::kInvalidArgument, fmt::format("can't convert {} to float", value.TypeName()));
}

Result<Time> TimeArgument(const Value& value) {
  const auto* time = value.As<Time>();
  if (time == nullptr) return WrongType("time.Time", value);
  return *time;
}

}  // namespace tocsin::templating
