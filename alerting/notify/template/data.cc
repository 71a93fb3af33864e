#include "alerting/notify/template/data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/http/message.h"

namespace tocsin::notify {
namespace {

using templating::Element;
using templating::List;
using templating::Map;
using templating::Object;
using templating::Value;

template <typename T>
Value MakeObject(T object) {
  return std::shared_ptr<const Object>(std::make_shared<const T>(std::move(object)));
}

std::optional<Result<Value>> WrongArguments(std::string_view method, size_t want, size_t got) {
  return Result<Value>(Fail(ErrorCode::kInvalidArgument,
                            fmt::format("wrong number of args for {}: want {} got {}", method, want, got)));
}

/// A struct: nothing but fields, in Go's order.
class Struct : public Object {
 public:
  using Fields = std::vector<std::pair<std::string, Value>>;
  Struct(std::string type, Fields fields, Fields json)
      : type_(std::move(type)), fields_(std::move(fields)), json_(std::move(json)) {}

  std::string TypeName() const override { return type_; }
  std::optional<Value> Field(std::string_view name) const override {
    for (const auto& [field, value] : fields_) {
      if (field == name) return value;
    }
    return std::nullopt;
  }
  std::vector<std::pair<std::string, Value>> JsonFields() const override { return json_; }
  std::string ToString() const override {
    std::string text = "{";
    for (const auto& [field, value] : fields_) text += (text.size() > 1 ? " " : "") + value.ToString();
    return text + "}";
  }

 private:
  std::string type_;
  Fields fields_;
  Fields json_;
};

/// template.Pairs: what SortedPairs gives.
class Pairs final : public Object {
 public:
  explicit Pairs(const Map& map) {
    for (const auto& [name, value] : map) {
      names_.emplace_back(name);
      values_.push_back(value);
      pairs_.push_back(MakeObject(
          Struct("template.Pair", {{"Name", name}, {"Value", value}}, {{"Name", name}, {"Value", value}})));
    }
  }
  std::string TypeName() const override { return "template.Pairs"; }
  const List* AsList() const override { return &pairs_; }
  std::optional<Result<Value>> Call(std::string_view method, std::span<const Value> args) const override {
    if (method != "Names" && method != "Values" && method != "String") return std::nullopt;
    if (!args.empty()) return WrongArguments(method, 0, args.size());
    if (method == "String") return Result<Value>(ToString());
    return Result<Value>(Value(method == "Names" ? names_ : values_, Element::kString));
  }
  std::string ToString() const override {
    std::string text;
    for (size_t i = 0; i < names_.size(); ++i) {
      text += (i > 0 ? ", " : "") + names_[i].ToString() + "=" + values_[i].ToString();
    }
    return text;
  }

 private:
  List names_;
  List values_;
  List pairs_;
};

/// template.KV: labels or annotations. Its keys are looked up by the interpreter, after the methods.
class KeyValues final : public Object {
 public:
  explicit KeyValues(const model::Labels& labels) {
    for (const model::LabelView label : labels) map_.emplace(label.name, label.value);
  }
  explicit KeyValues(Map map) : map_(std::move(map)) {}

  std::string TypeName() const override { return "template.KV"; }
  const Map* AsMap() const override { return &map_; }
  Element element() const override { return Element::kString; }
  std::optional<Result<Value>> Call(std::string_view method, std::span<const Value> args) const override {
    if (method == "Remove") {
      if (args.size() != 1) return WrongArguments(method, 1, args.size());
      return Remove(args[0]);
    }
    if (method != "SortedPairs" && method != "Names" && method != "Values" && method != "String")
      return std::nullopt;
    if (!args.empty()) return WrongArguments(method, 0, args.size());
    if (method == "String") return Result<Value>(ToString());
    auto pairs = std::make_shared<const Pairs>(map_);
    if (method == "SortedPairs") return Result<Value>(Value(std::shared_ptr<const Object>(pairs)));
    return pairs->Call(method, args);
  }
  std::string ToString() const override { return Pairs(map_).ToString(); }

 private:
  Result<Value> Remove(const Value& names) const {
    const List* list = names.AsList();
    if (list == nullptr) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("wrong type for Remove: want []string, got {}", names.TypeName()));
    }
    Map left = map_;
    for (const Value& name : *list) left.erase(name.ToString());
    return MakeObject(KeyValues(std::move(left)));
  }

  Map map_;
};

/// template.Alerts.
class AlertList final : public Object {
 public:
  AlertList(List firing, List resolved, List all)
      : firing_(std::move(firing)), resolved_(std::move(resolved)), all_(std::move(all)) {}

  std::string TypeName() const override { return "template.Alerts"; }
  const List* AsList() const override { return &all_; }
  std::optional<Result<Value>> Call(std::string_view method, std::span<const Value> args) const override {
    if (method != "Firing" && method != "Resolved") return std::nullopt;
    if (!args.empty()) return WrongArguments(method, 0, args.size());
    return Result<Value>(Value(method == "Firing" ? firing_ : resolved_));
  }

