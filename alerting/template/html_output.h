// html/template's contextual escaping, done while printing: the template's own text moves a small HTML, URL,
// CSS and JavaScript state machine along, and what actions print is escaped for the state it stands in.
//
// Go decides the same before it executes, so that branches which end in different contexts are its errors;
// here the branch that runs counts. A place that is not handled (an attribute's name, srcset, a regular
// expression, a template literal, a CSS url()) is kUnsupported, never printed as it is. Comments are left
// out, as Go does.
#pragma once

#include <string>
#include <string_view>

#include "alerting/template/output.h"

namespace tocsin::templating {

class HtmlOutput final : public Output {
 public:
  void Text(std::string_view text) override;
  Status Print(const Value& value) override;
  bool EscapesAsHtml() const override;
  bool EscapesAsUrl() const override;
  size_t size() const override { return out_.size(); }
  Result<std::string> Finish() override;

 private:
  enum class State { kText, kComment, kTag, kAttributeName, kAfterName, kBeforeValue, kValue, kRaw };
  enum class Attribute { kPlain, kUrl, kCss, kJs, kSrcset };
  enum class Css { kCode, kDouble, kSingle, kUrl, kComment, kUnknown };
  enum class Js { kCode, kDouble, kSingle, kTemplate, kRegexp, kLineComment, kBlockComment, kUnknown };
  enum class UrlPart { kStart, kPath, kQuery };

  // Each consumes some of `rest`.
  void TextStep(std::string_view& rest);
  void CommentStep(std::string_view& rest);
  void TagStep(std::string_view& rest);
  void AttributeNameStep(std::string_view& rest);
  void AfterNameStep(std::string_view& rest);
  void BeforeValueStep(std::string_view& rest);
  void ValueStep(std::string_view& rest);
  void RawStep(std::string_view& rest);

  void OpenTag(std::string_view& rest);
  void EndTag();
  void BeginValue(char quote);
  void Move(std::string_view& rest, size_t count);

  void Content(std::string_view text);  // of a value, a <style> or a <script>
  void UrlContent(std::string_view text);
  void CssContent(std::string_view text);
  void JsContent(std::string_view text);
  size_t JsCode(std::string_view text, size_t pos);
  std::string_view language() const;  // of the place: "css", "js", "url" or ""

  Status PrintValue(const Value& value);
  Status PrintRaw(const Value& value);
  Result<std::string> InUrl(const Value& value);
  Result<std::string> InCss(const Value& value);
  Result<std::string> InJs(const Value& value);

  std::string out_;
  State state_ = State::kText;
  std::string element_;  // whose tag is open, or whose content is raw
  std::string attribute_name_;
  Attribute attribute_ = Attribute::kPlain;
  char quote_ = '\0';
  UrlPart url_ = UrlPart::kStart;
  Css css_ = Css::kCode;
  Js js_ = Js::kCode;
  char before_ = '\0';     // the last character of code, for '/' in JavaScript
  std::string css_word_;   // the last word, for "url("
  bool in_class_ = false;  // inside [] of a regular expression
  bool newline_ = false;   // a block comment held one
};

}  // namespace tocsin::templating
