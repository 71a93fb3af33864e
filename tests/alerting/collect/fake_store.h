// An Appendable that remembers what was committed, as text.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "alerting/model/appender.h"

namespace tocsin::collect {

class FakeStore final : public model::Appendable {
 public:
  std::unique_ptr<model::Appender> MakeAppender() override { return std::make_unique<Batch>(*this); }

  /// "labels value @millis" in the order committed, without the reports of a scrape; empties the list.
  std::vector<std::string> Take() {
    std::vector<std::string> out;
    for (std::string& line : std::exchange(lines_, {})) {
      if (!line.starts_with("up") && !line.starts_with("scrape_")) out.push_back(std::move(line));
    }
    return out;
  }
  /// The reports alone.
  std::vector<std::string> TakeReports() {
    std::vector<std::string> out;
    for (std::string& line : std::exchange(lines_, {})) {
      if (line.starts_with("up") || line.starts_with("scrape_")) out.push_back(std::move(line));
    }
    return out;
  }
  /// The newest value of a series; "none" when there is none.
  std::string Last(const std::string& labels) const {
    auto found = last_.find(labels);
    return found == last_.end() ? "none" : found->second;
  }
  /// Makes every name that it gave out unknown.
  void ForgetSeries() { names_.clear(); }
  size_t known_refs_used = 0;
  size_t max_series = 1'000'000;

 private:
  class Batch final : public model::Appender {
   public:
    explicit Batch(FakeStore& store) : store_(store) {}
    Result<model::SeriesRef> Append(model::SeriesRef ref, const model::Labels& labels, Timestamp timestamp,
                                    model::SampleValue value) override {
      if (ref != 0) ++store_.known_refs_used;
      return Add(labels.ToString(), timestamp, value);
    }
    void AppendKnown(Timestamp timestamp, std::span<const model::KnownSample> samples,
                     std::vector<model::RefusedSample>& refused) override {
      using Reason = model::RefusedSample::Reason;
      for (uint32_t i = 0; i < samples.size(); ++i) {
        const auto name = store_.names_.find(samples[i].ref);
        if (name == store_.names_.end()) {
          refused.push_back({i, Reason::kUnknownSeries});
          continue;
        }
        ++store_.known_refs_used;
        if (!Add(name->second, timestamp, samples[i].value)) refused.push_back({i, Reason::kOutOfOrder});
      }
    }
    Status Commit() override {
      for (const Pending& sample : pending_) {
        store_.newest_[sample.name] = sample.timestamp;
        store_.last_[sample.name] = sample.value;
        store_.lines_.push_back(
            fmt::format("{} {} @{}", sample.name, sample.value, sample.timestamp.millis()));
      }
      pending_.clear();
      return {};
    }
    void Rollback() override { pending_.clear(); }

   private:
    Result<model::SeriesRef> Add(const std::string& name, Timestamp timestamp,
                                 const model::SampleValue& value) {
      auto newest = store_.newest_.find(name);
      if (newest == store_.newest_.end() && store_.newest_.size() >= store_.max_series) {
        return Fail(ErrorCode::kResourceExhausted, "too many series");
      }
      if (newest != store_.newest_.end() && timestamp < newest->second) {
        return Fail(ErrorCode::kInvalidArgument, "out of order sample");
      }
      const double number = std::get<double>(value);
      const std::string shown = model::IsStaleNan(number) ? "stale" : fmt::format("{}", number);
      pending_.push_back({name, shown, timestamp});
      auto [known, added] = store_.refs_.emplace(name, store_.refs_.size() + 1);
      store_.names_[known->second] = name;
      return known->second;
    }

    struct Pending {
      std::string name;
      std::string value;
      Timestamp timestamp;
    };
    FakeStore& store_;
    std::vector<Pending> pending_;
  };

  std::unordered_map<std::string, model::SeriesRef> refs_;
  std::unordered_map<model::SeriesRef, std::string> names_;
  std::map<std::string, Timestamp> newest_;
  std::map<std::string, std::string> last_;
  std::vector<std::string> lines_;
};

}  // namespace tocsin::collect
