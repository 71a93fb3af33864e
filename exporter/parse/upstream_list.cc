#include "exporter/parse/upstream_list.h"

namespace tocsin::parse {

bool UpstreamList::Next(std::string_view& element, Joint& joint) {
  if (done_) return false;
  joint = joint_;
  for (size_t space = rest_.find(' '); space != std::string_view::npos; space = rest_.find(' ', space + 1)) {
    size_t end = 0;
    if (space > 0 && rest_[space - 1] == ',') {
      end = space - 1;
      joint_ = Joint::kRetry;
    } else if (rest_.substr(space, 3) == " : ") {
      end = space;
      joint_ = Joint::kRedirect;
    } else {
      continue;
    }
    element = rest_.substr(0, end);
    rest_.remove_prefix(joint_ == Joint::kRetry ? space + 1 : space + 3);
    done_ = rest_.empty();
    return true;
  }
  element = rest_;
  done_ = true;
  return true;
}

bool AttemptReader::Next(Attempt& attempt) {
  using Joint = UpstreamList::Joint;
  while (true) {
    std::string_view time;
    attempt = {};
    Joint by_address = Joint::kNone;
    Joint by_status = Joint::kNone;
    Joint by_time = Joint::kNone;
    const bool more = static_cast<int>(addresses_.Next(attempt.address, by_address)) |
                      static_cast<int>(statuses_.Next(attempt.status_text, by_status)) |
                      static_cast<int>(times_.Next(time, by_time));
    if (!more) return false;
    if (attempt.address == "-") attempt.address = {};
    const bool answered = !attempt.status_text.empty() && attempt.status_text != "-";
    if (attempt.address.empty() && !answered) continue;
    if (answered) attempt.status = ParseStatus(attempt.status_text).value_or(0);
    attempt.response_micros = ReadMicros(time);
    attempt.is_retry = by_address == Joint::kRetry || by_status == Joint::kRetry || by_time == Joint::kRetry;
    return true;
  }
}

}  // namespace tocsin::parse
