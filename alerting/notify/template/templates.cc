#include "alerting/notify/template/templates.h"

#include "alerting/notify/template/data.h"
#include "alerting/notify/template/functions.h"
#include "base/files.h"

namespace tocsin::notify {

Templates::Templates(const Clock& clock, std::string external_url)
    : set_(TemplateFunctions(clock)), external_url_(std::move(external_url)) {}

Checked<std::shared_ptr<const Templates>> Templates::Load(const std::vector<std::string>& globs,
                                                          const Clock& clock, std::string external_url) {
  Errors errors;
  auto check = [&errors](const Status& status) {
    if (!status) errors.push_back(status.error());
  };
  std::shared_ptr<Templates> templates(new Templates(clock, std::move(external_url)));
  check(templates->set_.Parse("default templates", DefaultTemplates()));
  for (const std::string& glob : globs) {
    auto files = Glob(glob);
    if (!files) {
      errors.push_back(files.error());
      continue;
    }
    for (const auto& file : *files) {
      auto text = ReadFile(file);
      check(text ? templates->set_.Parse(file.string(), *text) : Status(Fail(text.error())));
    }
  }
  if (!errors.empty()) return tl::unexpected<Errors>(std::move(errors));
  return templates;
}

templating::Value Templates::Data(const Notification& notification) const {
  return MakeTemplateData(notification, external_url_);
}

Result<std::string> Templates::Text(const std::string& field, const templating::Value& data) const {
  if (field.find("{{") == std::string::npos) return field;
  return set_.ExecuteText(field, data);
}

Result<std::string> Templates::Html(const std::string& field, const templating::Value& data) const {
  if (field.find("{{") == std::string::npos) return field;
  return set_.ExecuteHtmlText(field, data);
}

}  // namespace tocsin::notify
