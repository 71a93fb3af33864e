#include "alerting/web/import_api.h"

#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "alerting/collect/exposition/parser.h"

namespace tocsin::web {
namespace {

using collect::Parser;

http::Response ImportRefused(int status, std::string message) {
  return http::Response::Text(status, std::move(message) + "\n");
}

/// Samples as they are read, with the store's short name for the series before, as texts list a series'
/// samples one after another.
class Importer {
 public:
  Importer(model::Appendable& appendable, Timestamp now) : appender_(appendable.MakeAppender()), now_(now) {}

  /// Of a text that is right to its end.
  Status Read(Parser& parser) {
    for (;;) {
      Result<Parser::Entry> entry = parser.TakeKnown(series_) ? Parser::Entry::kSample : parser.Next();
      if (!entry) return Fail(entry.error());
      if (*entry == Parser::Entry::kEnd) return {};
      if (*entry != Parser::Entry::kSample) continue;
      if (Status taken = Take(parser); !taken) return taken;
    }
  }

  Status Commit() { return appender_->Commit(); }

  std::optional<Error> refusal() const {
    if (!first_) return std::nullopt;
    return first_->WithContext(fmt::format("{} of {} samples refused, the first", refused_, samples_));
  }

 private:
  Status Take(const Parser& parser) {
    if (parser.series() != series_ || ref_ == 0) {
      Result<std::vector<model::Label>> labels = parser.ReadLabels();
      if (!labels) return Fail(labels.error());
      labels_ = model::Labels(*labels);
      series_ = parser.series();
      ref_ = 0;
    }
    ++samples_;
    const Timestamp at = parser.timestamp().value_or(now_);
    Result<model::SeriesRef> appended = appender_->Append(ref_, labels_, at, parser.value());
    if (appended) {
      ref_ = *appended;
    } else if (++refused_ == 1) {
      first_ = appended.error().WithContext(fmt::format("{} at {}", labels_.ToString(), at.millis()));
    }
    return {};
  }

  std::unique_ptr<model::Appender> appender_;
  const Timestamp now_;
  std::string_view series_;
  model::Labels labels_;
  model::SeriesRef ref_ = 0;
  uint64_t samples_ = 0;
  uint64_t refused_ = 0;
  std::optional<Error> first_;
};

http::Response Import(model::Appendable& appendable, Timestamp now, const http::Request& request) {
  if (!request.headers.Get("Content-Encoding").empty()) {
    return ImportRefused(415, "the body must not be compressed");
  }
  const auto format =
      collect::FormatOfContentType(request.headers.Get("Content-Type"), collect::BodyFormat::kText);
  if (!format) return ImportRefused(415, format.error().message());
  Parser parser(request.body, *format);
  Importer importer(appendable, now);
  if (Status read = importer.Read(parser); !read) return ImportRefused(400, read.error().ToString());
  if (Status committed = importer.Commit(); !committed) {
    return ImportRefused(500, committed.error().ToString());
  }
  if (auto refusal = importer.refusal()) {
    return ImportRefused(refusal->code() == ErrorCode::kResourceExhausted ? 429 : 400, refusal->ToString());
  }
  http::Response done;
  done.status = 204;
  return done;
}

}  // namespace

void AddImportApi(http::Router& router, model::Appendable* appendable, const Clock& clock,
                  const Guard& guard) {
  constexpr const char* kPath = "/api/v1/import/prometheus";
  if (appendable == nullptr) {
    router.Post(kPath, [](const http::Request&) {
      return ImportRefused(404, "the import needs to be enabled with --web.enable-import");
    });
    return;
  }
  router.Post(kPath, guard.Protect([appendable, &clock](const http::Request& request) {
    return Import(*appendable, clock.Now(), request);
  }));
}

}  // namespace tocsin::web
