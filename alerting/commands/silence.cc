#include "alerting/commands/silence.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "alerting/commands/remote.h"
#include "alerting/maintenance.h"
#include "alerting/model/matcher_syntax.h"
#include "base/clock.h"
#include "base/files.h"

namespace tocsin::app {
namespace {

using Json = nlohmann::json;

constexpr const char* kSilences = "/api/v2/silences";

int Complain(const Error& error) {
  std::fprintf(stderr, "%s\n", error.ToString().c_str());
  return 1;
}

std::string Author(const SilenceCommand& command) {
  if (!command.author.empty()) return command.author;
  const char* user = std::getenv("USER");  // NOLINT(concurrency-mt-unsafe): nothing sets variables
  return user == nullptr ? "tocsin" : user;
}

Result<Json> MatchersJson(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) {
    auto matchers = model::ParseMatchers(text);
    if (!matchers) return Fail(matchers.error());
    for (const model::Matcher& matcher : *matchers) {
      const bool regex = matcher.op() == model::MatchOp::kRegex || matcher.op() == model::MatchOp::kNotRegex;
      const bool equal = matcher.op() == model::MatchOp::kEqual || matcher.op() == model::MatchOp::kRegex;
      list.push_back(
          {{"name", matcher.name()}, {"value", matcher.value()}, {"isRegex", regex}, {"isEqual", equal}});
    }
  }
  return list;
}

std::string MatchersText(const Json& matchers) {
  std::string text;
  for (const Json& matcher : matchers) {
    const bool regex = matcher.value("isRegex", false);
    const bool equal = matcher.value("isEqual", true);
    const char* op = regex ? (equal ? "=~" : "!~") : (equal ? "=" : "!=");
    text += fmt::format("{}{}{}{}", text.empty() ? "" : " ", matcher.value("name", ""), op,
                        model::Quote(matcher.value("value", "")));
  }
  return text;
}

int Make(const SilenceCommand& command, const std::string& author, const std::string& comment) {
  auto matchers = MatchersJson(command.matchers);
  if (!matchers) return Complain(matchers.error());
  const Timestamp now = SystemClock().Now();
  Remote remote(command.url);
  auto made = remote.Post(kSilences, {{"matchers", *matchers},
                                      {"startsAt", FormatRfc3339(now)},
                                      {"endsAt", FormatRfc3339(now + command.lasts)},
                                      {"createdBy", author},
                                      {"comment", comment}});
  if (!made) return Complain(made.error());
  std::printf("%s\n", made->value("silenceID", "").c_str());
  return 0;
}

void Print(const Json& silence) {
  const std::string comment = silence.value("comment", "");
  std::printf("%s  %s  until %s  %s  (%s)%s%s\n", silence.value("id", "").c_str(),
              silence["status"].value("state", "").c_str(), silence.value("endsAt", "").c_str(),
              MatchersText(silence["matchers"]).c_str(), silence.value("createdBy", "").c_str(),
              comment.empty() ? "" : " ", comment.c_str());
}

bool IsExpired(const Json& silence) { return silence["status"].value("state", "") == "expired"; }

/// Runs `act` on every silence that the server lists; its result is added up.
Result<int> EachSilence(Remote& remote, const std::string& query,
                        const std::function<Result<int>(const Json&)>& act) {
  auto list = remote.Get(kSilences + query);
  if (!list) return Fail(list.error());
  int count = 0;
  // The accessors throw at JSON of another shape, which is no API v2 then.
  try {
    for (const Json& silence : *list) {
      auto done = act(silence);
      if (!done) return done;
      count += *done;
    }
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("the server's answer is no list of silences: {}", error.what()));
  }
  return count;
}

std::string Query(const std::vector<std::string>& matchers) {
  std::string query;
  for (const std::string& text : matchers)
    query += (query.empty() ? "?filter=" : "&filter=") + http::UrlEncode(text);
  return query;
}

Result<std::string> ReadInput(const std::string& file) {
  if (file != "-" && !file.empty()) return ReadFile(file);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<size_t>(got));
  }
  return text;
}

