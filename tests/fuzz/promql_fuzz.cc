// Any text: it must parse or fail cleanly; what parses must print to a fixed point; what prints must evaluate
// or fail cleanly, over a tiny store.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "alerting/promql/engine.h"
#include "alerting/store/store.h"

namespace {

using namespace tocsin;

/// A few series under the names that random expressions are likely to hit.
std::unique_ptr<store::Store> MakeStore() {
  auto store = std::make_unique<store::Store>();
  auto appender = store->MakeAppender();
  for (const char* name : {"a", "b", "foo"}) {
    for (const char* job : {"x", "y"}) {
      for (int64_t i = 0; i < 20; ++i) {
        model::Labels labels{{"__name__", name}, {"job", job}, {"le", i % 2 == 0 ? "1" : "+Inf"}};
        (void)appender->Append(0, labels, Timestamp::FromMillis(i * 10'000), static_cast<double>(i));
      }
    }
  }
  (void)appender->Commit();
  return store;
}

/// Prometheus prints inf^2 as +Inf ^ 2, which reads as a sign before inf^2 and is printed as ++Inf ^ 2.
std::string WithoutSigns(std::string text) {
  for (size_t at = 0; (at = text.find("+Inf", at)) != std::string::npos;) {
    text.erase(at, 1);
    if (at > 0 && text[at - 1] == '+') --at;
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Not leaked: LeakSanitizer does not see that a pool of texts, in a mapping of its own, holds anything.
  static const std::unique_ptr<const store::Store> kStore = MakeStore();
  static const FakeClock kClock;
  static const promql::Engine kEngine(*kStore, kClock,
                                      {.limits = {.max_samples = 20'000}, .enable_experimental = true});
  auto query = kEngine.Prepare({reinterpret_cast<const char*>(data), size});
  if (!query) return 0;
  auto again = kEngine.Prepare((*query)->text());
  if (!again || WithoutSigns((*again)->text()) != WithoutSigns((*query)->text())) std::abort();
  (void)(*query)->Instant(Timestamp::FromMillis(150'000), {});
  (void)(*query)->Range(Timestamp::FromMillis(0), Timestamp::FromMillis(200'000), Duration(20'000), {});
  return 0;
}
