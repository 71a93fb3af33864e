#include "alerting/collect/scrape/intake.h"

#include <fmt/format.h>

#include "base/http/message.h"

namespace tocsin::collect {
namespace {

constexpr int kOk = 200;

}  // namespace

Intake::Attempt Intake::Begin(Timestamp at) {
  const std::lock_guard lock(mutex_);
  at_ = at;
  return ++attempt_;
}

Result<BodyFormat> Intake::FormatOf(const http::ClientResponse& head) const {
  if (head.status != kOk) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("server returned HTTP status {} {}", head.status, http::StatusText(head.status)));
  }
  return FormatOfContentType(head.headers.Get("Content-Type"), fallback_);
}

/// At the first bytes of the body, or at its end when it has none.
Status Intake::Open(const http::ClientResponse& head) {
  const Result<BodyFormat> format = FormatOf(head);
  if (!format) return Fail(format.error());
  appender_ = store_.MakeAppender();
  ingester_.Begin(*format, at_, *appender_, counts_);
  return {};
}

void Intake::Take(Attempt attempt, const http::ClientResponse& head, std::string_view piece) {
  const std::lock_guard lock(mutex_);
  if (attempt != attempt_) return;
  if (!opened_) opened_ = Open(head);
  if (*opened_) ingester_.Take(piece);
}

Status Intake::Finish(const Result<http::ClientResponse>& answer) {
  if (!answer) {
    if (appender_) ingester_.Abandon();
    counts_ = {};
    return Fail(answer.error());
  }
  if (!opened_) opened_ = Open(*answer);
  return *opened_ ? ingester_.Finish() : *opened_;
}

Intake::Outcome Intake::End(const Result<http::ClientResponse>& answer) {
  const std::lock_guard lock(mutex_);
  ++attempt_;
  Outcome outcome;
  outcome.status = Finish(answer);
  outcome.counts = std::exchange(counts_, {});
  outcome.appender = std::move(appender_);
  opened_.reset();
  if (!outcome.status) {
    if (outcome.appender) outcome.appender->Rollback();
    outcome.appender = store_.MakeAppender();
    ingester_.MarkAllStale(at_, *outcome.appender);
  }
  outcome.exemplars = ingester_.TakeExemplars();
  return outcome;
}

void Intake::Drop() {
  const std::lock_guard lock(mutex_);
  ++attempt_;
  if (appender_) ingester_.Abandon();
  appender_.reset();
  opened_.reset();
  counts_ = {};
}

void Intake::MarkAllStale(Timestamp at, model::Appender& appender) {
  const std::lock_guard lock(mutex_);
  ingester_.MarkAllStale(at, appender);
}

void Intake::Adopt(std::vector<model::SeriesRef> series) {
  const std::lock_guard lock(mutex_);
  ingester_.Adopt(std::move(series));
}

std::vector<model::SeriesRef> Intake::Live() const {
  const std::lock_guard lock(mutex_);
  return ingester_.Live();
}

std::shared_ptr<const MetadataMap> Intake::TakeMetadata() {
  const std::lock_guard lock(mutex_);
  return ingester_.TakeMetadataChange() ? std::make_shared<const MetadataMap>(ingester_.metadata()) : nullptr;
}

}  // namespace tocsin::collect
