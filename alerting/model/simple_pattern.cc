// An alternative is a list of groups with `.*` between them. The first stands at the beginning, the last at
// the end, and each between takes the first place that it finds: with `.*` on both sides an earlier place
// never makes a later group fail. `.+` is a dot and `.*`.
#include "alerting/model/simple_pattern.h"

#include <algorithm>
#include <functional>

namespace tocsin::model {
namespace {

constexpr size_t kMostAlternatives = 1024;

bool IsMeta(char c) { return std::string_view(R"(\.+*?()|[]{}^$)").find(c) != std::string_view::npos; }

bool IsEscapable(char c) {
  // What RE2 takes literally behind a backslash: ASCII that is neither letter, digit nor underscore.
  return IsMeta(c) || std::string_view("/-:\"'#%&,;<=>@!~` ").find(c) != std::string_view::npos;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

/// Reads one expression, once.
class SimplePattern::Parser {
 public:
  explicit Parser(std::string_view expression) : rest_(expression) {}

  /// False for what is not simple.
  bool Read() {
    if (!StripParentheses()) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '|') {
        EndAlternative();
        if (alternatives_.size() > kMostAlternatives) return false;
      } else if (c == '.' ? !ReadDot() : !ReadLiteral(c)) {
        return false;
      }
    }
    EndAlternative();
    return true;
  }

  SimplePattern Take() {
    SimplePattern pattern;
    pattern.has_dots_ = has_dots_;
    if (has_dots_) {
      pattern.alternatives_ = std::move(alternatives_);
      return pattern;
    }
    for (Alternative& groups : alternatives_) pattern.literals_.push_back(std::move(groups.front().text));
    std::sort(pattern.literals_.begin(), pattern.literals_.end());
    pattern.literals_.erase(std::unique(pattern.literals_.begin(), pattern.literals_.end()),
                            pattern.literals_.end());
    return pattern;
  }

 private:
  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  /// One pair around all of it.
  bool StripParentheses() {
    for (const std::string_view open : {std::string_view("(?:"), std::string_view("(")}) {
      if (!rest_.starts_with(open) || !rest_.ends_with(")") || rest_.size() == open.size()) continue;
      rest_.remove_prefix(open.size());
      rest_.remove_suffix(1);
      // Behind a backslash it is a literal, and the first one has no partner.
      return !rest_.ends_with("\\");
    }
    return true;
  }

  bool ReadDot() {
    has_dots_ = true;
    const char repeat = Peek();
    const bool repeated = repeat == '*' || repeat == '+';
    if (repeat != '*') {
      groups_.back().text.push_back(kAny);
      groups_.back().has_any = true;
    }
    if (repeated) {
      rest_.remove_prefix(1);
      groups_.push_back({.open = true, .has_any = false, .text = {}});
    }
    const char next = Peek();
    return next != '?' && next != '{' && !(repeated && (next == '*' || next == '+'));
  }

  bool ReadLiteral(char c) {
    if (c == '\\') {
      if (rest_.empty() || !IsEscapable(rest_.front())) return false;
      c = rest_.front();
      rest_.remove_prefix(1);
    } else if (IsMeta(c) || c == kAny) {
      return false;
    }
    groups_.back().text.push_back(c);
    return std::string_view("*+?{").find(Peek()) == std::string_view::npos || rest_.empty();
  }

  void EndAlternative() {
    alternatives_.push_back(std::move(groups_));
    groups_ = Alternative(1);
  }

  std::string_view rest_;
  bool has_dots_ = false;
  Alternative groups_ = Alternative(1);
  std::vector<Alternative> alternatives_;
};

std::optional<SimplePattern> SimplePattern::Parse(std::string_view expression) {
  Parser parser(expression);
  if (!parser.Read()) return std::nullopt;
  return parser.Take();
}

std::optional<bool> SimplePattern::Matches(std::string_view text) const {
  if (!has_dots_) {
    return std::binary_search(literals_.begin(), literals_.end(), text, std::less<>());
  }
  if (!IsAscii(text)) return std::nullopt;
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const Alternative& groups) { return MatchesOne(groups, text); });
}

bool SimplePattern::Stands(const Group& group, std::string_view text, size_t at) {
  if (text.size() - at < group.text.size()) return false;
  if (!group.has_any) return text.compare(at, group.text.size(), group.text) == 0;
  for (size_t i = 0; i < group.text.size(); ++i) {
    if (group.text[i] != kAny && group.text[i] != text[at + i]) return false;
  }
  return true;
}

/// The first place from `from` on, npos for none.
size_t SimplePattern::Find(const Group& group, std::string_view text, size_t from) {
  if (!group.has_any) return text.find(group.text, from);
  for (size_t at = from; at + group.text.size() <= text.size(); ++at) {
    if (Stands(group, text, at)) return at;
  }
  return std::string_view::npos;
}

bool SimplePattern::MatchesOne(const Alternative& groups, std::string_view text) {
  const Group& first = groups.front();
  if (!Stands(first, text, 0)) return false;
  if (groups.size() == 1) return text.size() == first.text.size();
  size_t at = first.text.size();
  for (size_t i = 1; i + 1 < groups.size(); ++i) {
    at = Find(groups[i], text, at);
    if (at == std::string_view::npos) return false;
    at += groups[i].text.size();
  }
  const Group& last = groups.back();
  return text.size() - at >= last.text.size() && Stands(last, text, text.size() - last.text.size());
}

}  // namespace tocsin::model
