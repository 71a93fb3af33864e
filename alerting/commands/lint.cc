#include "alerting/commands/lint.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "alerting/commands/remote.h"
#include "base/http/message.h"

namespace tocsin::app {
namespace {

using rules::RuleKind;
using rules::RuleSpec;

constexpr const char* kChecks =
    "all, none, duplicate-rules, value-in-labels, missing-for, missing-runbook and empty-selectors";

bool SetCheck(LintChecks& checks, std::string_view name) {
  const std::pair<std::string_view, bool LintChecks::*> kNames[] = {
      {"duplicate-rules", &LintChecks::duplicate_rules},
      {"value-in-labels", &LintChecks::value_in_labels},
      {"missing-for", &LintChecks::missing_for},
      {"missing-runbook", &LintChecks::missing_runbook},
      {"empty-selectors", &LintChecks::empty_selectors}};
  bool known = false;
  for (const auto& [check, member] : kNames) {
    if (name != check && name != "all") continue;
    checks.*member = true;
    known = true;
  }
  return known;
}

class Linter {
 public:
  explicit Linter(const LintChecks& checks) : checks_(checks) {}

  void Look(const rules::GroupSpecs& groups) {
    for (const auto& group : groups) {
      for (const RuleSpec& rule : group->rules) LookAt(rule);
    }
  }
  void Ask(const rules::GroupSpecs& groups, const std::string& url);
  Errors Take() { return std::move(findings_); }

 private:
  void LookAt(const RuleSpec& rule) {
    if (checks_.duplicate_rules) {
      const auto [first, is_new] =
          seen_.try_emplace({rule.name, rule.query->text(), rule.labels}, rule.position);
      if (!is_new) {
        Find(rule, fmt::format("{} has the name, expression and labels of the rule at {}", rule.name,
                               first->second.ToString()));
      }
    }
    if (rule.kind != RuleKind::kAlerting) return;
    if (checks_.value_in_labels) {
      for (const model::LabelView label : rule.labels) {
        if (label.value.find("$value") == std::string::npos &&
            label.value.find(".Value") == std::string::npos) {
          continue;
        }
        Find(rule, fmt::format(
                       "{}: label {} has the value in it, so that each change of it is another alert, whose "
                       "for begins anew; put it into an annotation",
                       rule.name, label.name));
      }
    }
    if (checks_.missing_for && rule.hold_for == Duration(0)) {
      Find(rule, fmt::format("{} has no for: a single evaluation makes it fire", rule.name));
    }
    const auto is_runbook = [](const auto& annotation) {
      return (annotation.first == "runbook_url" || annotation.first == "runbook") &&
             !annotation.second.empty();
    };
    if (checks_.missing_runbook &&
        std::none_of(rule.annotations.begin(), rule.annotations.end(), is_runbook)) {
      Find(rule, fmt::format("{} has no annotation runbook_url: who is woken by it must know what to do",
                             rule.name));
    }
  }
  void Find(const RuleSpec& rule, std::string message) {
    findings_.emplace_back(ErrorCode::kInvalidArgument, std::move(message), rule.position);
  }

  const LintChecks& checks_;
  std::map<std::tuple<std::string, std::string, model::Labels>, Position> seen_;
  Errors findings_;
};

/// The metric that a selector names; "" when it names none.
std::string MetricOf(const std::string& selector) {
  constexpr std::string_view kQuoted = "{__name__=\"";
  if (!selector.starts_with(kQuoted)) return selector.substr(0, selector.find_first_of("{[ "));
  return selector.substr(kQuoted.size(), selector.find('"', kQuoted.size()) - kQuoted.size());
}

/// True when the answer to count(selector) has an element.
Result<bool> MatchesSomething(Remote& remote, const std::string& selector) {
  const std::string query = selector.ends_with(']') || selector.find("] offset") != std::string::npos ||
                                    selector.find("] @") != std::string::npos
                                ? "count(last_over_time(" + selector + "))"
                                : "count(" + selector + ")";
  const auto answer = remote.Get("/api/v1/query?query=" + http::UrlEncode(query));
  if (!answer) return Fail(answer.error());
  const auto data = answer->find("data");
  if (data == answer->end() || !data->contains("result")) {
    return Fail(ErrorCode::kInvalidArgument, "the answer is not one of a Prometheus-compatible API");
  }
  return !data->at("result").empty();
}

void Linter::Ask(const rules::GroupSpecs& groups, const std::string& url) {
  Remote remote(url);
  std::set<std::string, std::less<>> recorded;
  for (const auto& group : groups) {
    for (const RuleSpec& rule : group->rules) {
      if (rule.kind == RuleKind::kRecording) recorded.insert(rule.name);
    }
  }
  std::map<std::string, bool> known;
  for (const auto& group : groups) {
    for (const RuleSpec& rule : group->rules) {
      for (const std::string& selector : rule.query->Selectors()) {
        // What these rules record need not be there yet.
        if (recorded.contains(MetricOf(selector))) continue;
        auto matches = known.find(selector);
        if (matches == known.end()) {
          const auto asked = MatchesSomething(remote, selector);
          if (!asked) {
            findings_.push_back(asked.error().WithContext("empty-selectors"));
            return;
          }
          matches = known.emplace(selector, *asked).first;
        }
        if (!matches->second) Find(rule, fmt::format("{}: {} matches nothing now", rule.name, selector));
      }
    }
  }
}

}  // namespace

Result<LintChecks> LintChecks::Parse(std::string_view text) {
  LintChecks checks{.duplicate_rules = false};
  if (text == "none") return checks;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    if (!SetCheck(checks, name)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("there is no check \"{}\"; there are {}", name, kChecks));
    }
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return checks;
}

Errors Lint(const rules::GroupSpecs& groups, const LintChecks& checks,
            const std::optional<std::string>& url) {
  Linter linter(checks);
  linter.Look(groups);
  if (checks.empty_selectors && url) linter.Ask(groups, *url);
  return linter.Take();
}

}  // namespace tocsin::app
