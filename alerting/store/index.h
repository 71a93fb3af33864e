// From matchers to series: for each label pair, the ascending list of the series that have it (postings).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "alerting/model/appender.h"
#include "alerting/model/labels.h"
#include "alerting/model/matcher.h"

namespace tocsin::store {

/// Knows refs and labels only, not samples. Guarded by its owner's lock.
class Index {
 public:
  using Postings = std::vector<model::SeriesRef>;
  using ValuePostings = std::map<std::string, Postings, std::less<>>;

  /// 0 when unknown.
  model::SeriesRef Find(const model::Labels& labels) const;
  /// `ref` is greater than every one added before.
  void Add(model::SeriesRef ref, const model::Labels& labels);
  void Remove(const std::unordered_set<model::SeriesRef>& refs);

  const model::Labels& LabelsOf(model::SeriesRef ref) const { return labels_.at(ref); }
  size_t size() const { return labels_.size(); }

  /// The series that every matcher accepts, ascending by ref. Exact.
  Postings Select(const model::Matchers& matchers) const;

 private:
  struct Candidates {
    Postings refs;
    bool all = true;  // nothing has narrowed them yet; refs is empty
  };
  const Postings* PostingsOf(std::string_view name, std::string_view value) const;
  Postings UnionOfMatching(const model::Matcher& matcher) const;
  void Narrow(Candidates& candidates, const Postings& to) const;
  Postings All() const;

  std::unordered_map<model::SeriesRef, model::Labels> labels_;
  std::unordered_map<model::Labels, model::SeriesRef, model::LabelsHash> refs_;
  std::unordered_map<std::string, ValuePostings> postings_;
};

}  // namespace tocsin::store
