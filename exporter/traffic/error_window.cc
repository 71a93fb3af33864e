#include "exporter/traffic/error_window.h"

namespace tocsin::traffic {

ErrorWindow::ErrorWindow(size_t size, double threshold) : ring_(size), threshold_(threshold) {}

void ErrorWindow::Add(Timestamp at, bool is_error) {
  Expire(at);
  if (count_ == ring_.size()) DropOldest();
  ring_[next_] = {at, is_error};
  next_ = next_ + 1 == ring_.size() ? 0 : next_ + 1;
  ++count_;
  if (is_error) ++errors_;
  NoteCrossing();
}

void ErrorWindow::Expire(Timestamp now) {
  const size_t before = count_;
  while (count_ > 0 && now - ring_[(next_ + ring_.size() - count_) % ring_.size()].at > kMaxAge) DropOldest();
  if (count_ != before) NoteCrossing();
}

void ErrorWindow::DropOldest() {
  if (ring_[(next_ + ring_.size() - count_) % ring_.size()].is_error) --errors_;
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

}  // namespace tocsin::traffic
