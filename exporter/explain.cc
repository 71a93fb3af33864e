#include "exporter/explain.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <istream>
#include <utility>
#include <vector>

#include <unistd.h>

#include "exporter/log_formats.h"
#include "exporter/parse/explanation.h"
#include "exporter/parse/upstream_list.h"
#include "exporter/parse/values.h"

namespace tocsin::exporter {

namespace {

using parse::Explanation;
using parse::Field;
using parse::LineFault;
using parse::LogFormat;

constexpr size_t kWidth = 100;  ///< of the terminal that we write for

struct FaultWords {
  LineFault fault;
  std::string_view words;
};

constexpr std::array kFaultWords = {
    FaultWords{LineFault::kNone, "nothing is wrong with it"},
    FaultWords{LineFault::kEmptyValue, "a bare value is empty: put the variable in quotes in the log_format"},
    FaultWords{LineFault::kBareValue,
               "a bare value is no JSON, such as a list: put the variable in quotes in the log_format"},
    FaultWords{LineFault::kBadEscape, "a backslash begins no known escape; it was kept as it stands"},
    FaultWords{LineFault::kBadNumber, "a number's field holds something else, and was left out"},
    FaultWords{LineFault::kEmptyLine, "the line is empty"},
    FaultWords{LineFault::kNotJson, "the line is no JSON object"},
    FaultWords{LineFault::kTruncated, "the line ends too early"},
    FaultWords{LineFault::kSyntax, "the line is not valid JSON, nor what nginx makes of it"},
    FaultWords{LineFault::kMismatch, "the line does not have this format"},
    FaultWords{LineFault::kUnknownFormat, "the line has none of the known formats"},
    FaultWords{LineFault::kNoStatus, "there is no response status in it"},
    FaultWords{LineFault::kTooLong, "the line is longer than 1 MiB"},
};

std::string_view WordsFor(LineFault fault) {
  const auto found =
      std::ranges::find_if(kFaultWords, [=](const auto& entry) { return entry.fault == fault; });
  return found->words;
}

/// Control characters as '?', so that a line can't play with the terminal and columns stay columns.
std::string Printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return out;
}

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

size_t CharactersIn(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, BeginsCharacter));
}

std::string Shortened(std::string_view text, size_t characters) {
  std::string out = Printable(text);
  if (CharactersIn(out) <= characters) return out;
  size_t end = 0;
  for (size_t seen = 0; end < out.size(); ++end) {
    if (BeginsCharacter(out[end]) && seen++ == characters - 1) break;
  }
  return out.substr(0, end) + "…";
}

class Page {
 public:
  explicit Page(bool color) : color_(color) {}

  void Head(std::string_view word, std::string_view text) {
    Line(Painted("1", Padded(word, 9)) + std::string(text));
  }
  void Line(std::string_view text) {
    out_ += text;
    out_ += '\n';
  }
  void Gap() { out_ += '\n'; }

  std::string Good(std::string_view text) const { return Painted("32", text); }
  std::string Bad(std::string_view text) const { return Painted("31", text); }
  std::string Dim(std::string_view text) const { return Painted("2", text); }
  static std::string Padded(std::string_view text, size_t width) {
    const size_t size = CharactersIn(text);
    return std::string(text) + std::string(size < width ? width - size : 1, ' ');
  }

  std::string Take() { return std::move(out_); }

 private:
  std::string Painted(std::string_view code, std::string_view text) const {
    if (!color_) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }

  bool color_;
  std::string out_;
};

std::string FormatText(const LogFormat& format) {
  if (format.pieces.empty())
    return "a JSON object; nginx's variable names and customary short ones are known as keys";
  const std::string escape = format.escape == parse::Escape::kDefault
                                 ? ""
                                 : "escape=" + std::string(EscapeName(format.escape)) + " ";
  return escape + format.ToString();
}

