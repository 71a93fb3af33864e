#include "alerting/rules/rule_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "alerting/rules/scalar_position.h"
#include "base/files.h"
#include "base/yaml/go_yaml.h"
#include "base/yaml/reader.h"

namespace tocsin::rules {
namespace {

using yaml::MappingReader;
using yaml::Node;

constexpr size_t kMaxFileBytes = size_t{32} << 20;

class FileReader {
 public:
  FileReader(std::string_view text, const std::string& source, const model::QueryEngine& engine,
             const RuleReadOptions& options, Errors& errors)
      : text_(text), source_(source), engine_(engine), options_(options), errors_(errors) {}

  GroupSpecs ReadFile(const Node& root);

 private:
  struct Entry {
    std::string value;
    const Node* node = nullptr;
    bool of_group = false;
  };
  using Entries = std::map<std::string, Entry>;

  std::shared_ptr<const GroupSpec> ReadGroup(const Node& node);
  void ReadRule(const Node& node, const GroupSpec& group, const Entries& group_labels, RuleSpec& rule);
  void ReadName(MappingReader& in, RuleSpec& rule, const Node*& annotations);
  void ReadExpression(MappingReader& in, RuleSpec& rule);
  void ReadOwnKeys(MappingReader& in, RuleSpec& rule);
  std::shared_ptr<const model::PreparedQuery> Prepare(const Node& node, const std::string& expression);
  SelectorQueries PrepareSelectors(const model::PreparedQuery& query) const;
  void RejectOnRecording(MappingReader& in);
  Entries ReadEntries(const Node* node, std::string_view what);
  std::vector<TemplatedLabel> ReadTemplates(const Entries& entries, std::string_view what,
                                            const RuleSpec& rule, const GroupSpec& group);
  void Fail(Position at, std::string message) {
    errors_.emplace_back(ErrorCode::kInvalidArgument, std::move(message), std::move(at));
  }

