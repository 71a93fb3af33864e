// Where an execution prints: as it comes, or escaped for the place in an HTML document.
#pragma once

#include <string>
#include <string_view>

#include "alerting/template/value.h"
#include "base/error.h"

namespace tocsin::templating {

class Output {
 public:
  virtual ~Output() = default;
  /// The template's own text.
  virtual void Text(std::string_view text) = 0;
  /// What an action gave.
  virtual Status Print(const Value& value) = 0;
  /// True when Print() escapes as the function `html` (`urlquery`) would: at a pipeline's end it is then not
  /// done twice.
  virtual bool EscapesAsHtml() const = 0;
  virtual bool EscapesAsUrl() const = 0;
  virtual size_t size() const = 0;
  /// The whole output; fails when the document ends in the middle of something.
  virtual Result<std::string> Finish() = 0;
};

class TextOutput final : public Output {
 public:
  void Text(std::string_view text) override { out_ += text; }
  Status Print(const Value& value) override {
    out_ += value.is_nil() ? "<no value>" : value.ToString();
    return {};
  }
  bool EscapesAsHtml() const override { return false; }
  bool EscapesAsUrl() const override { return false; }
  size_t size() const override { return out_.size(); }
  Result<std::string> Finish() override { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace tocsin::templating
