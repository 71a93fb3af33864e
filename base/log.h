// Structured logging: a message and named fields, one line an event, as logfmt or JSON.
//
//   log.Info("Scrape failed", {{"target", url}, {"err", error}});
//   -> time=2026-11-20T20:13:00.250Z level=info component=scrape msg="Scrape failed" target=http://… err="…"
//
// There is no global logger: each component gets one through its constructor, and names itself with With().
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace tocsin {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kLogfmt, kJson };

/// "debug", "info", "warn", "error"; kInvalidArgument names the choices otherwise.
Result<LogLevel> ParseLogLevel(std::string_view text);
/// "logfmt" or "json".
Result<LogFormat> ParseLogFormat(std::string_view text);

/// A named value of a log line. Rendered when made; cheap next to writing the line.
struct LogField {
  template <typename T>
    requires std::integral<T> || std::floating_point<T>
  LogField(std::string_view k, T v) : key(k), value(Render(v)), bare(true) {}
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), bare(true) {}
  LogField(std::string_view k, const Error& e) : key(k), value(e.ToString()) {}

  std::string key;
  std::string value;
  bool bare = false;  ///< a number or boolean: written without quotes in JSON

 private:
  static std::string Render(long long v);
  static std::string Render(unsigned long long v);
  static std::string Render(double v);
  template <std::signed_integral T>
  static std::string Render(T v) {
    return Render(static_cast<long long>(v));
  }
  template <std::unsigned_integral T>
  static std::string Render(T v) {
    return Render(static_cast<unsigned long long>(v));
  }
  static std::string Render(float v) { return Render(static_cast<double>(v)); }
};

/// A handle on a log: copy it freely, it is two pointers. Thread safe; a line is written whole or not at all.
class Logger {
 public:
  using Fields = std::initializer_list<LogField>;
  using Sink = std::function<void(std::string_view line)>;

  /// Drops everything. What a test passes when it does not care.
  Logger() = default;
  /// Writes to standard error.
  static Logger ToStderr(LogLevel level, LogFormat format);
  /// Hands each line (without a newline) to `sink`, one call at a time. For tests.
  static Logger ToSink(LogLevel level, LogFormat format, Sink sink);

  /// The same log with fields that stand on each line, after the level.
  Logger With(Fields fields) const;

  bool enabled(LogLevel level) const;
  void Debug(std::string_view message, Fields fields = {}) const { Write(LogLevel::kDebug, message, fields); }
  void Info(std::string_view message, Fields fields = {}) const { Write(LogLevel::kInfo, message, fields); }
  void Warn(std::string_view message, Fields fields = {}) const { Write(LogLevel::kWarn, message, fields); }
  void Error(std::string_view message, Fields fields = {}) const { Write(LogLevel::kError, message, fields); }

 private:
  class Output;
  void Write(LogLevel level, std::string_view message, Fields fields) const;

  std::shared_ptr<Output> output_;
  std::shared_ptr<const std::string> context_;  // rendered fields of With()
};

}  // namespace tocsin
