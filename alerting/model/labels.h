// Label sets: what identifies a series, an alert, a target.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::model {

inline constexpr std::string_view kMetricName = "__name__";
inline constexpr std::string_view kAlertName = "alertname";

struct Label {
  std::string name;
  std::string value;
  friend auto operator<=>(const Label&, const Label&) = default;
};

/// An immutable set of labels, sorted by name, each name once, no empty value (a missing label *is* an empty
/// one). Copies share their storage: a copy costs one atomic increment. Thread safe as any const value.
class Labels {
 public:
  Labels();  ///< the empty set
  /// Sorts; of equal names the last wins; drops empty values.
  explicit Labels(std::vector<Label> labels);
  Labels(std::initializer_list<Label> labels) : Labels(std::vector<Label>(labels)) {}

  /// "" when absent.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const { return !Get(name).empty(); }
  std::string_view metric_name() const { return Get(kMetricName); }

  std::span<const Label> span() const { return data_->labels; }
  auto begin() const { return data_->labels.begin(); }
  auto end() const { return data_->labels.end(); }
  size_t size() const { return data_->labels.size(); }
  bool empty() const { return data_->labels.empty(); }

  /// Equal sets have equal hashes within one process; computed once, when made.
  uint64_t hash() const { return data_->hash; }
  /// FNV-1a 64 over name 0xff value 0xff, sorted: Prometheus' common/model LabelSet.Fingerprint, which names
  /// alerts in APIs and webhooks.
  uint64_t Fingerprint() const;

  /// `{a="1", b="2"}`, the metric name in front when there is one: `up{job="x"}`. As Prometheus prints.
  std::string ToString() const;

  friend bool operator==(const Labels& a, const Labels& b) {
    return a.data_ == b.data_ || (a.data_->hash == b.data_->hash && a.data_->labels == b.data_->labels);
  }
  /// By names and values in turn, as Prometheus' labels.Compare: what makes outputs deterministic.
  friend std::strong_ordering operator<=>(const Labels& a, const Labels& b);

 private:
  struct Data {
    std::vector<Label> labels;
    uint64_t hash = 0;
  };
  std::shared_ptr<const Data> data_;
};

struct LabelsHash {
  size_t operator()(const Labels& labels) const { return static_cast<size_t>(labels.hash()); }
};

/// Changes a label set, then makes the new one. Cheap for the few labels that sets have.
class LabelsBuilder {
 public:
  LabelsBuilder() = default;
  explicit LabelsBuilder(const Labels& base) : labels_(base.begin(), base.end()) {}

  LabelsBuilder& Set(std::string_view name, std::string_view value);  ///< an empty value deletes
  LabelsBuilder& Delete(std::string_view name);
  LabelsBuilder& Keep(std::span<const std::string> names);
  std::string_view Get(std::string_view name) const;
  std::span<const Label> span() const { return labels_; }
  Labels Build() const { return Labels(labels_); }

 private:
  std::vector<Label> labels_;
};

/// [a-zA-Z_][a-zA-Z0-9_]*
bool IsClassicLabelName(std::string_view name);
/// [a-zA-Z_:][a-zA-Z0-9_:]*
bool IsClassicMetricName(std::string_view name);
/// Any non-empty valid UTF-8: what Prometheus 3 accepts for both.
bool IsUtf8Name(std::string_view name);

/// In double quotes, escaped as Go's strconv.Quote does.
std::string Quote(std::string_view text);

}  // namespace tocsin::model
