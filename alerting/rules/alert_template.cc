#include "alerting/rules/alert_template.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "alerting/template/functions/prometheus.h"

namespace tocsin::rules {
namespace {

using templating::Map;
using templating::Value;

// What Prometheus puts before every text; columns in messages count it, too.
constexpr std::string_view kVariables =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}"
    "{{$value := .Value}}";

Value ToValue(const model::Labels& labels) {
  Map map;
  for (const model::LabelView label : labels) map.emplace_hint(map.end(), label.name, Value(label.value));
  return {std::move(map), templating::Element::kString};
}

// The dot of an alert's template.
class Dot final : public templating::Object {
 public:
  Dot(Value labels, Value external_labels, std::string external_url, double value)
      : labels_(std::move(labels)),
        external_labels_(std::move(external_labels)),
        external_url_(std::move(external_url)),
        value_(value) {}

  std::string TypeName() const override {
    return "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; "
           "Value interface {} }";
  }
  std::optional<Value> Field(std::string_view name) const override {
    if (name == "Labels") return labels_;
    if (name == "ExternalLabels") return external_labels_;
    if (name == "ExternalURL") return Value(external_url_);
    if (name == "Value") return Value(value_);
    return std::nullopt;
  }
  std::string ToString() const override {
    return fmt::format("{{{} {} {} {}}}", labels_.ToString(), external_labels_.ToString(), external_url_,
                       Value(value_).ToString());
  }

 private:
  Value labels_;
  Value external_labels_;
  std::string external_url_;
  double value_;
};

bool ContinuesName(std::string_view text, size_t pos) {
  if (pos >= text.size()) return false;
  const auto c = static_cast<unsigned char>(text[pos]);
  return c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Behind the action that begins at `open`: texts in it may hold the marks of its end.
size_t EndOfAction(std::string_view text, size_t open) {
  for (size_t i = open + 2; i < text.size(); ++i) {
    if (text.substr(i).starts_with("}}")) return i;
    const char quote = text[i];
    if (quote != '"' && quote != '`' && quote != '\'') continue;
    for (++i; i < text.size() && text[i] != quote; ++i) {
      if (text[i] == '\\' && quote != '`') ++i;
    }
  }
  return text.size();
}

/// A dot or dollar sign that stands alone means everything, the value included.
TemplateInputs InputsOf(std::string_view text) {
  for (const std::string_view function : {"query", "now"}) {
    if (text.find(function) != std::string_view::npos) return TemplateInputs::kAny;
  }
  for (size_t open = text.find("{{"); open != std::string_view::npos; open = text.find("{{", open)) {
    const size_t close = EndOfAction(text, open);
    const std::string_view action = text.substr(open, close - open);
    if (action.find("alue") != std::string_view::npos) return TemplateInputs::kValue;
    for (size_t i = 0; i < action.size(); ++i) {
      if ((action[i] == '.' || action[i] == '$') && !ContinuesName(action, i + 1)) {
        return TemplateInputs::kValue;
      }
    }
    open = close;
  }
  return TemplateInputs::kLabels;
}

// Columns of our positions count from 1, Go's messages from 0.
Error InGoWords(const Error& error, std::string_view name) {
  const Position& at = error.position();
  return Error(error.code(), fmt::format("error executing template {}: template: {}:{}:{}: {}", name, name,
                                         at.line, at.column - 1, error.message()));
}

}  // namespace

Result<model::Vector> ToVector(Result<model::QueryResult> result) {
  if (!result) return tl::unexpected(std::move(result.error()));
  if (auto* vector = std::get_if<model::Vector>(&result->value)) return std::move(*vector);
  if (const auto* scalar = std::get_if<model::Scalar>(&result->value)) {
    return model::Vector{{model::Labels(), scalar->timestamp, scalar->value}};
  }
  return Fail(ErrorCode::kInvalidArgument, "rule result is not a vector or scalar");
}

struct TemplateScope::Moment {
  const model::QueryEngine& engine;
  Timestamp at;
  std::stop_token stop;

  Result<model::Vector> Query(const std::string& expression) const {
    const auto query = engine.Prepare(expression);
    // With its place in the expression, and not in the template.
    if (!query) return Fail(query.error().code(), query.error().ToString());
    return ToVector((*query)->Instant(at, stop));
  }
};

TemplateScope::TemplateScope(const model::QueryEngine& engine, model::Labels external_labels,
                             std::string external_url)
    : external_labels_(std::move(external_labels)),
      external_url_(std::move(external_url)),
      external_labels_value_(ToValue(external_labels_)),
      moment_(std::make_shared<Moment>(Moment{engine, Timestamp(), {}})) {
  functions_ = templating::WithBuiltins(templating::PrometheusFunctions(
      {[moment = moment_](const std::string& expression) { return moment->Query(expression); },
       [moment = moment_] { return moment->at; }, external_url_}));
}

TemplateScope::~TemplateScope() = default;

void TemplateScope::MoveTo(Timestamp at, std::stop_token stop) {
  moment_->at = at;
  moment_->stop = std::move(stop);
}

AlertTemplateData::AlertTemplateData(const model::Labels& labels, double value, const TemplateScope& scope)
    : value_(std::make_shared<Dot>(ToValue(labels), scope.external_labels_value(), scope.external_url(),
                                   value)) {}

Result<AlertTemplate> AlertTemplate::Parse(const std::string& alert_name, const std::string& text,
                                           const TemplateScope& scope) {
  AlertTemplate result;
  if (text.find("{{") == std::string::npos) {
    result.text_ = text;
    return result;
  }
  result.inputs_ = InputsOf(text);
  result.name_ = "__alert_" + alert_name;
  result.templates_.emplace(scope.functions());
  const Status parsed = result.templates_->Parse(result.name_, std::string(kVariables) + text);
  if (parsed) return result;
  Position at = parsed.error().position();
  at.source.clear();
  if (at.line == 1) at.column -= static_cast<int>(kVariables.size());
  return tl::unexpected(parsed.error().At(at));
}

AlertTemplate AlertTemplate::Failing(const std::string& alert_name, const Error& error) {
  AlertTemplate result;
  const std::string name = "__alert_" + alert_name;
  result.error_.emplace(error.code(), fmt::format("error parsing template {}: template: {}:{}: {}", name,
                                                  name, error.position().line, error.message()));
  return result;
}

Result<std::string> AlertTemplate::Expand(const AlertTemplateData& data) const {
  if (error_) return Fail(*error_);
  if (!templates_) return text_;
  auto text = templates_->Execute(name_, data.value());
  if (!text) return tl::unexpected(InGoWords(text.error(), name_));
  return text;
}

}  // namespace tocsin::rules
