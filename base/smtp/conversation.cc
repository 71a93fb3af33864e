#include "base/smtp/conversation.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tocsin::smtp {
namespace {

constexpr size_t kMaxReplyBytes = 1000;

constexpr std::array<std::string_view, 8> kVerbs = {"EHLO", "HELO", "STARTTLS", "AUTH",
                                                    "MAIL", "RCPT", "DATA",     "QUIT"};

std::string_view Trimmed(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' '))
    line.remove_suffix(1);
  return line;
}

}  // namespace

void Conversation::Sent(std::string_view line) {
  line = Trimmed(line);
  const std::string_view verb = line.substr(0, line.find(' '));
  if (std::ranges::find(kVerbs, verb) == kVerbs.end()) return;
  if (verb == "QUIT") {
    quitting_ = true;
  } else {
    command_ = verb == "AUTH" ? verb : line;
  }
}

bool Conversation::Received(std::string_view line) {
  line = Trimmed(line);
  if (quitting_) return false;
  int code = 0;
  const auto [end, error] =
      std::from_chars(line.data(), line.data() + std::min<size_t>(line.size(), 3), code);
  if (error != std::errc() || end != line.data() + 3 || code < 100) return false;
  std::string_view text = line.substr(3);
  const bool last = !text.starts_with('-');
  if (!text.empty()) text.remove_prefix(1);
  if (partial_.empty()) partial_ = line.substr(0, 3);
  if (!text.empty() && partial_.size() + text.size() < kMaxReplyBytes) partial_.append(" ").append(text);
  if (!last) return false;
  code_ = code;
  reply_ = std::move(partial_);
  partial_.clear();
  return true;
}

}  // namespace tocsin::smtp