  std::string_view text_;
  const std::string& source_;
  const model::QueryEngine& engine_;
  const RuleReadOptions& options_;
  Errors& errors_;
  std::set<std::string> group_names_;
};

model::Labels ToLabels(const WrittenLabels& entries) {
  std::vector<model::Label> labels;
  labels.reserve(entries.size());
  for (const auto& [name, value] : entries) labels.push_back({name, value});
  return model::Labels(labels);
}

template <typename Entries>
WrittenLabels Written(const Entries& entries) {
  WrittenLabels pairs;
  pairs.reserve(entries.size());
  for (const auto& [name, entry] : entries) pairs.emplace_back(name, entry.value);
  return pairs;
}

GroupSpecs FileReader::ReadFile(const Node& root) {
  GroupSpecs groups;
  MappingReader in(root, errors_);
  if (const Node* list = in.Take("groups"); list != nullptr && list->kind != yaml::Kind::kNull) {
    if (list->kind != yaml::Kind::kSequence) {
      in.Fail(*list, fmt::format("groups must be a sequence, not a {}", yaml::KindName(list->kind)));
    }
    for (const Node& item : list->items) {
      // As go-yaml does, nulls of a list are passed over.
      if (item.kind != yaml::Kind::kNull) groups.push_back(ReadGroup(item));
    }
  }
  if (!options_.ignore_unknown) in.Finish();
  return groups;
}

std::shared_ptr<const GroupSpec> FileReader::ReadGroup(const Node& node) {
  auto group = std::make_shared<GroupSpec>();
  group->file = source_;
  group->position = node.position;
  group->interval = options_.default_interval;
  group->query_offset = options_.default_query_offset;
  group->scope = std::make_shared<TemplateScope>(engine_, options_.external_labels, options_.external_url);
  MappingReader in(node, errors_);
  in.Optional("name", group->name);
  if (group->name.empty()) {
    Fail(node.position, "group name must not be empty");
  } else if (!group_names_.insert(group->name).second) {
    Fail(node.Find("name")->position,
         fmt::format("group name \"{}\" is repeated in the same file", group->name));
  }
  if (Duration interval{0}; in.Optional("interval", interval) && interval > Duration(0))
    group->interval = interval;
  in.Optional("query_offset", group->query_offset);
  in.Optional("limit", group->limit);
  Entries labels = ReadEntries(in.Take("labels"), "label");
  for (auto& [name, entry] : labels) entry.of_group = true;
  group->labels = ToLabels(Written(labels));
  if (const Node* rules = in.Take("rules"); rules != nullptr && rules->kind != yaml::Kind::kNull) {
    if (rules->kind != yaml::Kind::kSequence) {
      in.Fail(*rules, fmt::format("rules must be a sequence, not a {}", yaml::KindName(rules->kind)));
    }
    for (const Node& item : rules->items) {
      if (item.kind != yaml::Kind::kNull) ReadRule(item, *group, labels, group->rules.emplace_back());
    }
  }
  if (!options_.ignore_unknown) in.Finish();
  return group;
}

void FileReader::ReadRule(const Node& node, const GroupSpec& group, const Entries& group_labels,
                          RuleSpec& rule) {
  rule.position = node.position;
  MappingReader in(node, errors_);
  const Node* annotations_node = nullptr;
  ReadName(in, rule, annotations_node);
  ReadExpression(in, rule);
  ReadOwnKeys(in, rule);
  Entries labels = ReadEntries(in.Take("labels"), "label");
  const Entries annotations = ReadEntries(annotations_node, "annotation");
  labels.insert(group_labels.begin(), group_labels.end());
  rule.written_labels = Written(labels);
  rule.labels = ToLabels(rule.written_labels);
  rule.annotations = Written(annotations);
  if (rule.kind == RuleKind::kAlerting) {
    in.Optional("for", rule.hold_for);
    in.Optional("keep_firing_for", rule.keep_firing_for);
    rule.label_templates = ReadTemplates(labels, "label", rule, group);
    rule.annotation_templates = ReadTemplates(annotations, "annotation", rule, group);
  } else {
    RejectOnRecording(in);
  }
  if (!options_.ignore_unknown) in.Finish();
}

void FileReader::ReadName(MappingReader& in, RuleSpec& rule, const Node*& annotations) {
  std::string alert;
  std::string record;
  in.Optional("alert", alert);
  in.Optional("record", record);
  annotations = in.Take("annotations");
  const Position& at = in.node().position;
  if (!alert.empty() && !record.empty()) {
    Fail(in.node().Find("record")->position, "only one of 'record' and 'alert' must be set");
  } else if (alert.empty() && record.empty()) {
    Fail(at, "one of 'record' or 'alert' must be set");
  }
  rule.kind = alert.empty() && !record.empty() ? RuleKind::kRecording : RuleKind::kAlerting;
  rule.name = rule.kind == RuleKind::kRecording ? record : alert;
  if (rule.kind != RuleKind::kRecording) return;
  const Position& name = in.node().Find("record")->position;
  if (record.find_first_of("{}") != std::string::npos) {
    Fail(name, "braces present in the recording rule name; should it be in expr?: " + record);
  } else if (!model::IsUtf8Name(record)) {
    Fail(name, "invalid recording rule name: " + record);
  }
}

void FileReader::ReadExpression(MappingReader& in, RuleSpec& rule) {
  std::string expression;
  in.Optional("expr", expression);
  const Node* node = in.node().Find("expr");
  if (expression.empty()) {
    return Fail(node == nullptr ? in.node().position : node->position, "field 'expr' must be set in rule");
  }
  rule.query = Prepare(*node, expression);
  if (rule.query != nullptr && rule.kind == RuleKind::kAlerting) {
    rule.selectors = PrepareSelectors(*rule.query);
  }
}

std::shared_ptr<const model::PreparedQuery> FileReader::Prepare(const Node& node,
                                                                const std::string& expression) {
  auto query = engine_.Prepare(expression);
  if (query) return std::move(*query);
  const Error& error = query.error();
  errors_.push_back(
      error.WithContext("could not parse expression").At(PositionInScalar(text_, node, error.position())));
  return nullptr;
}

// A selector that can't stand alone (of info(), without a name) says nothing about an alert's series.
SelectorQueries FileReader::PrepareSelectors(const model::PreparedQuery& query) const {
  SelectorQueries queries;
  for (const std::string& selector : query.Selectors()) {
    if (auto prepared = engine_.Prepare(selector)) queries.push_back(*std::move(prepared));
  }
  return queries;
}

void FileReader::ReadOwnKeys(MappingReader& in, RuleSpec& rule) {
  for (const std::string_view key : {"resolve_expr", "no_data"}) {
    const Node* node = in.node().Find(key);
    if (node == nullptr || (options_.own_keys && rule.kind == RuleKind::kAlerting)) continue;
    in.Take(key);
    if (options_.ignore_unknown && !options_.own_keys) continue;
    in.Fail(*node,
            options_.own_keys
                ? fmt::format("invalid field '{}' in recording rule", key)
                : fmt::format("'{}' is not a key of Prometheus' format: give the file by --rules.file, "
                              "and not in rule_files, to use it",
                              key));
  }
  if (!options_.own_keys || rule.kind != RuleKind::kAlerting) return;
  std::string expression;
  if (in.Optional("resolve_expr", expression) && !expression.empty()) {
    rule.resolve_query = Prepare(*in.node().Find("resolve_expr"), expression);
  }
  std::string policy;
  if (!in.Optional("no_data", policy)) return;
  for (const NoData each : {NoData::kResolve, NoData::kKeep, NoData::kAlert}) {
    if (policy != NoDataName(each)) continue;
    rule.no_data = each;
    return;
  }
  in.Fail(*in.node().Find("no_data"),
          fmt::format("no_data is resolve, keep or alert, not {}", model::Quote(policy)));
}

void FileReader::RejectOnRecording(MappingReader& in) {
  for (const std::string_view key : {"for", "keep_firing_for"}) {
    const Node* node = in.Take(key);
    Duration duration{0};
    if (node != nullptr && node->kind != yaml::Kind::kNull && in.Check(yaml::Read(*node, duration)) &&
        duration != Duration(0)) {
      in.Fail(*node, fmt::format("invalid field '{}' in recording rule", key));
    }
  }
  const Node* annotations = in.node().Find("annotations");
  if (annotations != nullptr && !annotations->entries.empty()) {
    in.Fail(*annotations, "invalid field 'annotations' in recording rule");
  }
}

FileReader::Entries FileReader::ReadEntries(const Node* node, std::string_view what) {
  Entries entries;
  if (node == nullptr || node->kind == yaml::Kind::kNull) return entries;
  if (node->kind != yaml::Kind::kMapping) {
    Fail(node->position, fmt::format("{}s must be a mapping, not a {}", what, yaml::KindName(node->kind)));
    return entries;
  }
  for (const Node::Entry& entry : node->entries) {
    if (!model::IsUtf8Name(entry.key) || (what == "label" && entry.key == model::kMetricName)) {
      Fail(entry.key_position, fmt::format("invalid {} name: {}", what, entry.key));
    }
    std::string value;
    if (entry.value.kind != yaml::Kind::kNull) {
      if (const Status status = yaml::Read(entry.value, value); !status) errors_.push_back(status.error());
    }
    entries[entry.key] = {std::move(value), &entry.value, false};
  }
  return entries;
}

std::vector<TemplatedLabel> FileReader::ReadTemplates(const Entries& entries, std::string_view what,
                                                      const RuleSpec& rule, const GroupSpec& group) {
  std::vector<TemplatedLabel> templates;
  for (const auto& [name, entry] : entries) {
    auto parsed = AlertTemplate::Parse(rule.name, entry.value, *group.scope);
    if (parsed) {
      templates.push_back({name, std::move(*parsed)});
    } else if (entry.of_group) {
      // Prometheus looks at these when an alert is made, and not before.
      templates.push_back({name, AlertTemplate::Failing(rule.name, parsed.error())});
    } else {
      const Error& error = parsed.error();
      errors_.push_back(error.WithContext(fmt::format("{} \"{}\": template", what, name))
                            .At(PositionInScalar(text_, *entry.node, error.position())));
    }
  }
  return templates;
}

bool Before(const Error& a, const Error& b) {
  return std::pair(a.position().line, a.position().column) <
         std::pair(b.position().line, b.position().column);
}

}  // namespace

Checked<GroupSpecs> ReadRules(std::string_view text, const std::string& source,
                              const model::QueryEngine& engine, const RuleReadOptions& options) {
  const auto root = yaml::ParseFirst(text, source);
  if (!root) return tl::unexpected(Errors{root.error()});
  Errors errors;
  GroupSpecs groups = FileReader(text, source, engine, options, errors).ReadFile(*root);
  if (errors.empty()) return groups;
  std::stable_sort(errors.begin(), errors.end(), Before);
  // A group's label that is wrong is so for each of its rules.
  errors.erase(std::unique(errors.begin(), errors.end(),
                           [](const Error& a, const Error& b) { return a.ToString() == b.ToString(); }),
               errors.end());
  return tl::unexpected(std::move(errors));
}

Checked<GroupSpecs> ReadRuleFiles(const std::vector<std::string>& files, const model::QueryEngine& engine,
                                  const RuleReadOptions& options) {
  GroupSpecs all;
  Errors errors;
  std::set<std::string> seen;
  for (const std::string& file : files) {
    if (!seen.insert(file).second) continue;
    const auto text = tocsin::ReadFile(file, kMaxFileBytes);
    if (!text) {
      errors.push_back(text.error());
      continue;
    }
    auto groups = ReadRules(yaml::PlainText(*text), file, engine, options);
    if (groups) {
      std::move(groups->begin(), groups->end(), std::back_inserter(all));
    } else {
      std::move(groups.error().begin(), groups.error().end(), std::back_inserter(errors));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return all;
}

}  // namespace tocsin::rules
