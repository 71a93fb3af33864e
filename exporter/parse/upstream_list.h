// nginx's $upstream_* variables: one element for each server that a request was tried on.
//
// nginx joins the elements with ", " when it goes on to the next server and with " : " when an internal
// redirect (X-Accel- Redirect, error_page) starts over; "-" is an unset status or time. Addresses hold colons
// of their own ("[::1]:80", "unix:/run/app.sock"). The lists of one request match position by position.
#pragma once

#include <cstdint>
#include <string_view>

#include "exporter/parse/log_record.h"
#include "exporter/parse/values.h"

namespace tocsin::parse {

/// Takes one such list apart. A separator at the very end opens no further element.
class UpstreamList {
 public:
  enum class Joint : uint8_t { kNone, kRetry, kRedirect };  ///< what stood before the element

  explicit UpstreamList(std::string_view text) : rest_(text), done_(text.empty()) {}

  /// False when the list is at its end. `element` may be empty.
  bool Next(std::string_view& element, Joint& joint);

 private:
  std::string_view rest_;
  bool done_;
  Joint joint_ = Joint::kNone;
};

/// One try on one upstream server.
struct Attempt {
  std::string_view address;             ///< "" when the log doesn't say
  std::string_view status_text;         ///< "" when the log doesn't say, "-" when there was no answer
  int status = 0;                       ///< 0 when there is none
  int64_t response_micros = kNoMicros;  ///< that when there was no answer
  bool is_retry = false;                ///< nginx came here because the attempt before it failed
};

/// The attempts of one request, in order: its lists zipped. Allocates nothing.
class AttemptReader {
 public:
  explicit AttemptReader(const LogRecord& record)
      : addresses_(record.Text(Field::kUpstreamAddr)),
        statuses_(record.Text(Field::kUpstreamStatus)),
        times_(record.Text(Field::kUpstreamResponseTime)) {}

  /// False when nothing in the record speaks of an attempt.
  static bool MayHaveAny(const LogRecord& record) {
    return !record.Text(Field::kUpstreamAddr).empty() || !record.Text(Field::kUpstreamStatus).empty();
  }

  /// False at the end. Elements of which nothing is known (a request that reached no server) are passed over.
  bool Next(Attempt& attempt);

 private:
  UpstreamList addresses_;
  UpstreamList statuses_;
  UpstreamList times_;
};

}  // namespace tocsin::parse
