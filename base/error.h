// Errors are values here: a function that can fail returns Result<T>, and the compiler warns when the result
// is dropped. Exceptions of libraries are caught in the wrapper that calls them and become an Error.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace tocsin {

/// A place in what the *user* wrote: a file, a query, a log line. Lines and columns count from 1, columns in
/// bytes; 0 means unknown.
struct Position {
  std::string source;  ///< file name as the user gave it, or what else the text is ("--query"); may be empty
  int line = 0;
  int column = 0;

  /// "rules.yml:12:5", "rules.yml", "12:5" or "": what is known of it.
  std::string ToString() const;
  friend bool operator==(const Position&, const Position&) = default;
};

/// What kind of failure it is, for code that has to decide what to do next.
enum class ErrorCode {
  kInvalidArgument,    ///< the input is wrong: bad syntax, a bad value, a bad flag
  kUnsupported,        ///< the input is right, but this version can't do it
  kNotFound,           ///< no such file, series, alert …
  kPermission,         ///< the system or a server refused us
  kUnavailable,        ///< the other side can't be reached or answers that it can't now
  kTimeout,            ///< a deadline passed
  kCanceled,           ///< the caller went away
  kResourceExhausted,  ///< a limit of ours was reached: size, count, depth
  kIo,                 ///< reading or writing failed below us
  kInternal,           ///< our own fault; never expected
};

/// Snake-case name, for logs and labels ("invalid_argument").
std::string_view ErrorCodeName(ErrorCode code);

/// A failure as a value: what kind, what to tell the user, where in the user's input, and whether trying
/// again can help. Messages start in lower case, end without a full stop, and never hold a secret.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message, Position position = {})
      : code_(code), message_(std::move(message)), position_(std::move(position)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const Position& position() const { return position_; }
  /// True when the same call may succeed later; kUnavailable and kTimeout are, others when marked so.
  bool retryable() const;

  /// Each returns a changed copy.
  Error At(Position position) const;
  Error WithContext(std::string_view context) const;  ///< "context: message"
  Error Retryable(bool yes) const;

  /// "file:line:column: message", or the message alone when there is no position.
  std::string ToString() const;

 private:
  ErrorCode code_;
  std::string message_;
  Position position_;
  signed char retryable_ = -1;  // -1: by code
};

/// All faults of one document, in the order of their positions; never empty when it stands for a failure.
using Errors = std::vector<Error>;

/// One line an error.
std::string ToString(const Errors& errors);

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Of a reader that goes on after the first fault and reports them all.
template <typename T>
using Checked = tl::expected<T, Errors>;

/// Shorthand for returning a failure: `return Fail(ErrorCode::kNotFound, "no such silence");`
inline tl::unexpected<Error> Fail(ErrorCode code, std::string message, Position position = {}) {
  return tl::unexpected<Error>(Error(code, std::move(message), std::move(position)));
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace tocsin