void WriteFormat(const LogFormat& format, std::string_view how, Page& page) {
  page.Head("format",
            (format.name.empty() ? "as given" : format.name) + (how.empty() ? "" : " " + std::string(how)));
  page.Line(page.Dim("         " + Printable(FormatText(format))));
}

/// The line around `column`, and a caret under it.
void WriteCaret(std::string_view line, const Explanation& why, Page& page) {
  constexpr size_t kBefore = 70;
  size_t begin = why.column > kBefore ? why.column - kBefore : 0;
  while (begin < why.column && !BeginsCharacter(line[begin])) ++begin;
  size_t end = std::min(line.size(), begin + kWidth - 12);
  while (end < line.size() && !BeginsCharacter(line[end])) ++end;
  const std::string before = (begin > 0 ? "…" : "") + Printable(line.substr(begin, why.column - begin));
  const std::string after =
      Printable(line.substr(why.column, end - why.column)) + (end < line.size() ? "…" : "");
  page.Line("  " + before + page.Bad(after));
  page.Line("  " + std::string(CharactersIn(before), ' ') +
            page.Bad("^ column " + std::to_string(why.column + 1) + ": expected " + Printable(why.expected)));
}

void WriteParts(const Explanation& story, Page& page) {
  if (story.parts.empty()) return;
  page.Gap();
  size_t names = 8;
  for (const Explanation::Part& part : story.parts) names = std::max(names, CharactersIn(part.name));
  names = std::min<size_t>(names, 32);
  page.Line("  column  " + Page::Padded("piece", names + 2) + Page::Padded("value", 44) + "taken as");
  for (const Explanation::Part& part : story.parts) {
    const std::string column = std::to_string(part.column + 1);
    std::string row(column.size() < 6 ? 8 - column.size() : 2, ' ');
    row += column;
    row += "  ";
    row += Page::Padded(Shortened(part.name, names), names + 2);
    row += Page::Padded(Shortened(part.text, 42), 44);
    if (part.fault != LineFault::kNone) {
      std::string taken = part.target.empty() ? "ignored" : part.target;
      taken.append(", ").append(LineFaultName(part.fault));
      page.Line(row.append(page.Bad(taken)));
    } else {
      page.Line(part.target.empty() ? page.Dim(row + "ignored") : row + page.Good(part.target));
    }
  }
}

std::string Seconds(int64_t micros) {
  std::string digits = std::to_string(micros % 1'000'000);
  digits.insert(0, 6 - digits.size(), '0');
  return std::to_string(micros / 1'000'000) + "." + digits.substr(0, 3) + " s";
}

std::string NoNumber(std::string_view text) { return "left out (bad_number): '" + std::string(text) + "'"; }

void WriteFact(std::string_view name, std::string_view value, Page& page) {
  if (!value.empty()) page.Line("  " + Page::Padded(name, 10) + Shortened(value, 80));
}

/// What the metrics make of the record.
void WriteRecord(const parse::LogRecord& record, Page& page) {
  const std::string_view method = record.Value(Field::kMethod);
  WriteFact("method", method.empty() ? parse::MethodOfRequest(record.Value(Field::kRequest)) : method, page);
  WriteFact("status", record.Value(Field::kStatus), page);
  const std::string_view duration = record.Value(Field::kRequestTime);
  const auto micros = parse::ParseMicros(duration);
  if (!duration.empty()) WriteFact("duration", micros ? Seconds(*micros) : NoNumber(duration), page);
  const std::string_view bytes = record.Value(Field::kBodyBytesSent);
  WriteFact("bytes", bytes.empty() || parse::ParseCount(bytes) ? std::string(bytes) : NoNumber(bytes), page);
  WriteFact("pool", record.Value(Field::kPool), page);
  WriteFact("release", record.Value(Field::kRelease), page);
  parse::AttemptReader attempts(record);
  parse::Attempt attempt;
  std::string_view name = "attempts";
  while (attempts.Next(attempt)) {
    std::string text = attempt.address.empty() ? "unknown upstream" : std::string(attempt.address);
    text += ": " + (attempt.status != 0 ? std::to_string(attempt.status) : "no answer");
    if (attempt.response_micros != parse::kNoMicros) text += " after " + Seconds(attempt.response_micros);
    if (attempt.is_retry) text += ", a retry";
    WriteFact(name, text, page);
    name = "";
  }
}

