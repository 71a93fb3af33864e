// Stand-ins for the rooms that rules meet: an engine that answers from a table, a store and a sink that
// remember.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "alerting/model/alert.h"
#include "alerting/model/appender.h"
#include "alerting/model/query_engine.h"

namespace tocsin::rules {

inline Timestamp Seconds(int64_t seconds) { return Timestamp::FromMillis(seconds * 1000); }

class FakeEngine final : public model::QueryEngine {
 public:
  using Answer = std::function<Result<model::QueryResult>(Timestamp at)>;

  Result<std::shared_ptr<const model::PreparedQuery>> Prepare(std::string_view expression) const override {
    // Anything is an expression here but text with a '!', whose place is the error's.
    const size_t bad = expression.find('!');
    if (bad != std::string_view::npos) {
      const size_t newline = expression.substr(0, bad).rfind('\n');
      const auto lines =
          std::count(expression.begin(), expression.begin() + static_cast<ptrdiff_t>(bad), '\n');
      const size_t column = newline == std::string_view::npos ? bad + 1 : bad - newline;
      return Fail(ErrorCode::kInvalidArgument, "unexpected '!'",
                  {"", static_cast<int>(lines) + 1, static_cast<int>(column)});
    }
    return std::make_shared<Query>(*this, std::string(expression));
  }

  void Set(const std::string& expression, const model::Vector& vector) {
    answers[expression] = [vector](Timestamp at) -> Result<model::QueryResult> {
      model::Vector stamped = vector;
      for (model::VectorElement& element : stamped) element.timestamp = at;
      return model::QueryResult{stamped, {}, {}, {}};
    };
  }

  std::map<std::string, Answer> answers;                      ///< others are empty vectors
  std::map<std::string, std::vector<std::string>> selectors;  ///< of an expression; others have none
  mutable std::vector<std::pair<std::string, Timestamp>> asked;

 private:
  class Query final : public model::PreparedQuery {
   public:
    Query(const FakeEngine& engine, std::string text) : engine_(engine), text_(std::move(text)) {}
    const std::string& text() const override { return text_; }
    model::ValueType type() const override { return model::ValueType::kVector; }
    std::vector<std::string> Selectors() const override {
      const auto found = engine_.selectors.find(text_);
      return found == engine_.selectors.end() ? std::vector<std::string>() : found->second;
    }
    Result<model::QueryResult> Instant(Timestamp at, std::stop_token) const override {
      engine_.asked.emplace_back(text_, at);
      const auto found = engine_.answers.find(text_);
      if (found == engine_.answers.end()) return model::QueryResult{model::Vector(), {}, {}, {}};
      return found->second(at);
    }
    Result<model::QueryResult> Range(Timestamp, Timestamp, Duration, std::stop_token) const override {
      return Fail(ErrorCode::kUnsupported, "not asked here");
    }

   private:
    const FakeEngine& engine_;
    std::string text_;
  };
};

inline model::VectorElement Element(model::Labels labels, double value) {
  return {std::move(labels), Timestamp(), value};
}

class FakeAppendable final : public model::Appendable {
 public:
  std::unique_ptr<model::Appender> MakeAppender() override { return std::make_unique<Batch>(*this); }

  /// "metric{…}@seconds=value", with "stale" for stale markers; in the order appended.
  std::vector<std::string> written;
  std::string refused;  ///< a series' text that gives an error

 private:
  class Batch final : public model::Appender {
   public:
    explicit Batch(FakeAppendable& store) : store_(store) {}
    Result<model::SeriesRef> Append(model::SeriesRef, const model::Labels& labels, Timestamp at,
                                    model::SampleValue value) override {
      if (labels.ToString() == store_.refused)
        return Fail(ErrorCode::kInvalidArgument, "out of order sample");
      const double number = std::get<double>(value);
      std::ostringstream line;
      line << labels.ToString() << "@" << at.seconds() << "=";
      if (model::IsStaleNan(number)) {
        line << "stale";
      } else {
        line << number;
      }
      lines_.push_back(line.str());
      return 1;
    }
    Status Commit() override {
      std::sort(lines_.begin(), lines_.end());
      store_.written.insert(store_.written.end(), lines_.begin(), lines_.end());
      return {};
    }
    void Rollback() override { lines_.clear(); }

   private:
    FakeAppendable& store_;
    std::vector<std::string> lines_;
  };
};

class FakeSink final : public model::AlertSink {
 public:
  void Receive(std::span<const model::AlertPtr> alerts) override {
    received.insert(received.end(), alerts.begin(), alerts.end());
  }
  std::vector<model::AlertPtr> received;
};

}  // namespace tocsin::rules
