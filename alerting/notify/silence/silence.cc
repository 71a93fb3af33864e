#include "alerting/notify/silence/silence.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tocsin::notify {
namespace {

using KeptJson = nlohmann::json;

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(ErrorCode::kInvalidArgument, "invalid silence: " + message);
}

}  // namespace

std::string_view SilenceStateName(SilenceState state) {
  switch (state) {
    case SilenceState::kActive:
      return "active";
    case SilenceState::kPending:
      return "pending";
    case SilenceState::kExpired:
      break;
  }
  return "expired";
}

SilenceState Silence::StateAt(Timestamp now) const {
  if (now < starts_at) return SilenceState::kPending;
  return now >= ends_at ? SilenceState::kExpired : SilenceState::kActive;
}

Status ValidateSilence(const Silence& silence) {
  if (silence.matchers.empty()) return Invalid("at least one matcher required");
  for (size_t i = 0; i < silence.matchers.size(); ++i) {
    const model::Matcher& matcher = silence.matchers[i];
    if (!model::IsUtf8Name(matcher.name())) {
      return Invalid(fmt::format("invalid label matcher {} in set 0: invalid label name {}", i,
                                 model::Quote(matcher.name())));
    }
  }
  // A negative matcher counts as one that does not, though "" is among what it takes: Alertmanager's rule.
  auto matches_empty = [](const model::Matcher& matcher) {
    const bool positive = matcher.op() == model::MatchOp::kEqual || matcher.op() == model::MatchOp::kRegex;
    return positive && matcher.Matches("");
  };
  const bool all_match_empty = std::all_of(silence.matchers.begin(), silence.matchers.end(), matches_empty);
  if (all_match_empty) return Invalid("matcher set 0: at least one matcher must not match the empty string");
  if (silence.ends_at < silence.starts_at) return Invalid("end time must not be before start time");
  return {};
}

std::string EncodeSilence(const Silence& silence) {
  KeptJson matchers = KeptJson::array();
  for (const model::Matcher& matcher : silence.matchers) {
    matchers.push_back({static_cast<int>(matcher.op()), matcher.name(), matcher.value()});
  }
  const KeptJson all{{"id", silence.id},
                     {"matchers", std::move(matchers)},
                     {"starts_at", silence.starts_at.millis()},
                     {"ends_at", silence.ends_at.millis()},
                     {"updated_at", silence.updated_at.millis()},
                     {"created_by", silence.created_by},
                     {"comment", silence.comment}};
  return all.dump(-1, ' ', false, KeptJson::error_handler_t::replace);
}

Result<Silence> DecodeSilence(std::string_view text) {
  // The accessors below throw at a value of another type; that ends here.
  try {
    const KeptJson all = KeptJson::parse(text);
    Silence silence;
    silence.id = all.at("id").get<std::string>();
    for (const KeptJson& entry : all.at("matchers")) {
      const int op = entry.at(0).get<int>();
      if (op < 0 || op > static_cast<int>(model::MatchOp::kNotRegex)) {
        return Fail(ErrorCode::kInvalidArgument, "unknown kind of matcher");
      }
      auto matcher = model::Matcher::Make(static_cast<model::MatchOp>(op), entry.at(1).get<std::string>(),
                                          entry.at(2).get<std::string>());
      if (!matcher) return Fail(matcher.error());
      silence.matchers.push_back(*std::move(matcher));
    }
    silence.starts_at = Timestamp::FromMillis(all.at("starts_at").get<int64_t>());
    silence.ends_at = Timestamp::FromMillis(all.at("ends_at").get<int64_t>());
    silence.updated_at = Timestamp::FromMillis(all.at("updated_at").get<int64_t>());
    silence.created_by = all.at("created_by").get<std::string>();
    silence.comment = all.at("comment").get<std::string>();
    return silence;
  } catch (const KeptJson::exception& error) {
    return Fail(ErrorCode::kInvalidArgument, std::string("not a silence: ") + error.what());
  }
}

}  // namespace tocsin::notify
