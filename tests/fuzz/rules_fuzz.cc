// Any bytes as a rule file: read or refused with positions that lie in the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "alerting/rules/rule_file.h"
#include "base/yaml/go_yaml.h"

using namespace tocsin;  // NOLINT(google-build-using-namespace): a program of its own

namespace {

// Takes any expression but those with a '!', whose place it reports.
class PickyEngine final : public model::QueryEngine {
 public:
  Result<std::shared_ptr<const model::PreparedQuery>> Prepare(std::string_view expression) const override {
    const size_t bad = expression.find('!');
    if (bad == std::string_view::npos) return std::make_shared<Query>(std::string(expression));
    return Fail(ErrorCode::kInvalidArgument, "bad", {"", 1, static_cast<int>(bad) + 1});
  }

 private:
  class Query final : public model::PreparedQuery {
   public:
    explicit Query(std::string text) : text_(std::move(text)) {}
    const std::string& text() const override { return text_; }
    model::ValueType type() const override { return model::ValueType::kVector; }
    Result<model::QueryResult> Instant(Timestamp, std::stop_token) const override {
      return model::QueryResult{};
    }
    Result<model::QueryResult> Range(Timestamp, Timestamp, Duration, std::stop_token) const override {
      return model::QueryResult{};
    }

   private:
    std::string text_;
  };
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const PickyEngine engine;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto groups = rules::ReadRules(text, "fuzz", engine, {});
  if (groups) return 0;
  const std::string plain = yaml::PlainText(std::string(text));
  const auto lines = std::count(plain.begin(), plain.end(), '\n') + 2;
  for (const Error& error : groups.error()) {
    if (error.position().line > lines) std::abort();
  }
  return 0;
}
