// Regular expressions that need no automaton: alternatives of literals with `.`, `.*` and `.+` between them.
// Nearly all matchers that people write are such: `a|b|c`, `5..`, `node_.*`, `.*\.example\.com`, `.+`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::model {

/// Immutable. Matches exactly what RE2 does for the same text, anchored at both ends, with a dot that matches
/// a newline.
class SimplePattern {
 public:
  /// nullopt when the expression is none of these: ask RE2.
  static std::optional<SimplePattern> Parse(std::string_view expression);

  /// nullopt: ask RE2. A dot stands for a whole character, so of text beyond ASCII only literals are
  /// compared.
  std::optional<bool> Matches(std::string_view text) const;

  /// The texts that match, sorted, when there are but these; null when the pattern has dots.
  const std::vector<std::string>* literals() const { return has_dots_ ? nullptr : &literals_; }

 private:
  /// Characters in a row, each a literal or, where `text` has kAny, any one. An open group stands anywhere
  /// behind the one before it, a closed one, which only the first can be, at the beginning.
  struct Group {
    bool open = false;
    bool has_any = false;
    std::string text;
  };
  using Alternative = std::vector<Group>;
  class Parser;
  static constexpr char kAny = '\0';
  static bool Stands(const Group& group, std::string_view text, size_t at);
  static size_t Find(const Group& group, std::string_view text, size_t from);
  static bool MatchesOne(const Alternative& groups, std::string_view text);

  bool has_dots_ = false;
  std::vector<std::string> literals_;      // when there are no dots
  std::vector<Alternative> alternatives_;  // otherwise
};

}  // namespace tocsin::model