LineStory Tell(const LogFormat& format, std::string_view how, const Explanation& story, std::string_view line,
               Page& page) {
  const bool counted = IsUsable(story.fault);
  WriteFormat(format, how, page);
  std::string verdict = counted ? page.Good("counted") : page.Bad("not counted");
  if (story.fault != LineFault::kNone)
    verdict += " (" + std::string(LineFaultName(story.fault)) + "): " + std::string(WordsFor(story.fault));
  page.Head("line", verdict);
  if (!counted && !story.expected.empty()) {
    page.Gap();
    WriteCaret(line, story, page);
  }
  WriteParts(story, page);
  if (counted) {
    page.Gap();
    page.Line("  Counted as");
    WriteRecord(story.record, page);
  }
  return {page.Take(), counted};
}

struct Trial {
  const LogFormat* format;
  Explanation story;
};

void WriteOthers(const std::vector<Trial>& trials, const Trial* chosen, std::string_view line, Page& page) {
  page.Gap();
  page.Line(chosen != nullptr ? "  Why it is no other format" : "  Tried");
  for (const Trial& trial : trials) {
    if (&trial == chosen) continue;
    std::string why;
    if (IsUsable(trial.story.fault)) {
      why = "would fit, too";
    } else if (trial.story.expected.empty()) {
      why = WordsFor(trial.story.fault);
    } else {
      why = "column " + std::to_string(trial.story.column + 1) + ": expected " + trial.story.expected;
      if (trial.story.column == line.size()) why += ", but the line ends";
    }
    page.Line("  " + Page::Padded(trial.format->name, 14) + Shortened(why, kWidth - 16));
  }
}

}  // namespace

LineStory ExplainLine(const parse::ParserFactory& parsers, std::string_view line, bool color) {
  Page page(color);
  if (const LogFormat* format = parsers.format())
    return Tell(*format, "", parse::Explain(*format, parsers.names(), line), line, page);

  const std::vector<LogFormat> formats = parsers.Candidates("");
  std::vector<Trial> trials;
  trials.reserve(formats.size());
  for (const LogFormat& format : formats)
    trials.push_back({&format, parse::Explain(format, parsers.names(), line)});
  const auto fits = [](const Trial& trial) { return IsUsable(trial.story.fault); };
  auto best = std::ranges::find_if(trials, fits);
  const bool recognised = best != trials.end();
  if (!recognised) best = std::ranges::max_element(trials, {}, [](const Trial& t) { return t.story.column; });
  Page others(color);
  if (!line.empty()) WriteOthers(trials, recognised ? &*best : nullptr, line, others);
  LineStory story = Tell(*best->format, recognised ? "(recognised)" : "(none fits; this one fits farthest)",
                         best->story, line, page);
  story.text += others.Take();
  return story;
}

Result<int> RunExplainLine(const Options& options, const std::string& line, std::istream& in) {
  const auto parsers = MakeParsers(options);
  if (!parsers) return Fail(parsers.error());
  const bool color = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  bool all_counted = true;
  const auto tell = [&](const std::string& text) {
    const LineStory story = ExplainLine(*parsers, text, color);
    all_counted = all_counted && story.counted;
    std::fputs(story.text.c_str(), stdout);
  };
  if (line != "-") {
    tell(line);
  } else {
    size_t number = 0;
    for (std::string text; std::getline(in, text); ++number) {
      if (number > 0) std::fputc('\n', stdout);
      tell(text);
    }
    if (number == 0) return Fail(ErrorCode::kInvalidArgument, "there is no line to explain");
  }
  return all_counted ? 0 : 1;
}

}  // namespace tocsin::exporter