 private:
  List firing_;
  List resolved_;
  List all_;
};

std::string ValueText(double value) { return std::isnan(value) ? "" : fmt::format("{:.6g}", value); }

/// Where our pages make a silence of the alert's labels, as Alertmanager's do.
std::string SilenceUrl(const model::Alert& alert, const std::string& external_url) {
  if (external_url.empty()) return "";
  return external_url + "/#/silences/new?filter=" + http::UrlEncode(alert.labels.ToString());
}

Value AlertData(const model::Alert& alert, bool firing, const std::string& external_url) {
  std::string status = firing ? "firing" : "resolved";
  Value labels = MakeObject(KeyValues(alert.labels));
  Value annotations = MakeObject(KeyValues(alert.annotations));
  Value starts_at = alert.starts_at;
  Value ends_at = firing ? kNoEnd : alert.ends_at;
  std::string fingerprint = FingerprintText(alert.labels);
  Struct::Fields json{{"status", status},          {"labels", labels},  {"annotations", annotations},
                      {"startsAt", starts_at},     {"endsAt", ends_at}, {"generatorURL", alert.generator_url},
                      {"fingerprint", fingerprint}};
  Struct::Fields fields{{"Status", status},
                        {"Labels", labels},
                        {"Annotations", annotations},
                        {"StartsAt", starts_at},
                        {"EndsAt", ends_at},
                        {"GeneratorURL", alert.generator_url},
                        {"Fingerprint", fingerprint},
                        {"Value", ValueText(alert.value)},
                        {"EndReason", std::string(firing ? "" : model::EndReasonName(alert.end_reason))},
                        {"SilenceURL", SilenceUrl(alert, external_url)}};
  return MakeObject(Struct("template.Alert", std::move(fields), std::move(json)));
}

model::Labels Common(const Notification& notification, model::Labels model::Alert::*set) {
  if (notification.alerts.empty()) return {};
  if (notification.alerts.size() == 1) return (*notification.alerts.front()).*set;
  std::vector<model::LabelView> common;
  for (const model::LabelView label : (*notification.alerts.front()).*set) {
    bool everywhere =
        std::all_of(notification.alerts.begin(), notification.alerts.end(),
                    [&](const auto& alert) { return ((*alert).*set).Get(label.name) == label.value; });
    if (everywhere) common.push_back(label);
  }
  return model::Labels(common);
}

}  // namespace

std::string QuoteMeta(std::string_view text) {
  constexpr std::string_view kSpecial = R"(\.+*?()|[]{}^$)";
  std::string out;
  for (char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string FingerprintText(const model::Labels& labels) {
  return fmt::format("{:016x}", labels.Fingerprint());
}

model::Labels CommonLabels(const Notification& notification) {
  return Common(notification, &model::Alert::labels);
}

model::Labels CommonAnnotations(const Notification& notification) {
  return Common(notification, &model::Alert::annotations);
}

Value MakeTemplateData(const Notification& notification, const std::string& external_url) {
  List firing;
  List resolved;
  List all;
  for (const model::AlertPtr& alert : notification.alerts) {
    bool fires = notification.IsFiring(*alert);
    Value data = AlertData(*alert, fires, external_url);
    (fires ? firing : resolved).push_back(data);
    all.push_back(data);
  }
  // Alertmanager quotes the receiver's name as a regular expression would need it; templates rely on that.
  std::string receiver = QuoteMeta(notification.receiver);
  std::string status = firing.empty() ? "resolved" : "firing";
  Value alerts = MakeObject(AlertList(std::move(firing), std::move(resolved), std::move(all)));
  Value group_labels = MakeObject(KeyValues(notification.group_labels));
  Value common_labels = MakeObject(KeyValues(CommonLabels(notification)));
  Value common_annotations = MakeObject(KeyValues(CommonAnnotations(notification)));
  Struct::Fields json{{"receiver", receiver},
                      {"status", status},
                      {"alerts", alerts},
                      {"notification_reason", notification.reason},
                      {"groupLabels", group_labels},
                      {"commonLabels", common_labels},
                      {"commonAnnotations", common_annotations},
                      {"externalURL", external_url}};
  Struct::Fields fields{{"Receiver", receiver},
                        {"Status", status},
                        {"Alerts", alerts},
                        {"NotificationReason", notification.reason},
                        {"GroupLabels", group_labels},
                        {"CommonLabels", common_labels},
                        {"CommonAnnotations", common_annotations},
                        {"ExternalURL", external_url}};
  return MakeObject(Struct("*template.Data", std::move(fields), std::move(json)));
}

}  // namespace tocsin::notify
