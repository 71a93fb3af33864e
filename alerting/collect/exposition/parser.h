// Reads what a target answered: Prometheus' text format 0.0.4 (with the quoted UTF-8 names of 1.0.0) and
// OpenMetrics 1.0, with the leniences and refusals of Prometheus 3.5's scraper.
//
// A pull parser over the body, which it does not copy: Next() goes to the next entry. Most of a scrape is a
// repetition of the last one, so the caller first asks for the line that it expects: when the guess is right,
// one comparison replaces the scan. What arrives in pieces is read by a PieceParser (pieces.h).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/collect/exposition/series_text.h"
#include "alerting/model/labels.h"
#include "base/error.h"
#include "base/time.h"

namespace tocsin::collect {

enum class BodyFormat { kText, kOpenMetrics };

/// What a Content-Type header announces. kUnsupported for protobuf; kInvalidArgument for anything else that
/// is no exposition, and for an absent one when there is no `fallback`.
Result<BodyFormat> FormatOfContentType(std::string_view content_type, std::optional<BodyFormat> fallback);

struct Exemplar {
  std::vector<model::Label> labels;
  double value = 0;
  std::optional<Timestamp> timestamp;
};

/// Not thread safe. The body must outlive it.
class Parser {
 public:
  enum class Entry { kSample, kType, kHelp, kUnit, kEnd, kMore };

  Parser(std::string_view body, BodyFormat format) : Parser(format) { Continue(body, true); }

  /// Of a body that comes bit by bit: Continue() first.
  explicit Parser(BodyFormat format) : format_(format) {}
  /// Goes on with what is left() of the body so far and what follows it: whole lines unless it is the `last`
  /// of it. Next() gives kMore when it needs a further call, which never follows the last one.
  void Continue(std::string_view body, bool last);
  std::string_view left() const { return body_.substr(std::min(at_, body_.size())); }

  /// Takes the next line as a kSample when it is the series text `guess`, one blank, a plain number, perhaps
  /// (in the text format) a blank and a timestamp, and nothing more; else false, and Next() reads what it is.
  bool TakeKnown(std::string_view guess);
  /// kInvalidArgument with line and column of the body; then there is no going on.
  Result<Entry> Next();

  /// Of a kSample. The labels are read apart, since a known `series()` needs no reading.
  std::string_view series() const { return series_; }
  double value() const { return value_; }
  std::optional<Timestamp> timestamp() const { return timestamp_; }
  const std::optional<Exemplar>& exemplar() const { return exemplar_; }
  std::string_view exemplar_text() const { return exemplar_text_; }  ///< as written
  Result<std::vector<model::Label>> ReadLabels() const;

  /// Of kType, kHelp, kUnit: the metric's name, and the type, help or unit with escapes undone.
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }

 private:
  Blanks blanks() const { return format_ == BodyFormat::kText ? Blanks::kAllowed : Blanks::kRefused; }
  bool AtEnd() const { return at_ >= body_.size(); }
  char Peek() const { return AtEnd() ? '\n' : body_[at_]; }
  void SkipBlanks();
  std::string_view TakeLine();
  std::string_view TakeToken();
  tl::unexpected<Error> Refuse(std::string message, size_t at) const;

  Result<Entry> NextText();
  Result<Entry> NextOpenMetrics();
  bool TakeSeries();
  Result<Entry> TextSample();
  Result<Entry> OpenMetricsSample();
  Result<std::optional<Entry>> Comment();
  Result<Entry> Metadata(Entry entry, std::string_view rest, size_t start);
  Status TakeValue(size_t& start);
  Status TakeOpenMetricsTimestamp();
  Status TakeExemplar();
  Result<Entry> EndOpenMetrics();

  std::string_view body_;
  BodyFormat format_;
  size_t at_ = 0;
  bool last_ = true;        // nothing follows body_
  bool unclosed_ = false;   // body_ ended within quotes or braces
  size_t lines_ = 0;        // line ends before body_
  size_t line_before_ = 0;  // bytes of its first line that stand before it
  bool ended_ = false;      // "# EOF" was seen
  std::string_view series_;
  double value_ = 0;
  std::optional<Timestamp> timestamp_;
  std::optional<Exemplar> exemplar_;
  std::string_view exemplar_text_;
  std::string name_;
  std::string text_;
};

}  // namespace tocsin::collect