Result<int> ListMaintenance(Remote& remote, const std::function<Result<int>(const Json&)>& act) {
  return EachSilence(remote, "", [&](const Json& silence) -> Result<int> {
    if (silence.value("createdBy", "") != kMaintenanceAuthor || IsExpired(silence)) return 0;
    return act(silence);
  });
}

}  // namespace

int AddSilence(const SilenceCommand& command) { return Make(command, Author(command), command.comment); }

int QuerySilences(const SilenceCommand& command) {
  Remote remote(command.url);
  auto printed = EachSilence(remote, Query(command.matchers), [&](const Json& silence) -> Result<int> {
    if (command.expired || !IsExpired(silence)) Print(silence);
    return 1;
  });
  return printed ? 0 : Complain(printed.error());
}

int ExpireSilences(const SilenceCommand& command) {
  Remote remote(command.url);
  for (const std::string& id : command.matchers) {
    if (auto done = remote.Delete("/api/v2/silence/" + http::UrlEncode(id)); !done) {
      return Complain(done.error().WithContext(id));
    }
  }
  return 0;
}

int ImportSilences(const SilenceCommand& command) {
  auto text = ReadInput(command.file);
  if (!text) return Complain(text.error());
  const Json list = Json::parse(*text, nullptr, false);
  if (!list.is_array()) return Complain({ErrorCode::kInvalidArgument, "expected a JSON list of silences"});
  Remote remote(command.url);
  for (Json silence : list) {
    if (silence.is_object()) silence.erase("id");  // of another server, where it came from
    auto made = remote.Post(kSilences, silence);
    if (!made) return Complain(made.error());
    std::printf("%s\n", made->value("silenceID", "").c_str());
  }
  return 0;
}

int ListAlerts(const SilenceCommand& command) {
  Remote remote(command.url);
  auto list = remote.Get("/api/v2/alerts" + Query(command.matchers));
  if (!list) return Complain(list.error());
  try {
    for (const Json& alert : *list) {
      model::LabelsBuilder labels;
      for (const auto& [name, value] : alert.at("labels").items()) labels.Set(name, value.get<std::string>());
      const Json annotations = alert.value("annotations", Json::object());
      const std::string summary = annotations.value("summary", "");
      std::printf("%s  since %s  %s%s%s\n", alert.at("status").value("state", "").c_str(),
                  alert.value("startsAt", "").c_str(), labels.Build().ToString().c_str(),
                  summary.empty() ? "" : "  ", summary.c_str());
    }
  } catch (const Json::exception& error) {
    return Complain(
        {ErrorCode::kUnavailable, fmt::format("the server's answer is no list of alerts: {}", error.what())});
  }
  return 0;
}

int MaintenanceOn(const SilenceCommand& command) {
  SilenceCommand all = command;
  if (all.matchers.empty()) all.matchers = {kEveryAlert};
  return Make(all, kMaintenanceAuthor, command.comment.empty() ? "maintenance" : command.comment);
}

int MaintenanceOff(const SilenceCommand& command) {
  Remote remote(command.url);
  auto ended = ListMaintenance(remote, [&](const Json& silence) -> Result<int> {
    auto done = remote.Delete("/api/v2/silence/" + silence.value("id", ""));
    if (!done) return Fail(done.error());
    return 1;
  });
  if (!ended) return Complain(ended.error());
  std::printf("%s\n", *ended == 0 ? "maintenance was off" : "maintenance is off");
  return 0;
}

int MaintenanceStatus(const SilenceCommand& command) {
  Remote remote(command.url);
  auto found = ListMaintenance(remote, [](const Json& silence) -> Result<int> {
    std::printf("on until %s for %s: %s\n", silence.value("endsAt", "").c_str(),
                MatchersText(silence["matchers"]).c_str(), silence.value("comment", "").c_str());
    return 1;
  });
  if (!found) return Complain(found.error());
  if (*found == 0) std::printf("off\n");
  return 0;
}

}  // namespace tocsin::app
