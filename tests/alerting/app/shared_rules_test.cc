// What a group's rules share makes no difference but to the work: groups of random rules, with chains of what
// they record, give the same with and without.
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/promql/engine.h"
#include "alerting/rules/group.h"
#include "alerting/rules/rule_file.h"
#include "alerting/store/store.h"
#include "tests/rounds.h"

namespace tocsin::rules {
namespace {

class Nobody final : public model::AlertSink {
 public:
  void Receive(std::span<const model::AlertPtr>) override {}
};

Timestamp Second(int64_t second) { return Timestamp::FromMillis(second * 1000); }

/// Expressions from few parts, so that equal ones are frequent; m and n are scraped, r0 … r4 recorded.
class RandomRules {
 public:
  explicit RandomRules(uint64_t seed) : random_(seed) {}

  std::string Group() {
    std::string text = "groups:\n- name: g\n  interval: 10s\n  rules:\n";
    for (int i = 0; i < 12; ++i) {
      const bool alerting = Below(4) == 0;
      text += alerting ? "  - {alert: A" + std::to_string(i) : "  - {record: r" + std::to_string(Below(5));
      text += ", expr: '" + Vector(3) + (alerting ? " > 2" : "") + "'";
      text += alerting ? ", for: 20s}\n" : ", labels: {rule: x" + std::to_string(i) + "}}\n";
    }
    return text;
  }

 private:
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  std::string Selector() {
    const char* kSelectors[] = {"m",
                                "n",
                                "m{a=\"1\"}",
                                "r0",
                                "r1",
                                "r2",
                                "r3",
                                "r4",
                                "{__name__=~\"r[01]\",a=\"2\"}",
                                "m offset 10s",
                                "ALERTS"};
    return kSelectors[Below(std::size(kSelectors))];
  }
  std::string Vector(int depth) {
    switch (depth == 0 ? Below(2) : Below(8)) {
      case 0:
      case 1:
        return "sum by (a) (" + Selector() + ")";
      case 2:
        return "sum by (a) (" + Vector(depth - 1) + ")";
      case 3:
        return "max by (a) (rate(m[40s]))";
      case 4:
        return "(" + Vector(depth - 1) + " + " + Vector(depth - 1) + ")";
      case 5:
        return "(" + Vector(depth - 1) + " or " + Vector(depth - 1) + ")";
      case 6:
        return "sum by (a) (max_over_time((" + Vector(depth - 1) + ")[40s:10s]))";
      default:
        return "-" + Vector(depth - 1);
    }
  }

  std::mt19937_64 random_;
};

/// One group over a store of its own.
class Side {
 public:
  Side(const std::string& text, bool shared) {
    auto groups = ReadRules(text, "r.yml", engine_, {});
    EXPECT_TRUE(groups) << ToString(groups.error());
    group_ =
        std::make_unique<Group>(groups->front(), GroupDependencies{.appendable = store_,
                                                                   .sink = sink_,
                                                                   .clock = clock_,
                                                                   .log = Logger(),
                                                                   .engine = shared ? &engine_ : nullptr});
  }

  void Step(int64_t second) {
    const auto appender = store_.MakeAppender();
    for (const char* name : {"m", "n"}) {
      for (const char* a : {"1", "2", "3"}) {
        const model::Labels labels{{"__name__", name}, {"a", a}};
        EXPECT_TRUE(
            appender->Append(0, labels, Second(second), static_cast<double>(second * (a[0] - '0') % 97)));
      }
    }
    EXPECT_TRUE(appender->Commit());
    group_->Evaluate(Second(second), {});
  }

  /// Everything there is, and what is wrong with the rules.
  std::map<std::string, std::vector<double>> All(int64_t second) const {
    const auto query = engine_.Prepare("{__name__=~\".+\"}[1h]");
    const auto result = (*query)->Instant(Second(second), {});
    std::map<std::string, std::vector<double>> all;
    for (const model::MatrixSeries& series : std::get<model::Matrix>(result->value)) {
      auto& values = all[series.labels.ToString()];
      for (const model::FloatSample& sample : series.samples) {
        values.push_back(sample.timestamp.seconds());
        values.push_back(sample.value);
      }
    }
    for (const RuleSnapshot& rule : group_->snapshot()->rules) {
      if (rule.last_error) all["error of " + rule.spec->name + ": " + rule.last_error->message()];
    }
    return all;
  }

 private:
  SystemClock clock_;
  Nobody sink_;
  store::Store store_;
  promql::Engine engine_{store_, clock_};
  std::unique_ptr<Group> group_;
};

TEST(SharedRules, GiveWhatEachRuleGivesAlone) {
  for (int seed = 0; seed < Rounds(150); ++seed) {
    const std::string text = RandomRules(static_cast<uint64_t>(seed)).Group();
    Side shared(text, true);
    Side alone(text, false);
    for (int64_t second = 10; second <= 120; second += 10) {
      shared.Step(second);
      alone.Step(second);
    }
    ASSERT_EQ(shared.All(120), alone.All(120)) << "seed " << seed << "\n" << text;
  }
}

TEST(SharedRules, AreEvaluatedOnceUntilSomethingThatTheyMatchIsWritten) {
  SystemClock clock;
  store::Store store;
  const promql::Engine engine(store, clock);
  const auto first = *engine.Prepare("sum(m) > 1");
  const auto second = *engine.Prepare("sum(m) < 1");
  const auto round = engine.MakeRound(std::vector<const model::PreparedQuery*>{first.get(), second.get()});
  ASSERT_NE(round, nullptr);
  const auto ask = [&](const auto& query) { ASSERT_TRUE(query->InstantIn(*round, Second(10), {})); };
  round->Begin();
  ask(first);
  EXPECT_EQ(round->reused(), 0U);
  ask(second);
  EXPECT_EQ(round->reused(), 1U);
  round->Begin();
  ask(first);
  round->Written(std::vector{model::Labels{{"__name__", "other"}}});
  ask(second);
  EXPECT_EQ(round->reused(), 2U);
  round->Begin();
  ask(first);
  round->Written(std::vector{model::Labels{{"__name__", "m"}, {"a", "1"}}});
  ask(second);
  EXPECT_EQ(round->reused(), 2U);
  const auto alone = *engine.Prepare("rate(n[5m])");
  EXPECT_EQ(engine.MakeRound(std::vector<const model::PreparedQuery*>{alone.get()}), nullptr);
}

}  // namespace
}  // namespace tocsin::rules
