// Content negotiation by RFC 9110's Accept: the media range with the greatest weight that we can write wins,
// the earlier one among equals.
#include <charconv>

#include "base/exposition/writer.h"

namespace tocsin::exposition {

namespace {

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the part before `separator` off the front of `rest`.
std::string_view NextPart(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return Trim(part);
}

struct MediaRange {
  std::string_view type;
  std::string_view version;
  double weight = 1.0;
};

MediaRange ParseRange(std::string_view text) {
  MediaRange range;
  range.type = NextPart(text, ';');
  while (!text.empty()) {
    std::string_view value = NextPart(text, ';');
    const std::string_view name = NextPart(value, '=');
    if (name == "version") range.version = value;
    if (name == "q") {
      const auto parsed = std::from_chars(value.data(), value.data() + value.size(), range.weight);
      if (parsed.ec != std::errc{}) range.weight = 0.0;
    }
  }
  return range;
}

bool MeansOpenMetrics(const MediaRange& range) {
  return range.type == "application/openmetrics-text" &&
         (range.version.empty() || range.version == "1.0.0" || range.version == "0.0.1");
}

bool MeansText(const MediaRange& range) {
  return range.type == "text/plain" || range.type == "text/*" || range.type == "*/*";
}

}  // namespace

Format Negotiate(std::string_view accept) {
  Format best = Format::kText;
  double best_weight = 0.0;
  while (!accept.empty()) {
    const MediaRange range = ParseRange(NextPart(accept, ','));
    if (range.weight <= best_weight) continue;
    if (!MeansOpenMetrics(range) && !MeansText(range)) continue;
    best = MeansOpenMetrics(range) ? Format::kOpenMetrics : Format::kText;
    best_weight = range.weight;
  }
  return best;
}

std::string_view ContentType(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace tocsin::exposition
