// One compiled relabelling rule. For relabel*.cc alone: RE2 stays behind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

#include "alerting/collect/scrape/relabel.h"

namespace tocsin::collect {

Status CheckRelabelRule(const RelabelRule& rule);

/// What Go's Regexp.Expand makes of a template ("$1", "${name}", "$$") and the groups of a match; a group
/// that is not there is empty.
std::string ExpandTemplate(std::string_view text, const re2::RE2& regex,
                           const std::vector<re2::StringPiece>& groups);

class Relabeling::Step {
 public:
  explicit Step(const RelabelRule& rule);

  bool ok() const { return regex_.ok(); }
  const std::string& error() const { return regex_.error(); }
  bool Apply(model::LabelsBuilder& labels) const;

 private:
  bool Matches(std::string_view text) const;
  std::vector<re2::StringPiece> Match(std::string_view text) const;
  void Replace(model::LabelsBuilder& labels, const std::string& value) const;
  void MapLabels(model::LabelsBuilder& labels) const;
  void DropLabels(model::LabelsBuilder& labels, bool matching) const;
  std::string Joined(const model::LabelsBuilder& labels) const;

  RelabelRule rule_;
  re2::RE2 regex_;
  bool sets_constant_ = false;  ///< replaces whatever the value is, without groups
};

}  // namespace tocsin::collect
