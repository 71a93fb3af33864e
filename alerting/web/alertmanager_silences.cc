#include "alerting/web/alertmanager_silences.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace tocsin::web {
namespace {

using notify::Silence;
using notify::SilencePtr;
using notify::SilenceState;

tl::unexpected<http::Response> Refuse(const Refusal& refusal) { return tl::unexpected(Answer(refusal)); }

tl::unexpected<http::Response> RefuseType(std::string_view what) {
  return Refuse(
      {400, 400, fmt::format("parsing silence body from \"\" failed, because {} is of another type", what)});
}

model::MatchOp OpOf(bool is_regex, bool is_equal) {
  if (is_regex) return is_equal ? model::MatchOp::kRegex : model::MatchOp::kNotRegex;
  return is_equal ? model::MatchOp::kEqual : model::MatchOp::kNotEqual;
}

tl::expected<model::Matcher, http::Response> ReadMatcher(const PlainJson& json, size_t index) {
  if (!json.is_object()) return RefuseType("a matcher");
  for (const char* key : {"isRegex", "name", "value"}) {
    if (!json.contains(key) || json[key].is_null())
      return Refuse(Required(fmt::format("matchers.{}.{}", index, key)));
  }
  const PlainJson is_equal = json.value("isEqual", PlainJson(true));
  if (!json["isRegex"].is_boolean() || !json["name"].is_string() || !json["value"].is_string() ||
      !(is_equal.is_boolean() || is_equal.is_null())) {
    return RefuseType("a matcher's field");
  }
  const bool equal = is_equal.is_null() || is_equal.get<bool>();
  std::string value = json["value"].get<std::string>();
  auto matcher =
      model::Matcher::Make(OpOf(json["isRegex"].get<bool>(), equal), json["name"].get<std::string>(), value);
  if (matcher) return *std::move(matcher);
  return tl::unexpected(AnswerText(
      400,
      fmt::format("invalid silence: invalid label matcher {} in set 0: invalid regular expression {}: {}",
                  index, model::Quote(value), matcher.error().message())));
}

tl::expected<std::string, http::Response> ReadText(const PlainJson& body, const char* key) {
  auto found = body.find(key);
  if (found == body.end() || found->is_null()) return Refuse(Required(key));
  if (!found->is_string()) return RefuseType(key);
  return found->get<std::string>();
}

tl::expected<Timestamp, http::Response> ReadMoment(const PlainJson& body, const char* key) {
  auto found = body.find(key);
  if (found == body.end() || found->is_null()) return Refuse(Required(key));
  auto time = ReadTime(*found, "silence");
  if (!time) return Refuse(time.error());
  return *time;
}

tl::expected<model::Matchers, http::Response> ReadMatchers(const PlainJson& body) {
  auto found = body.find("matchers");
  if (found == body.end() || found->is_null()) return Refuse(Required("matchers"));
  if (!found->is_array()) return RefuseType("matchers");
  if (found->empty()) return Refuse({422, 612, "matchers in body should have at least 1 items"});
  model::Matchers matchers;
  matchers.reserve(found->size());
  for (size_t i = 0; i < found->size(); ++i) {
    auto matcher = ReadMatcher((*found)[i], i);
    if (!matcher) return tl::unexpected(matcher.error());
    matchers.push_back(*std::move(matcher));
  }
  return matchers;
}

OrderedJson MatcherJson(const model::Matcher& matcher) {
  using model::MatchOp;
  const MatchOp op = matcher.op();
  return {{"isEqual", op == MatchOp::kEqual || op == MatchOp::kRegex},
          {"isRegex", op == MatchOp::kRegex || op == MatchOp::kNotRegex},
          {"name", matcher.name()},
          {"value", matcher.value()}};
}

/// What silences are listed by.
auto Rank(const Silence& silence, Timestamp now) {
  const SilenceState state = silence.StateAt(now);
  int64_t by_time = silence.ends_at.millis();
  if (state == SilenceState::kPending) by_time = silence.starts_at.millis();
  if (state == SilenceState::kExpired) by_time = -by_time;
  return std::tuple(static_cast<int>(state), by_time);
}

}  // namespace

tl::expected<Silence, http::Response> ReadSilence(const http::Request& request, Timestamp now) {
  auto body = ReadBody(request, "silence");
  if (!body) return Refuse(body.error());
  if (!body->is_object()) return RefuseType("the body");
  auto comment = ReadText(*body, "comment");
  if (!comment) return tl::unexpected(comment.error());
  auto created_by = ReadText(*body, "createdBy");
  if (!created_by) return tl::unexpected(created_by.error());
  auto ends_at = ReadMoment(*body, "endsAt");
  if (!ends_at) return tl::unexpected(ends_at.error());
  auto matchers = ReadMatchers(*body);
  if (!matchers) return tl::unexpected(matchers.error());
  auto starts_at = ReadMoment(*body, "startsAt");
  if (!starts_at) return tl::unexpected(starts_at.error());
  Silence silence;
  if (auto id = body->find("id"); id != body->end() && id->is_string()) silence.id = id->get<std::string>();
  silence.matchers = *std::move(matchers);
  silence.starts_at = *starts_at;
  silence.ends_at = *ends_at;
  silence.created_by = *std::move(created_by);
  silence.comment = *std::move(comment);
  if (silence.starts_at >= silence.ends_at) {
    return tl::unexpected(AnswerText(400, "Failed to create silence: start time must be before end time"));
  }
  if (silence.ends_at < now) {
    return tl::unexpected(AnswerText(400, "Failed to create silence: end time can't be in the past"));
  }
  return silence;
}

OrderedJson SilenceJson(const Silence& silence, Timestamp now) {
  OrderedJson matchers = OrderedJson::array();
  for (const model::Matcher& matcher : silence.matchers) matchers.push_back(MatcherJson(matcher));
  return {{"id", silence.id},
          {"status", {{"state", notify::SilenceStateName(silence.StateAt(now))}}},
          {"updatedAt", ApiTime(silence.updated_at)},
          {"comment", silence.comment},
          {"createdBy", silence.created_by},
          {"endsAt", ApiTime(silence.ends_at)},
          {"matchers", std::move(matchers)},
          {"startsAt", ApiTime(silence.starts_at)}};
}

OrderedJson SilencesJson(std::vector<SilencePtr> silences, const model::Matchers& filter, Timestamp now) {
  std::erase_if(silences, [&](const SilencePtr& silence) {
    return !std::all_of(filter.begin(), filter.end(), [&](const model::Matcher& wanted) {
      return std::find(silence->matchers.begin(), silence->matchers.end(), wanted) != silence->matchers.end();
    });
  });
  std::stable_sort(silences.begin(), silences.end(),
                   [now](const SilencePtr& a, const SilencePtr& b) { return Rank(*a, now) < Rank(*b, now); });
  OrderedJson list = OrderedJson::array();
  for (const SilencePtr& silence : silences) list.push_back(SilenceJson(*silence, now));
  return list;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace tocsin::web
