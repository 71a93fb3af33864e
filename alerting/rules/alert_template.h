// The templates in an alert's labels and annotations: "{{ $labels.instance }} is at {{ $value }}".
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "alerting/model/labels.h"
#include "alerting/model/query_engine.h"
#include "alerting/template/template.h"

namespace tocsin::rules {

/// An expression's vector; a scalar is a vector of one element without labels. kInvalidArgument for the other
/// types ("rule result is not a vector or scalar").
Result<model::Vector> ToVector(Result<model::QueryResult> result);

/// What the templates of one group see beside the alert: the engine for `query`, the evaluation's time. Not
/// thread safe: the group moves it along between evaluations, on its strand. The engine must outlive it.
class TemplateScope {
 public:
  TemplateScope(const model::QueryEngine& engine, model::Labels external_labels, std::string external_url);
  ~TemplateScope();
  TemplateScope(const TemplateScope&) = delete;
  TemplateScope& operator=(const TemplateScope&) = delete;

  void MoveTo(Timestamp at, std::stop_token stop);
  const model::Labels& external_labels() const { return external_labels_; }
  const std::string& external_url() const { return external_url_; }
  const templating::Value& external_labels_value() const { return external_labels_value_; }
  const std::shared_ptr<const templating::FunctionTable>& functions() const { return functions_; }

 private:
  struct Moment;

  model::Labels external_labels_;
  std::string external_url_;
  templating::Value external_labels_value_;
  std::shared_ptr<Moment> moment_;
  std::shared_ptr<const templating::FunctionTable> functions_;
};

/// What one expansion is about: made once for all templates of an alert.
class AlertTemplateData {
 public:
  AlertTemplateData(const model::Labels& labels, double value, const TemplateScope& scope);
  const templating::Value& value() const { return value_; }

 private:
  templating::Value value_;
};

/// What a text depends on beside the alert's labels.
enum class TemplateInputs {
  kLabels,  ///< nothing
  kValue,   ///< the value
  kAny,     ///< the time, or the answers of queries
};

/// One text, parsed once. Copies share the parsed form.
class AlertTemplate {
 public:
  /// kInvalidArgument with the line and column in `text`.
  static Result<AlertTemplate> Parse(const std::string& alert_name, const std::string& text,
                                     const TemplateScope& scope);

  /// One that does not parse, and says so each time; `error` is of Parse().
  static AlertTemplate Failing(const std::string& alert_name, const Error& error);

  /// Go's words for what fails, as Prometheus logs and shows them.
  Result<std::string> Expand(const AlertTemplateData& data) const;

  /// Told by the text: in doubt, more than it needs.
  TemplateInputs inputs() const { return inputs_; }

 private:
  TemplateInputs inputs_ = TemplateInputs::kLabels;
  std::string text_;  // of one without actions
  std::string name_;
  std::optional<templating::TemplateSet> templates_;
  std::optional<Error> error_;
};

}  // namespace tocsin::rules
