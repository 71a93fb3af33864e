#include "alerting/notify/template/functions.h"

#include "alerting/template/functions/alertmanager.h"

namespace tocsin::notify {
namespace {

using templating::Value;

Result<Value> CallEscapeSlack(std::span<const Value> args) {
  const std::string* text = args[0].AsText();
  if (text == nullptr) {
    return Fail(ErrorCode::kInvalidArgument,
                "wrong type for slackEscape: expected string; got " + args[0].TypeName());
  }
  return Value(EscapeSlack(*text));
}

}  // namespace

std::string EscapeSlack(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

templating::FunctionTable TemplateFunctions(const Clock& clock) {
  templating::FunctionTable table = templating::AlertmanagerFunctions(clock);
  table["slackEscape"] = {"slackEscape", 1, 1, CallEscapeSlack};
  return table;
}

}  // namespace tocsin::notify
