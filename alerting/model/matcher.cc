#include "alerting/model/matcher.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace tocsin::model {

class Matcher::Regex {
 public:
  explicit Regex(const std::string& pattern) : compiled_(pattern, Options()) {}
  bool ok() const { return compiled_.ok(); }
  std::string error() const { return compiled_.error(); }
  bool Matches(std::string_view value) const {
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
};

Matcher::Matcher(MatchOp op, std::string name, std::string value, std::shared_ptr<const Regex> regex)
    : op_(op), name_(std::move(name)), value_(std::move(value)), regex_(std::move(regex)) {}

Result<Matcher> Matcher::Make(MatchOp op, std::string name, std::string value) {
  std::shared_ptr<const Regex> regex;
  if (op == MatchOp::kRegex || op == MatchOp::kNotRegex) {
    regex = std::make_shared<const Regex>(value);
    if (!regex->ok()) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("bad regular expression \"{}\": {}", value, regex->error()));
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
