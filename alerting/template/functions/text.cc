#include "alerting/template/functions/text.h"

#include <clocale>
#include <cwctype>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "alerting/model/go_regex.h"
#include "alerting/template/functions/arguments.h"
#include "alerting/template/functions/humanize.h"
#include "alerting/template/number.h"

namespace tocsin::templating {
namespace {

using Args = std::span<const Value>;

// Bounds what one call may do with a pattern that matches everywhere.
constexpr size_t kMaxReplaced = size_t{16} << 20;

// glibc carries this locale inside; null elsewhere, where only ASCII is mapped.
locale_t Utf8Locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t Upper(char32_t rune) {
  if (rune < 0x80) return rune >= U'a' && rune <= U'z' ? rune - 32 : rune;
  return Utf8Locale() == nullptr ? rune
                                 : static_cast<char32_t>(towupper_l(static_cast<wint_t>(rune), Utf8Locale()));
}

char32_t Lower(char32_t rune) {
  if (rune < 0x80) return rune >= U'A' && rune <= U'Z' ? rune + 32 : rune;
  return Utf8Locale() == nullptr ? rune
                                 : static_cast<char32_t>(towlower_l(static_cast<wint_t>(rune), Utf8Locale()));
}

bool IsLetter(char32_t rune) {
  if (rune < 0x80) return Lower(rune) >= U'a' && Lower(rune) <= U'z';
  return Utf8Locale() != nullptr && iswalpha_l(static_cast<wint_t>(rune), Utf8Locale()) != 0;
}

template <typename Map>
std::string MapRunes(std::string_view text, Map map) {
  std::string out;
  for (size_t pos = 0; pos < text.size();) AppendRune(out, map(DecodeRune(text, pos)));
  return out;
}

Result<std::unique_ptr<re2::RE2>> Compile(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_unique<re2::RE2>(model::Re2Pattern(pattern), options);
  if (!regex->ok()) {
    return Fail(ErrorCode::kInvalidArgument, model::RegexError(*regex, pattern));
  }
  return regex;
}

// A group by number or name; a name that there is not stands for nothing, as in Go.
void AppendGroup(std::string& out, const re2::RE2& regex, std::string_view name,
                 const std::vector<re2::StringPiece>& groups) {
  size_t index = groups.size();
  if (!name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos && name.size() < 5) {
    index = static_cast<size_t>(std::stoi(std::string(name)));
  } else if (const auto found = regex.NamedCapturingGroups().find(std::string(name));
             found != regex.NamedCapturingGroups().end()) {
    index = static_cast<size_t>(found->second);
  }
  if (index < groups.size() && groups[index].data() != nullptr)
    out.append(groups[index].data(), groups[index].size());
}

bool IsGroupName(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Go's regexp.Expand.
void Expand(std::string& out, std::string_view replacement, const re2::RE2& regex,
            const std::vector<re2::StringPiece>& groups) {
  while (!replacement.empty()) {
    const size_t dollar = std::min(replacement.find('$'), replacement.size());
    out += replacement.substr(0, dollar);
    replacement.remove_prefix(dollar);
    if (replacement.empty()) return;
    replacement.remove_prefix(1);
    if (replacement.starts_with('$')) {
      out += '$';
      replacement.remove_prefix(1);
      continue;
    }
    const bool braced = replacement.starts_with('{');
    size_t end = braced ? 1 : 0;
    while (end < replacement.size() && IsGroupName(replacement[end])) ++end;
    const size_t start = braced ? 1 : 0;
    if (end == start || (braced && (end >= replacement.size() || replacement[end] != '}'))) {
      out += '$';  // malformed: the dollar stands for itself
      continue;
    }
    AppendGroup(out, regex, replacement.substr(start, end - start), groups);
    replacement.remove_prefix(end + (braced ? 1 : 0));
  }
}

Result<Value> CallMatch(Args args) {
  const auto pattern = TextArgument(args[0]);
  const auto text = TextArgument(args[1]);
  if (!pattern || !text) return tl::unexpected(pattern ? text.error() : pattern.error());
  const auto matches = Match(*pattern, *text);
  if (!matches) return tl::unexpected(matches.error());
  return Value(*matches);
}

Result<Value> CallReplaceAll(Args args) {
  const auto pattern = TextArgument(args[0]);
  const auto replacement = TextArgument(args[1]);
  const auto text = TextArgument(args[2]);
  for (const auto* argument : {&pattern, &replacement, &text}) {
    if (!*argument) return tl::unexpected(argument->error());
  }
  auto replaced = ReplaceAll(*pattern, *text, *replacement);
  if (!replaced) {
    return Fail(replaced.error().code(),
                fmt::format("regexp: Compile(`{}`): {}", *pattern, replaced.error().message()));
  }
  return Value(std::move(*replaced));
}

}  // namespace

std::string ToUpper(std::string_view text) { return MapRunes(text, Upper); }
std::string ToLower(std::string_view text) { return MapRunes(text, Lower); }

// Words are those of Unicode's UAX #29 as far as it matters here: letters, digits and '_' belong together,
// and so do two letters with one of ' . : between them.
/// Letters whose title case is not their upper case.
struct TitleCase {
  char32_t first;
  char32_t last;
  std::string_view title;
};
constexpr TitleCase kTitleCases[] = {
    {0xDF, 0xDF, "Ss"},       {0x130, 0x130, "\u0130"}, {0x149, 0x149, "\u02BCN"}, {0x1C4, 0x1C6, "\u01C5"},
    {0x1C7, 0x1C9, "\u01C8"}, {0x1CA, 0x1CC, "\u01CB"}, {0x1F0, 0x1F0, "J\u030C"}, {0x1F1, 0x1F3, "\u01F2"},
    {0xFB00, 0xFB00, "Ff"},   {0xFB01, 0xFB01, "Fi"},   {0xFB02, 0xFB02, "Fl"},    {0xFB03, 0xFB03, "Ffi"},
    {0xFB04, 0xFB04, "Ffl"},  {0xFB05, 0xFB06, "St"}};

void AppendTitle(std::string& out, char32_t rune) {
  for (const TitleCase& special : kTitleCases) {
    if (rune >= special.first && rune <= special.last) {
      out += special.title;
      return;
    }
  }
  AppendRune(out, Upper(rune));
}

std::string ToTitle(std::string_view text) {
  std::string out;
  bool in_word = false;
  for (size_t pos = 0; pos < text.size();) {
    const char32_t rune = DecodeRune(text, pos);
    if (IsLetter(rune)) {
      if (in_word) {
        AppendRune(out, rune);
      } else {
        AppendTitle(out, rune);
      }
      in_word = true;
      continue;
    }
    AppendRune(out, rune);
    size_t ahead = pos;
    const bool letter_follows = pos < text.size() && IsLetter(DecodeRune(text, ahead));
    const bool joins = (rune == U'\'' || rune == U'.' || rune == U':' || rune == 0x2019) && letter_follows;
    const bool extends = rune == U'_';
    const bool digit = rune >= U'0' && rune <= U'9';
    in_word = in_word && (joins || extends || digit);
  }
  return out;
}

Result<bool> Match(const std::string& pattern, std::string_view text) {
  const auto regex = Compile(pattern);
  if (!regex) return tl::unexpected(regex.error());
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), **regex);
}

