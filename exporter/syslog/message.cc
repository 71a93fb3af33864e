#include "exporter/syslog/message.h"

#include <algorithm>

namespace tocsin::syslog {

namespace {

constexpr size_t kTimeBytes = std::string_view("Nov 21 10:15:03 ").size();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// "<0>" to "<191>".
bool TakePriority(std::string_view& text) {
  constexpr size_t kMostDigits = 3;
  if (!text.starts_with('<')) return false;
  const size_t end = text.find('>');
  if (end == std::string_view::npos || end < 2 || end > kMostDigits + 1) return false;
  const std::string_view digits = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return std::all_of(digits.begin(), digits.end(), IsDigit);
}

bool TakeTime(std::string_view& text) {
  if (text.size() < kTimeBytes) return false;
  const std::string_view time = text.substr(0, kTimeBytes);
  text.remove_prefix(kTimeBytes);
  return time[3] == ' ' && time[6] == ' ' && time[9] == ':' && time[12] == ':' && time[15] == ' ' &&
         IsDigit(time[5]) && IsDigit(time[7]) && IsDigit(time[8]);
}

std::string_view TakeWord(std::string_view& text) {
  const size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

std::optional<std::string_view> LineOf(std::string_view datagram) {
  std::string_view rest = datagram;
  if (!TakePriority(rest) || !TakeTime(rest)) return std::nullopt;
  // A host's name holds no colon at its end, a tag always does.
  if (!TakeWord(rest).ends_with(':') && !TakeWord(rest).ends_with(':')) return std::nullopt;
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\0')) rest.remove_suffix(1);
  return rest;
}

}  // namespace tocsin::syslog
