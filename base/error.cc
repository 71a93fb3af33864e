#include "base/error.h"

#include <fmt/format.h>

namespace tocsin {

std::string Position::ToString() const {
  if (line == 0) return source;
  std::string place = column == 0 ? fmt::format("{}", line) : fmt::format("{}:{}", line, column);
  return source.empty() ? place : source + ":" + place;
}

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kPermission:
      return "permission";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kCanceled:
      return "canceled";
    case ErrorCode::kResourceExhausted:
      return "resource_exhausted";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

bool Error::retryable() const {
  if (retryable_ >= 0) return retryable_ != 0;
  return code_ == ErrorCode::kUnavailable || code_ == ErrorCode::kTimeout;
}

Error Error::At(Position position) const {
  Error copy = *this;
  copy.position_ = std::move(position);
  return copy;
}

Error Error::WithContext(std::string_view context) const {
  Error copy = *this;
  copy.message_ = fmt::format("{}: {}", context, message_);
  return copy;
}

Error Error::Retryable(bool yes) const {
  Error copy = *this;
  copy.retryable_ = yes ? 1 : 0;
  return copy;
}

std::string Error::ToString() const {
  std::string place = position_.ToString();
  return place.empty() ? message_ : place + ": " + message_;
}

std::string ToString(const Errors& errors) {
  std::string text;
  for (const Error& error : errors) {
    if (!text.empty()) text += '\n';
    text += error.ToString();
  }
  return text;
}

}  // namespace tocsin
