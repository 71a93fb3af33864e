#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/files.h"
#include "base/yaml/go_yaml.h"
#include "base/yaml/node.h"
#include "base/yaml/tree_builder.h"

namespace tocsin::yaml {
namespace {

struct CodePoint {
  char32_t value = 0;
  size_t size = 0;  ///< 0: malformed
};

CodePoint Decode(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return {};
  char32_t value = lead & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0) != 0x80) return {};
    value = (value << 6) | (next & 0x3FU);
  }
  const bool too_long = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  if (too_long || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {};
  return {value, size};
}

/// YAML 1.1's c-printable, which yaml-cpp does not check (it even takes 0x04 for the end of the input).
bool IsPrintable(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F) || c == 0x85 ||
         (c >= 0xA0 && c != 0xFEFF && c != 0xFFFE && c != 0xFFFF);
}

Status CheckCharacters(std::string_view text, const std::string& source) {
  int line = 1;
  size_t line_start = 0;
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = Decode(text, i);
    const Position at{source, line, static_cast<int>(i - line_start) + 1};
    if (c.size == 0) return Fail(ErrorCode::kInvalidArgument, "the text is not valid UTF-8", at);
    if (!IsPrintable(c.value)) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the character U+{:04X} is not allowed", static_cast<uint32_t>(c.value)), at);
    }
    i += c.size;
    if (c.value == '\n') {
      ++line;
      line_start = i;
    }
  }
  return {};
}

Result<Node> Build(std::string_view text, std::string source, const ParseLimits& limits, bool only_first) {
  TreeBuilder builder(std::move(source), limits);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder) && !only_first) {
    }
    return builder.TakeRoot();
  } catch (const TreeBuilder::Stop& stop) {
    return Fail(stop.error);
  } catch (const YAML::Exception& e) {
    return Fail(ErrorCode::kInvalidArgument, e.msg, builder.At(e.mark));
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, fmt::format("the YAML parser failed: {}", e.what()));
  }
}

Result<Node> ParseText(std::string_view text, std::string source, const ParseLimits& limits,
                       bool only_first) {
  if (text.size() > limits.max_bytes) {
    return Fail(ErrorCode::kResourceExhausted, fmt::format("larger than {} bytes", limits.max_bytes),
                Position{std::move(source), 0, 0});
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (Status status = CheckCharacters(text, source); !status) return Fail(status.error());
  return Build(text, std::move(source), limits, only_first);
}

}  // namespace

Result<Node> Parse(std::string_view text, std::string source, const ParseLimits& limits) {
  return ParseText(text, std::move(source), limits, false);
}

Result<Node> ParseFirst(std::string_view text, std::string source, const ParseLimits& limits) {
  std::string plain = PlainText(std::string(text));
  if (const auto end = LineOfSecondDocument(plain)) {
    // yaml-cpp's scanner looks ahead, and must not stumble over what is not read.
    size_t cut = 0;
    for (int line = 1; line < *end; ++line) cut = plain.find('\n', cut) + 1;
    plain.resize(cut);
  }
  return ParseText(plain, std::move(source), limits, true);
}

Result<Node> ParseFile(const std::string& path, const ParseLimits& limits) {
  Result<std::string> text = ReadFile(path, limits.max_bytes);
  if (!text) return Fail(text.error().At(Position{path, 0, 0}));
  return Parse(*text, path, limits);
}

}  // namespace tocsin::yaml
