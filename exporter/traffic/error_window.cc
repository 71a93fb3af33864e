#include "exporter/traffic/error_window.h"

namespace tocsin::traffic {

ErrorWindow::ErrorWindow(size_t size, double threshold) : ring_(size), threshold_(threshold) {}

void ErrorWindow::AddAny(Timestamp at, bool is_error) {
  Expire(at);
  Put(at, is_error);
  NoteCrossing();
}

void ErrorWindow::Put(Timestamp at, bool is_error) {
  if (count_ == ring_.size()) DropOldest();
  ring_[next_] = {at, is_error};
  next_ = Following(next_);
  ++count_;
  if (is_error) ++errors_;
}

void ErrorWindow::Expire(Timestamp now) {
  const size_t before = count_;
  while (count_ > 0 && now - ring_[oldest_].at > kMaxAge) DropOldest();
  if (count_ != before) NoteCrossing();
}

void ErrorWindow::DropOldest() {
  if (ring_[oldest_].is_error) --errors_;
  oldest_ = Following(oldest_);
  --count_;
}

std::optional<double> ErrorWindow::ratio() const {
  if (count_ < kMinRequests) return std::nullopt;
  return static_cast<double>(errors_) / static_cast<double>(count_);
}

void ErrorWindow::NoteCrossing() {
  const bool exceeds =
      count_ >= kMinRequests && static_cast<double>(errors_) > threshold_ * static_cast<double>(count_);
  if (exceeds && !breached_) ++breaches_;
  breached_ = exceeds;
}

void ErrorWindow::Write(exposition::Writer& writer) const {
  using exposition::Type;
  if (const std::optional<double> now = ratio()) {
    writer.Family(
        "nginx_error_window_ratio",
        "Share of the last requests in which an upstream attempt ended in 5xx; left out under 20 requests.",
        Type::kGauge);
    writer.Sample("", *now);
  }
  writer.Family("nginx_error_window_requests",
                "Requests that the error window holds, none older than 5 minutes.", Type::kGauge);
  writer.Sample("", static_cast<uint64_t>(count_));
  writer.Family("nginx_error_window_breaches_total",
                "Times that the error window's ratio came to exceed the threshold.", Type::kCounter);
  writer.Sample("", breaches_);
  writer.Family("nginx_error_rate_threshold_ratio", "The threshold, as configured.", Type::kGauge);
  writer.Sample("", threshold_);
}

void ErrorWindow::Save(checkpoint::Writer& out) const {
  out.Section("window", 1, [&] {
    out.Int(breaches_);
    out.Bool(breached_);
    out.Int(count_);
    int64_t last = 0;
    for (size_t i = 0, place = oldest_; i < count_; ++i, place = Following(place)) {
      out.SignedInt(ring_[place].at.millis() - last);
      out.Bool(ring_[place].is_error);
      last = ring_[place].at.millis();
    }
  });
}

Status ErrorWindow::Restore(checkpoint::Reader& in) {
  checkpoint::Reader body = in.Section("window", 1);
  breaches_ = body.Int();
  breached_ = body.Bool();
  uint64_t millis = 0;
  for (uint64_t i = body.Count(2); i > 0 && body.ok(); --i) {
    millis += static_cast<uint64_t>(body.SignedInt());  // unsigned, so that made-up bytes can't overflow
    Put(Timestamp::FromMillis(static_cast<int64_t>(millis)), body.Bool());
  }
  return body.Finish();
}

}  // namespace tocsin::traffic
