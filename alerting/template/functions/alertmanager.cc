#include "alerting/template/functions/alertmanager.h"

#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "alerting/template/functions/arguments.h"
#include "alerting/template/functions/text.h"
#include "alerting/template/json.h"
#include "alerting/template/number.h"
#include "alerting/template/time_format.h"

namespace tocsin::templating {
namespace {

using Args = std::span<const Value>;

constexpr std::string_view kTrimmed = " \t\n\v\f\r";

Result<Value> TrimSpace(Args args) {
  const auto text = TextArgument(args[0]);
  if (!text) return tl::unexpected(text.error());
  const size_t begin = text->find_first_not_of(kTrimmed);
  if (begin == std::string::npos) return Value("");
  return Value(text->substr(begin, text->find_last_not_of(kTrimmed) - begin + 1));
}

Result<Value> Join(Args args) {
  const auto separator = TextArgument(args[0]);
  if (!separator) return tl::unexpected(separator.error());
  const List* items = args[1].AsList();
  if (items == nullptr)
    return BadArgument(fmt::format("wrong type for value; expected []string; got {}", args[1].TypeName()));
  std::string out;
  for (size_t i = 0; i < items->size(); ++i) {
    const auto item = TextArgument((*items)[i]);
    if (!item) return tl::unexpected(item.error());
    if (i > 0) out += *separator;
    out += *item;
  }
  return Value(std::move(out));
}

// Prometheus' leaves the other letters of a word as they are; Alertmanager's makes them small.
Result<Value> Title(Args args) {
  const auto text = TextArgument(args[0]);
  if (!text) return tl::unexpected(text.error());
  return Value(ToTitle(ToLower(*text)));
}

Result<Value> SafeUrl(Args args) {
  auto text = TextArgument(args[0]);
  if (!text) return tl::unexpected(text.error());
  return Value(Safe{Safe::Kind::kUrl, std::move(*text)});
}

Result<Value> UrlUnescape(Args args) {
  const auto text = TextArgument(args[0]);
  if (!text) return tl::unexpected(text.error());
  std::string out;
  for (size_t i = 0; i < text->size(); ++i) {
    const char c = (*text)[i];
    if (c != '%') {
      out += c == '+' ? ' ' : c;
      continue;
    }
    const std::string hex = text->substr(i + 1, 2);
    const auto byte = hex.size() == 2 ? ParseInt("0x" + hex) : std::nullopt;
    if (!byte || hex.find('_') != std::string::npos) {
      return BadArgument(fmt::format("invalid URL escape {}", QuoteGo(text->substr(i, 3))));
    }
    out += static_cast<char>(static_cast<unsigned char>(*byte));
    i += 2;
  }
  return Value(std::move(out));
}

Result<Value> StringSlice(Args args) {
  for (const Value& arg : args) {
    if (const auto text = TextArgument(arg); !text) return tl::unexpected(text.error());
  }
  return Value(List(args.begin(), args.end()), Element::kString);
}

Result<Value> Date(Args args) {
  const auto layout = TextArgument(args[0]);
  const auto time = TimeArgument(args[1]);
  if (!layout) return tl::unexpected(layout.error());
  if (!time) return tl::unexpected(time.error());
  return Value(FormatTime(*time, *layout));
}

Result<Value> Tz(Args args) {
  const auto zone = TextArgument(args[0]);
  const auto time = TimeArgument(args[1]);
  if (!zone) return tl::unexpected(zone.error());
  if (!time) return tl::unexpected(time.error());
  auto local = InZone(*time, *zone);
  if (!local) return tl::unexpected(local.error());
  return Value(std::move(*local));
}

Result<Value> CallToJson(Args args) {
  auto json = ToJson(args[0]);
  if (!json) return tl::unexpected(json.error());
  return Value(std::move(*json));
}

Result<Value> Dict(Args args) {
  if (args.size() % 2 != 0) return BadArgument("dict expects even number of arguments");
  Map map;
  for (size_t i = 0; i < args.size(); i += 2) {
    const auto* key = args[i].As<std::string>();
    if (key == nullptr) return BadArgument("dict keys must be strings");
    map.insert_or_assign(*key, args[i + 1]);
  }
  return Value(std::move(map));
}

Result<Value> Append(Args args) {
  const List* items = args[0].AsList();
  if (items == nullptr) {
    return BadArgument(
        fmt::format("wrong type for value; expected []interface {{}}; got {}", args[0].TypeName()));
  }
  List longer = *items;
  longer.insert(longer.end(), args.begin() + 1, args.end());
  return Value(std::move(longer));
}

}  // namespace

FunctionTable AlertmanagerFunctions(const Clock& clock) {
  FunctionTable table = SharedFunctions();
  const auto add = [&](const char* name, int least, int most, std::function<Result<Value>(Args)> call) {
    table.insert_or_assign(name, Function{name, least, most, std::move(call)});
  };
  add("trimSpace", 1, 1, TrimSpace);
  add("join", 2, 2, Join);
  add("title", 1, 1, Title);
  add("safeUrl", 1, 1, SafeUrl);
  add("urlUnescape", 1, 1, UrlUnescape);
  add("stringSlice", 0, -1, StringSlice);
  add("date", 2, 2, Date);
  add("tz", 2, 2, Tz);
  add("toJson", 1, 1, CallToJson);
  add("dict", 0, -1, Dict);
  add("list", 0, -1, [](Args args) -> Result<Value> { return Value(List(args.begin(), args.end())); });
  add("append", 1, -1, Append);
  add("now", 0, 0, [&clock](Args) -> Result<Value> { return Value(clock.Now()); });
  add("since", 1, 1, [&clock](Args args) -> Result<Value> {
    const auto time = TimeArgument(args[0]);
    if (!time) return tl::unexpected(time.error());
    return CallTimeMethod(Time{clock.Now(), {}, "UTC"}, "Sub", args).value_or(Value());
  });
  return table;
}

}  // namespace tocsin::templating
