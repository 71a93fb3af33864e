#include "alerting/collect/exposition/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "alerting/collect/exposition/number.h"

namespace tocsin::collect {
namespace {

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> choices) {
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

bool IsType(std::string_view text, BodyFormat format) {
  if (IsOneOf(text, {"counter", "gauge", "histogram", "summary"})) return true;
  if (format == BodyFormat::kText) return text == "untyped";
  return IsOneOf(text, {"gaugehistogram", "info", "stateset", "unknown"});
}

/// How many lines end in the text; by vectors, as each byte of a body passes here once.
size_t CountLines(std::string_view text) {
  constexpr size_t kWidth = 32;
  constexpr size_t kMostTurns = 255;  // a count is a byte
  size_t lines = 0;
  while (text.size() >= kWidth) {
    const size_t turns = std::min(text.size() / kWidth, kMostTurns);
    std::array<unsigned char, kWidth> counts{};
    for (size_t turn = 0; turn < turns; ++turn) {
      const char* const bytes = text.data() + turn * kWidth;
      for (size_t i = 0; i < kWidth; ++i) {
        counts[i] = static_cast<unsigned char>(counts[i] + (bytes[i] == '\n' ? 1 : 0));
      }
    }
    lines = std::accumulate(counts.begin(), counts.end(), lines);
    text.remove_prefix(turns * kWidth);
  }
  return lines + static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string Shown(std::string_view text) {
  constexpr size_t kLongest = 60;
  return model::Quote(text.substr(0, kLongest));
}

}  // namespace

tl::unexpected<Error> Parser::Refuse(std::string message, size_t at) const {
  at = std::min(at, body_.size());
  const std::string_view before = body_.substr(0, at);
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const size_t line = lines_ + CountLines(before) + 1;
  const size_t column = at - line_start + (line_start == 0 ? line_before_ : 0) + 1;
  return Fail(ErrorCode::kInvalidArgument, std::move(message),
              Position{"", static_cast<int>(line), static_cast<int>(column)});
}

void Parser::Continue(std::string_view body, bool last) {
  const std::string_view done = body_.substr(0, at_);
  const size_t line_end = done.rfind('\n');
  lines_ += CountLines(done);
  line_before_ = line_end == std::string_view::npos ? line_before_ + done.size() : done.size() - line_end - 1;
  body_ = body;
  last_ = last;
  at_ = 0;
}

void Parser::SkipBlanks() {
  while (!AtEnd() && IsBlank(body_[at_])) ++at_;
}

std::string_view Parser::TakeLine() {
  const size_t end = std::min(body_.find('\n', at_), body_.size());
  const std::string_view line = body_.substr(at_, end - at_);
  at_ = std::min(end + 1, body_.size());
  return line;
}

std::string_view Parser::TakeToken() {
  const size_t start = at_;
  while (!AtEnd() && !IsBlank(body_[at_]) && body_[at_] != '\n') ++at_;
  return body_.substr(start, at_ - start);
}

Result<Parser::Entry> Parser::Next() {
  const size_t start = at_;
  unclosed_ = false;
  Result<Entry> entry = format_ == BodyFormat::kText ? NextText() : NextOpenMetrics();
  if (!unclosed_ || last_) return entry;
  at_ = start;
  return Entry::kMore;
}

Result<std::vector<model::Label>> Parser::ReadLabels() const {
  Result<std::vector<model::Label>> labels = ReadSeriesLabels(series_, blanks());
  if (labels) return labels;
  const auto column = static_cast<size_t>(labels.error().position().column - 1);
  return Refuse(labels.error().message(), static_cast<size_t>(series_.data() - body_.data()) + column);
}

bool Parser::TakeSeries() {
  const std::string_view rest = body_.substr(at_);
  const size_t length = SeriesTextLength(rest, blanks());
  unclosed_ = length == kUnclosed;
  if (unclosed_) return false;
  series_ = rest.substr(0, length);
  at_ += length;
  return length > 0;
}

/// A number follows the one blank at once, so that a guess of a bare name can't hide labels that stand behind
/// blanks.
bool Parser::TakeKnown(std::string_view guess) {
  if (guess.empty() || AtEnd()) return false;
  const std::string_view rest = body_.substr(at_);
  if (rest.size() <= guess.size() || rest[guess.size()] != ' ' || !rest.starts_with(guess)) {
    return false;
  }
  const char* const number = rest.data() + guess.size() + 1;
  const char* const end = body_.data() + body_.size();
  const char* const stop = TakePlainNumber(number, end, value_);
  if (stop == number || stop == end) return false;
  timestamp_.reset();
  const char* line_end = stop;
  if (*stop == ' ' && format_ == BodyFormat::kText) {
    int64_t millis = 0;
    const auto [time_end, fault] = std::from_chars(stop + 1, end, millis);
    if (fault != std::errc{}) return false;
    line_end = time_end;
    timestamp_ = Timestamp::FromMillis(millis);
  }
  if (line_end == end || *line_end != '\n') return false;
  series_ = rest.substr(0, guess.size());
  at_ = static_cast<size_t>(line_end - body_.data()) + 1;
  exemplar_.reset();
  return true;
}

Status Parser::TakeValue(size_t& start) {
  start = at_;
  const std::string_view token = TakeToken();
  const std::optional<double> value = ParseSampleValue(token);
  if (!value) return Refuse(fmt::format("{} is no valid value", Shown(token)), start);
  value_ = *value;
  return {};
}

Result<Parser::Entry> Parser::NextText() {
  for (;;) {
    SkipBlanks();
    if (AtEnd()) return last_ ? Entry::kEnd : Entry::kMore;
    if (Peek() == '\n') {
      ++at_;
    } else if (Peek() == '#') {
      Result<std::optional<Entry>> entry = Comment();
      if (!entry) return Fail(entry.error());
      if (const std::optional<Entry>& found = *entry) return *found;
    } else {
      return TextSample();
    }
  }
}

Result<Parser::Entry> Parser::TextSample() {
  timestamp_.reset();
  if (!TakeSeries()) return Refuse("expected a metric name or labels in braces that close", at_);
  SkipBlanks();
  size_t start = 0;
  if (Status status = TakeValue(start); !status) return Fail(status.error());
  SkipBlanks();
  if (Peek() != '\n') {
    start = at_;
    const std::string_view token = TakeToken();
    int64_t millis = 0;
    auto [stopped, fault] = std::from_chars(token.data(), token.data() + token.size(), millis);
    if (fault != std::errc{} || stopped != token.data() + token.size()) {
      return Refuse(fmt::format("{} is no timestamp in milliseconds", Shown(token)), start);
    }
    timestamp_ = Timestamp::FromMillis(millis);
    SkipBlanks();
  }
  if (Peek() != '\n') return Refuse("expected the end of the line", at_);
  ++at_;
  return Entry::kSample;
}

/// HELP, TYPE and UNIT lines; nullopt for a comment that only people read.
Result<std::optional<Parser::Entry>> Parser::Comment() {
  const size_t start = at_;
  std::string_view line = TakeLine().substr(1);
  const size_t blanks = line.find_first_not_of(" \t");
  if (blanks == 0 || blanks == std::string_view::npos) return std::nullopt;
  line.remove_prefix(blanks);
  for (const auto& [word, entry] : {std::pair{"HELP", Entry::kHelp}, std::pair{"TYPE", Entry::kType}}) {
    constexpr size_t kWord = 4;
    if (!line.starts_with(word) || line.size() == kWord || !IsBlank(line[kWord])) continue;
    line.remove_prefix(kWord);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    Result<Entry> read = Metadata(entry, line, start);
    if (!read) return Fail(read.error());
    return std::optional(*read);
  }
  return std::nullopt;
}

/// `rest` is what follows the word and its blanks: the name, blanks, the text.
Result<Parser::Entry> Parser::Metadata(Entry entry, std::string_view rest, size_t start) {
  size_t length = 0;
  std::optional<std::string> name = ReadMetricName(rest, blanks(), length);
  if (!name) return Refuse("expected a metric name after HELP, TYPE or UNIT", start);
  name_ = std::move(*name);
  std::string_view text = rest.substr(length);
  if (!text.empty() && !IsBlank(text[0])) return Refuse("expected a blank after the metric name", start);
  if (text.empty() && format_ == BodyFormat::kOpenMetrics) {
    return Refuse("expected a space after the metric name", start);
  }
  if (!text.empty()) text.remove_prefix(1);  // what follows the one blank is the text, further blanks too
  if (entry == Entry::kType && !IsType(text, format_)) {
    return Refuse(fmt::format("invalid metric type {}", Shown(text)), start);
  }
  if (entry == Entry::kUnit && !text.empty() && !name_.ends_with("_" + std::string(text))) {
    return Refuse(fmt::format("unit {} is no suffix of metric {}", Shown(text), Shown(name_)), start);
  }
  text_ = entry == Entry::kHelp ? Unescape(text, format_ == BodyFormat::kOpenMetrics) : std::string(text);
  return entry;
}

Result<Parser::Entry> Parser::NextOpenMetrics() {
  if (ended_) return EndOpenMetrics();
  if (AtEnd()) return last_ ? Refuse("the data does not end with # EOF", at_) : Result<Entry>(Entry::kMore);
  if (Peek() != '#') return OpenMetricsSample();
  const size_t start = at_;
  const std::string_view line = TakeLine();
  if (line == "# EOF") return EndOpenMetrics();
  constexpr size_t kWord = 7;
  const std::string_view rest = line.substr(std::min(line.size(), kWord));
  if (line.starts_with("# HELP ")) return Metadata(Entry::kHelp, rest, start);
  if (line.starts_with("# TYPE ")) return Metadata(Entry::kType, rest, start);
  if (line.starts_with("# UNIT ")) return Metadata(Entry::kUnit, rest, start);
  return Refuse("expected HELP, TYPE, UNIT or EOF after \"# \"", start);
}

Result<Parser::Entry> Parser::EndOpenMetrics() {
  if (!AtEnd()) return Refuse("unexpected data after # EOF", at_);
  ended_ = true;
  return last_ ? Entry::kEnd : Entry::kMore;
}

Result<Parser::Entry> Parser::OpenMetricsSample() {
  timestamp_.reset();
  exemplar_.reset();
  if (Peek() == ' ') return Refuse("expected no blank here", at_);
  if (!TakeSeries()) return Refuse("expected a metric name or labels in braces that close", at_);
  if (Peek() != ' ') return Refuse("expected a space and a value", at_);
  ++at_;
  size_t start = 0;
  if (Status status = TakeValue(start); !status) return Fail(status.error());
  const std::string_view rest = body_.substr(at_, 4);
  if (Peek() == ' ' && !rest.starts_with(" # {")) {
    // What is neither a time nor an exemplar is the next entry's fault: as in Prometheus the sample counts.
    if (rest.size() < 2 || rest[1] == ' ' || rest[1] == '\n' || rest.starts_with(" # "))
      return Entry::kSample;
    ++at_;
    if (Status status = TakeOpenMetricsTimestamp(); !status) return Fail(status.error());
  }
  if (body_.substr(at_).starts_with(" # ")) {
    at_ += 3;
    if (Status status = TakeExemplar(); !status) return Fail(status.error());
  }
  if (AtEnd() || Peek() != '\n') return Refuse("expected the end of the line", at_);
  ++at_;
  return Entry::kSample;
}

Status Parser::TakeOpenMetricsTimestamp() {
  const size_t start = at_;
  const std::string_view token = TakeToken();
  const std::optional<double> seconds = ParseSampleValue(token);
  constexpr double kFarthest = 9.0e15;  // milliseconds stay exact and fit
  if (!seconds || !(std::abs(*seconds) < kFarthest / 1000)) {
    return Refuse(fmt::format("{} is no timestamp in seconds", Shown(token)), start);
  }
  timestamp_ = Timestamp::FromMillis(static_cast<int64_t>(*seconds * 1000));
  return {};
}

/// `{trace_id="x"} 0.5 1520879607.789`, the timestamp optional.
Status Parser::TakeExemplar() {
  const size_t start = at_;
  const size_t length = Peek() == '{' ? SeriesTextLength(body_.substr(at_), Blanks::kRefused) : 0;
  unclosed_ = length == kUnclosed;
  if (length == 0 || unclosed_) return Refuse("expected the labels of an exemplar", start);
  Result<std::vector<model::Label>> labels = ReadExemplarLabels(body_.substr(at_, length));
  if (!labels) return Refuse(labels.error().message(), start);
  at_ += length;
  if (Peek() != ' ') return Refuse("expected the value of an exemplar", at_);
  ++at_;
  const double value = value_;
  const std::optional<Timestamp> timestamp = timestamp_;
  timestamp_.reset();
  size_t value_start = 0;
  if (Status status = TakeValue(value_start); !status) return status;
  if (Peek() == ' ') {
    ++at_;
    if (Status status = TakeOpenMetricsTimestamp(); !status) return status;
  }
  exemplar_ = Exemplar{std::move(*labels), value_, timestamp_};
  exemplar_text_ = body_.substr(start, at_ - start);
  value_ = value;
  timestamp_ = timestamp;
  return {};
}

Result<BodyFormat> FormatOfContentType(std::string_view content_type, std::optional<BodyFormat> fallback) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && IsBlank(type.back())) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (type == "text/plain") return BodyFormat::kText;
  if (type == "application/openmetrics-text") return BodyFormat::kOpenMetrics;
  if (type == "application/vnd.google.protobuf") {
    return Fail(ErrorCode::kUnsupported, "the target answers in protobuf, which is not supported");
  }
  if (fallback) return *fallback;
  return Fail(
      ErrorCode::kInvalidArgument,
      type.empty()
          ? "the target sends no Content-Type, and no fallback_scrape_protocol is set"
          : fmt::format("received unsupported Content-Type {}, and no fallback_scrape_protocol is set",
                        Shown(type)));
}

}  // namespace tocsin::collect
