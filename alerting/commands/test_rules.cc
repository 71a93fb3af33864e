#include "alerting/commands/test_rules.h"

#include <cstdio>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "alerting/commands/rule_test.h"
#include "alerting/commands/rule_test_file.h"
#include "alerting/model/matcher.h"
#include "base/markup.h"

namespace tocsin::app {
namespace {

struct TestOutcome {
  std::string name;
  Position position;
  std::vector<TestFailure> failures;
};

struct FileOutcome {
  std::string path;
  std::vector<std::string> warnings;
  Errors errors;  ///< of reading the file
  std::vector<TestOutcome> tests;

  bool good() const {
    if (!errors.empty()) return false;
    for (const TestOutcome& test : tests) {
      if (!test.failures.empty()) return false;
    }
    return true;
  }
};

/// As promtool's --run: a name that one of the expressions finds somewhere.
class Selection {
 public:
  static Result<Selection> Make(const std::vector<std::string>& patterns) {
    Selection selection;
    for (const std::string& pattern : patterns) {
      auto matcher = model::Matcher::Make(model::MatchOp::kRegex, "name", ".*(?:" + pattern + ").*");
      if (!matcher) return tl::unexpected(matcher.error().WithContext("--run"));
      selection.matchers_.push_back(*std::move(matcher));
    }
    return selection;
  }
  bool Has(const std::string& name) const {
    if (matchers_.empty()) return true;
    for (const model::Matcher& matcher : matchers_) {
      if (matcher.Matches(name)) return true;
    }
    return false;
  }

 private:
  std::vector<model::Matcher> matchers_;
};

FileOutcome RunFile(const std::string& path, const Selection& selection, const TestRulesCommand& command) {
  FileOutcome outcome{path, {}, {}, {}};
  auto file = ReadRuleTestFile(path);
  if (!file) {
    outcome.errors = std::move(file.error());
    return outcome;
  }
  file->ignore_unknown_rule_keys = command.ignore_unknown_fields;
  for (const std::string& pattern : file->missing)
    outcome.warnings.push_back("no file match pattern " + pattern);
  for (const TestGroup& test : file->tests) {
    if (!selection.Has(test.name)) continue;
    outcome.tests.push_back({test.name, test.position, RunTestGroup(*file, test, command.engine)});
  }
  return outcome;
}

std::string Text(const TestFailure& failure) {
  std::string text = Error(ErrorCode::kInvalidArgument, failure.what, failure.position).ToString();
  for (const std::string& line : failure.lines) text += "\n" + line;
  return text;
}

void Print(const FileOutcome& outcome) {
  fmt::print("Unit Testing:  {}\n", outcome.path);
  for (const std::string& warning : outcome.warnings) fmt::print("  WARNING: {}\n", warning);
  fmt::print("  {}\n", outcome.good() ? "SUCCESS" : "FAILED:");
  for (const Error& error : outcome.errors) fmt::print("{}\n", error.ToString());
  for (const TestOutcome& test : outcome.tests) {
    if (test.failures.empty()) continue;
    if (!test.name.empty()) fmt::print("test {}:\n", model::Quote(test.name));
    for (const TestFailure& failure : test.failures) fmt::print("{}\n", Text(failure));
  }
  fmt::print("\n");
}

std::string XmlText(std::string_view text) {
  std::string escaped = EscapeMarkup(text);
  for (char& c : escaped) {
    // XML has no control characters but these.
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = '?';
  }
  return escaped;
}

/// A file is a suite, a group of tests a case; a file that can't be read is a case that fails.
std::string JunitText(const std::vector<FileOutcome>& outcomes) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const FileOutcome& outcome : outcomes) {
    std::string cases;
    size_t failed = 0;
    auto add = [&](const std::string& name, const std::string& failure) {
      cases += fmt::format("    <testcase name=\"{}\"", XmlText(name));
      cases += failure.empty()
                   ? std::string("/>\n")
                   : fmt::format(">\n      <failure>{}</failure>\n    </testcase>\n", XmlText(failure));
      failed += failure.empty() ? 0 : 1;
    };
    if (!outcome.errors.empty()) add(outcome.path, ToString(outcome.errors));
    for (const TestOutcome& test : outcome.tests) {
      std::string failure;
      for (const TestFailure& each : test.failures) failure += (failure.empty() ? "" : "\n") + Text(each);
      add(test.name.empty() ? test.position.ToString() : test.name, failure);
    }
    const size_t count = outcome.tests.size() + (outcome.errors.empty() ? 0 : 1);
    text += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n{}  </testsuite>\n",
                        XmlText(outcome.path), count, failed, cases);
  }
  return text + "</testsuites>\n";
}

int Refuse(const std::string& message) {
  fmt::print(stderr, "tocsin test rules: {}\n", message);
  return 1;
}

}  // namespace

int TestRules(const TestRulesCommand& command) {
  const auto selection = Selection::Make(command.run);
  if (!selection) return Refuse(selection.error().message());
  std::vector<FileOutcome> outcomes;
  bool good = true;
  for (const std::string& path : command.files) {
    outcomes.push_back(RunFile(path, *selection, command));
    Print(outcomes.back());
    good = good && outcomes.back().good();
  }
  if (!command.junit.empty()) {
    std::ofstream out(command.junit, std::ios::binary);
    out << JunitText(outcomes);
    if (!out.flush()) return Refuse("can't write " + command.junit);
  }
  return good ? 0 : 1;
}

}  // namespace tocsin::app
