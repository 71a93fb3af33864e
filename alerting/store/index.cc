// Selection narrows by what is cheap first: equality matchers intersect their lists; a matcher that rejects
// the empty value may use the union of its values' lists; whatever is left is asked of each candidate.
#include "alerting/store/index.h"

#include <algorithm>
#include <iterator>

namespace tocsin::store {
namespace {

// Below this many candidates it is cheaper to ask each one than to walk a label's values.
constexpr size_t kFewCandidates = 256;

bool NarrowsByLists(const model::Matcher& matcher) { return !matcher.Matches(""); }

}  // namespace

model::SeriesRef Index::Find(const model::Labels& labels) const {
  auto it = refs_.find(labels);
  return it == refs_.end() ? 0 : it->second;
}

void Index::Add(model::SeriesRef ref, const model::Labels& labels) {
  labels_.emplace(ref, labels);
  refs_.emplace(labels, ref);
  for (const model::Label& label : labels) postings_[label.name][label.value].push_back(ref);
}

void Index::Remove(const std::unordered_set<model::SeriesRef>& refs) {
  std::map<std::string, std::unordered_set<std::string>> touched;
  for (model::SeriesRef ref : refs) {
    auto it = labels_.find(ref);
    if (it == labels_.end()) continue;
    for (const model::Label& label : it->second) touched[label.name].insert(label.value);
    refs_.erase(it->second);
    labels_.erase(it);
  }
  for (const auto& [name, values] : touched) {
    ValuePostings& by_value = postings_[name];
    for (const std::string& value : values) {
      Postings& list = by_value[value];
      std::erase_if(list, [&](model::SeriesRef ref) { return refs.contains(ref); });
      if (list.empty()) by_value.erase(value);
    }
    if (by_value.empty()) postings_.erase(name);
  }
}

Index::Postings Index::Select(const model::Matchers& matchers) const {
  Candidates candidates;
  std::vector<const model::Matcher*> rest;
  for (const model::Matcher& matcher : matchers) {
    if (matcher.op() != model::MatchOp::kEqual || matcher.value().empty()) {
      rest.push_back(&matcher);
      continue;
    }
    const Postings* list = PostingsOf(matcher.name(), matcher.value());
    if (list == nullptr) return {};
    Narrow(candidates, *list);
  }
  std::vector<const model::Matcher*> to_ask;
  for (const model::Matcher* matcher : rest) {
    bool many = candidates.all || candidates.refs.size() > kFewCandidates;
    if (many && NarrowsByLists(*matcher))
      Narrow(candidates, UnionOfMatching(*matcher));
    else
      to_ask.push_back(matcher);
  }
  if (candidates.all) candidates.refs = All();
  std::erase_if(candidates.refs, [&](model::SeriesRef ref) {
    const model::Labels& labels = labels_.at(ref);
    return std::any_of(to_ask.begin(), to_ask.end(),
                       [&](const model::Matcher* matcher) { return !matcher->Matches(labels); });
  });
  return std::move(candidates.refs);
}

const Index::Postings* Index::PostingsOf(std::string_view name, std::string_view value) const {
  auto by_name = postings_.find(std::string(name));
  if (by_name == postings_.end()) return nullptr;
  auto by_value = by_name->second.find(value);
  return by_value == by_name->second.end() ? nullptr : &by_value->second;
}

Index::Postings Index::UnionOfMatching(const model::Matcher& matcher) const {
  Postings refs;
  auto by_name = postings_.find(matcher.name());
  if (by_name == postings_.end()) return refs;
  for (const auto& [value, list] : by_name->second) {
    if (matcher.Matches(value)) refs.insert(refs.end(), list.begin(), list.end());
  }
  std::sort(refs.begin(), refs.end());  // a series has one value of a label, so nothing is there twice
  return refs;
}

void Index::Narrow(Candidates& candidates, const Postings& to) const {
  if (candidates.all) {
    candidates.all = false;
    candidates.refs = to;
    return;
  }
  Postings both;
  std::set_intersection(candidates.refs.begin(), candidates.refs.end(), to.begin(), to.end(),
                        std::back_inserter(both));
  candidates.refs = std::move(both);
}

Index::Postings Index::All() const {
  Postings refs;
  refs.reserve(labels_.size());
  for (const auto& [ref, labels] : labels_) refs.push_back(ref);
  std::sort(refs.begin(), refs.end());
  return refs;
}

}  // namespace tocsin::store
