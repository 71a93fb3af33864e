#include "alerting/model/matcher.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "alerting/model/go_regex.h"
#include "alerting/model/simple_pattern.h"

namespace tocsin::model {

class Matcher::Regex {
 public:
  explicit Regex(const std::string& pattern)
      : compiled_(Re2Pattern(pattern), Options()), simple_(SimplePattern::Parse(pattern)) {}
  bool ok() const { return compiled_.ok(); }
  std::string Error(std::string_view pattern) const { return RegexError(compiled_, pattern); }
  bool Matches(std::string_view value) const {
    if (simple_) {
      if (const std::optional<bool> matches = simple_->Matches(value)) return *matches;
    }
    return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), compiled_);
  }

 private:
  static RE2::Options Options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    return options;
  }
  RE2 compiled_;
  std::optional<SimplePattern> simple_;
};

Matcher::Matcher(MatchOp op, std::string name, std::string value, std::shared_ptr<const Regex> regex)
    : op_(op), name_(std::move(name)), value_(std::move(value)), regex_(std::move(regex)) {}

Result<Matcher> Matcher::Make(MatchOp op, std::string name, std::string value) {
  std::shared_ptr<const Regex> regex;
  if (op == MatchOp::kRegex || op == MatchOp::kNotRegex) {
    regex = std::make_shared<const Regex>(value);
    if (!regex->ok()) {
      return Fail(ErrorCode::kInvalidArgument, regex->Error(value));
    }
  }
  return Matcher(op, std::move(name), std::move(value), std::move(regex));
}

Matcher Matcher::Equal(std::string name, std::string value) {
  return Matcher(MatchOp::kEqual, std::move(name), std::move(value), nullptr);
}

bool Matcher::Matches(std::string_view value) const {
  switch (op_) {
    case MatchOp::kEqual:
      return value == value_;
    case MatchOp::kNotEqual:
      return value != value_;
    case MatchOp::kRegex:
      return regex_->Matches(value);
    case MatchOp::kNotRegex:
      return !regex_->Matches(value);
  }
  return false;
}

std::string Matcher::ToString() const {
  constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  return fmt::format("{}{}{}", IsClassicLabelName(name_) ? name_ : Quote(name_),
                     kOps[static_cast<size_t>(op_)], Quote(value_));
}

bool MatchesAll(const Matchers& matchers, const Labels& labels) {
  for (const Matcher& matcher : matchers) {
    if (!matcher.Matches(labels)) return false;
  }
  return true;
}

}  // namespace tocsin::model
