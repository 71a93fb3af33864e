#include "exporter/evidence/redact.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace tocsin::evidence {

namespace {

constexpr std::string_view kVersion = " HTTP/";

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

/// What of `text` from the "?" at `query` on is query string, when `text` is one field.
Range QueryIn(std::string_view text, size_t query) {
  const size_t version = text.rfind(kVersion);
  if (version != std::string_view::npos && version > query) return {query, version};
  return {query, text.size()};
}

/// Where the quotes that `at` lies in end, or the line; a backslash hides what follows it.
size_t ClosingQuote(std::string_view line, size_t at) {
  for (; at < line.size() && line[at] != '"'; ++at) {
    if (line[at] == '\\') ++at;
  }
  return std::min(at, line.size());
}

/// Each "?" of the line, by the quotes around it.
void AddByQuotes(std::string_view line, std::vector<Range>& ranges) {
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == '?') {
      const size_t end = quoted ? ClosingQuote(line, i) : line.find_first_of(" \t", i);
      const Range query = QueryIn(line.substr(0, end), i);
      ranges.push_back(query);
      i = query.end - 1;
    }
  }
}

/// The values of JSON keys that name query variables.
void AddByKeys(std::string_view line, std::vector<Range>& ranges) {
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '"') continue;
    const size_t end = ClosingQuote(line, at + 1);
    const std::string_view key = line.substr(at + 1, end - at - 1);
    at = end;
    size_t value = end + 1;
    while (value < line.size() && line[value] == ' ') ++value;
    if (value >= line.size() || line[value] != ':' || !IsQueryVariable(key)) continue;
    ++value;
    while (value < line.size() && line[value] == ' ') ++value;
    if (value < line.size() && line[value] == '"') {
      at = ClosingQuote(line, value + 1);
      ranges.push_back({value + 1, at});
    } else {
      const size_t comma = std::min(line.find_first_of(",}", value), line.size());
      ranges.push_back({value, comma});
      at = comma;
    }
  }
}

bool LiesIn(std::string_view part, std::string_view whole) {
  constexpr std::less_equal<const char*> kNotAfter;
  return kNotAfter(whole.data(), part.data()) &&
         kNotAfter(part.data() + part.size(), whole.data() + whole.size());
}

std::string Cut(std::string_view line, std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::string out;
  size_t at = 0;
  for (const Range& range : ranges) {
    if (range.begin > at) out += line.substr(at, range.begin - at);
    at = std::max(at, range.end);
  }
  out += line.substr(std::min(at, line.size()));
  return out;
}

}  // namespace

bool IsQueryVariable(std::string_view name) {
  return name == "args" || name == "query_string" || name == "request_body" || name.starts_with("arg_");
}

std::string WithoutQueryString(std::string_view field) {
  const size_t query = field.find('?');
  if (query == std::string_view::npos) return std::string(field);
  const Range range = QueryIn(field, query);
  return std::string(field.substr(0, range.begin)) + std::string(field.substr(range.end));
}

std::string LineWithoutQueryStrings(std::string_view line, std::span<const std::string_view> requests,
                                    std::span<const std::string_view> secrets) {
  std::vector<Range> ranges;
  const bool is_json = line.starts_with('{');
  for (const std::string_view secret : secrets) {
    if (secret.empty()) continue;
    if (LiesIn(secret, line)) {
      const auto begin = static_cast<size_t>(secret.data() - line.data());
      ranges.push_back({begin, begin + secret.size()});
    } else if (!is_json) {
      return {};
    }
  }
  for (const std::string_view request : requests) {
    const size_t query = request.find('?');
    if (query == std::string_view::npos || !LiesIn(request, line)) continue;
    const Range range = QueryIn(request, query);
    const auto begin = static_cast<size_t>(request.data() - line.data());
    ranges.push_back({begin + range.begin, begin + range.end});
  }
  if (is_json) AddByKeys(line, ranges);
  AddByQuotes(line, ranges);
  return Cut(line, ranges);
}

}  // namespace tocsin::evidence
