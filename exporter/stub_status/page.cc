#include "exporter/stub_status/page.h"

#include <charconv>

namespace tocsin::stub_status {

namespace {

/// Reads the page's words one after another; the first that is not as expected fails all further ones.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  void Expect(std::string_view word) { good_ = good_ && Next() == word; }
  bool Has(std::string_view word) {
    const std::string_view before = rest_;
    if (Next() == word) return true;
    rest_ = before;
    return false;
  }
  void Number(uint64_t& number) {
    const std::string_view word = Next();
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
    good_ = good_ && parsed.ec == std::errc{} && parsed.ptr == word.data() + word.size();
  }
  bool good() const { return good_; }
  bool at_end() { return Next().empty(); }

 private:
  std::string_view Next() {
    static constexpr std::string_view kSpace = " \t\r\n";
    const size_t first = rest_.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return rest_ = {};
    rest_.remove_prefix(first);
    const std::string_view word = rest_.substr(0, rest_.find_first_of(kSpace));
    rest_.remove_prefix(word.size());
    return word;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

Result<Page> ParsePage(std::string_view text) {
  Page page;
  Words words(text);
  words.Expect("Active");
  words.Expect("connections:");
  words.Number(page.active);
  for (const char* word : {"server", "accepts", "handled", "requests"}) words.Expect(word);
  const bool is_tengine = words.Has("request_time");
  words.Number(page.accepted);
  words.Number(page.handled);
  words.Number(page.requests);
  uint64_t request_time = 0;
  if (is_tengine) words.Number(request_time);
  words.Expect("Reading:");
  words.Number(page.reading);
  words.Expect("Writing:");
  words.Number(page.writing);
  words.Expect("Waiting:");
  words.Number(page.waiting);
  if (!words.good() || !words.at_end()) return Fail(ErrorCode::kInvalidArgument, "not a stub_status page");
  return page;
}

}  // namespace tocsin::stub_status
