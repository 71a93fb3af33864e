// spdlog gives the level filter and the thread-safe sink; the line itself is rendered here, since its logfmt
// has to match what Prometheus' own tools print.
#include "base/log.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/clock.h"

namespace tocsin {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view LevelName(LogLevel level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
  return kNames[static_cast<size_t>(level)];
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += fmt::format("\\u{:04x}", c);
        else
          out += c;
    }
  }
  out += '"';
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == '=' || c == '"' || c == '\\' || c == 0x7f;
         });
}

void AppendLogfmt(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += ' ';
  out.append(key).append("=");
  if (NeedsQuotes(value))
    AppendQuoted(out, value);
  else
    out += value;
}

void AppendJson(std::string& out, std::string_view key, std::string_view value, bool bare) {
  if (!out.empty()) out += ',';
  AppendQuoted(out, key);
  out += ':';
  if (bare)
    out += value;
  else
    AppendQuoted(out, value);
}

/// Hands each line to a function; base_sink's mutex makes the calls one at a time.
class CallbackSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CallbackSink(Logger::Sink callback) : callback_(std::move(callback)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    callback_(std::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}

 private:
  Logger::Sink callback_;
};

}  // namespace

class Logger::Output {
 public:
  Output(std::shared_ptr<spdlog::sinks::sink> sink, LogLevel level, LogFormat format)
      : log_("tocsin", std::move(sink)), format_(format) {
    log_.set_level(ToSpdlog(level));
    log_.set_pattern("%v");
    log_.flush_on(spdlog::level::debug);
  }

  bool enabled(LogLevel level) const { return log_.should_log(ToSpdlog(level)); }

  void Append(std::string& out, const LogField& field) const {
    if (format_ == LogFormat::kJson)
      AppendJson(out, field.key, field.value, field.bare);
    else
      AppendLogfmt(out, field.key, field.value);
  }

  void Write(LogLevel level, const std::string* context, std::string_view message, Fields fields) {
    std::string line;
    Append(line, {"time", FormatRfc3339(clock_.Now())});
    Append(line, {"level", LevelName(level)});
    if (context != nullptr && !context->empty())
      line.append(format_ == LogFormat::kJson ? "," : " ").append(*context);
    Append(line, {"msg", message});
    for (const LogField& field : fields) Append(line, field);
    if (format_ == LogFormat::kJson) line = "{" + line + "}";
    log_.log(ToSpdlog(level), spdlog::string_view_t(line));
  }

 private:
  spdlog::logger log_;
  LogFormat format_;
  SystemClock clock_;
};

std::string LogField::Render(long long v) { return fmt::format("{}", v); }
std::string LogField::Render(unsigned long long v) { return fmt::format("{}", v); }
std::string LogField::Render(double v) { return fmt::format("{}", v); }

Result<LogLevel> ParseLogLevel(std::string_view text) {
  for (LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    if (text == LevelName(level)) return level;
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("unknown log level \"{}\"; one of debug, info, warn, error", text));
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "logfmt") return LogFormat::kLogfmt;
  if (text == "json") return LogFormat::kJson;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("unknown log format \"{}\"; one of logfmt, json", text));
}

Logger Logger::ToStderr(LogLevel level, LogFormat format) {
  Logger logger;
  logger.output_ = std::make_shared<Output>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level, format);
  return logger;
}

Logger Logger::ToSink(LogLevel level, LogFormat format, Sink sink) {
  Logger logger;
  logger.output_ = std::make_shared<Output>(std::make_shared<CallbackSink>(std::move(sink)), level, format);
  return logger;
}

Logger Logger::With(Fields fields) const {
  Logger copy = *this;
  if (!output_) return copy;
  std::string context = context_ ? *context_ : std::string();
  for (const LogField& field : fields) output_->Append(context, field);
  copy.context_ = std::make_shared<const std::string>(std::move(context));
  return copy;
}

bool Logger::enabled(LogLevel level) const { return output_ && output_->enabled(level); }

void Logger::Write(LogLevel level, std::string_view message, Fields fields) const {
  if (enabled(level)) output_->Write(level, context_.get(), message, fields);
}

}  // namespace tocsin