Result<std::string> ReplaceAll(const std::string& pattern, std::string_view text,
                               std::string_view replacement) {
  const auto regex = Compile(pattern);
  if (!regex) return tl::unexpected(regex.error());
  const re2::StringPiece input(text.data(), text.size());
  std::vector<re2::StringPiece> groups(static_cast<size_t>((*regex)->NumberOfCapturingGroups()) + 1);
  std::string out;
  size_t copied = 0;
  size_t search = 0;
  while (search <= text.size() && (*regex)->Match(input, search, text.size(), re2::RE2::UNANCHORED,
                                                  groups.data(), static_cast<int>(groups.size()))) {
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    out += text.substr(copied, begin - copied);
    // An empty match right behind the last one is not replaced again.
    if (end > copied || begin == 0) Expand(out, replacement, **regex, groups);
    if (out.size() > kMaxReplaced) return Fail(ErrorCode::kResourceExhausted, "replaced text is too large");
    copied = end;
    size_t next = search;
    if (next < text.size()) DecodeRune(text, next);
    search = std::max(end, search == text.size() ? search + 1 : next);
  }
  return out.append(text.substr(copied));
}

FunctionTable SharedFunctions() {
  FunctionTable table;
  const auto add = [&](std::string name, int args, std::function<Result<Value>(Args)> call) {
    table.emplace(name, Function{name, args, args, std::move(call)});
  };
  add("toUpper", 1, OnText(ToUpper));
  add("toLower", 1, OnText(ToLower));
  add("title", 1, OnText(ToTitle));
  add("match", 2, CallMatch);
  add("reReplaceAll", 3, CallReplaceAll);
  add("safeHtml", 1, OnText([](const std::string& text) { return Value(Safe{Safe::Kind::kHtml, text}); }));
  add("humanizeDuration", 1, [](Args args) -> Result<Value> {
    const auto number = NumberArgument(args[0]);
    if (!number) return tl::unexpected(number.error());
    return Value(HumanizeDuration(*number));
  });
  return table;
}

}  // namespace tocsin::templating
