// The part of a sample line that names the series: `name{label="value",…}` or `{"any name",label="value"}`.
//
// A scrape repeats the same series texts for ever, so finding where one ends (fast, each time) is apart from
// reading its labels (once, when the text is new).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/model/labels.h"
#include "base/error.h"

namespace tocsin::collect {

/// What separates tokens on a line.
inline bool IsBlank(char c) { return c == ' ' || c == '\t'; }

/// Whether blanks may stand between the tokens, and newlines in quotes (text format), or not (OpenMetrics).
enum class Blanks { kAllowed, kRefused };

/// Not a length: the text ends within quotes or braces, so that more of it might close them.
inline constexpr size_t kUnclosed = std::string_view::npos;

/// The length of the series text that `rest` begins with; 0 when it begins with none, or kUnclosed.
size_t SeriesTextLength(std::string_view rest, Blanks blanks);

/// The labels in order written, `__name__` first; CheckLabelNames() is the caller's. kInvalidArgument with
/// the column from the text's start.
Result<std::vector<model::Label>> ReadSeriesLabels(std::string_view series, Blanks blanks);

/// The labels of an exemplar, "{…}", with names that are right; it has no metric name.
Result<std::vector<model::Label>> ReadExemplarLabels(std::string_view text);

/// kInvalidArgument when a name is empty or there twice. Apart from reading, since Prometheus counts a sample
/// that only this is wrong with.
Status CheckLabelNames(std::span<const model::Label> labels);

/// A metric name at the start of `rest`, a line or the end of one, quoted or not: its value; `length` gets
/// what it takes. nullopt when there is none.
std::optional<std::string> ReadMetricName(std::string_view rest, Blanks blanks, size_t& length);

/// `\\`, `\n` and, where `quotes`, `\"` undone; other escapes stay.
std::string Unescape(std::string_view text, bool quotes);

}  // namespace tocsin::collect
