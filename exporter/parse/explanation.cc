#include "exporter/parse/explanation.h"

#include <utility>

#include "exporter/parse/format_matcher.h"
#include "exporter/parse/json_parser.h"
#include "exporter/parse/json_reader.h"
#include "exporter/parse/parser_factory.h"

namespace tocsin::parse {

namespace {

using Kind = LogFormat::Piece::Kind;

std::string TargetName(Targets targets, const NameMap& names) {
  if (targets.field != Targets::kNone) return std::string(FieldName(static_cast<Field>(targets.field)));
  return targets.extra != Targets::kNone ? names.extras()[targets.extra] : std::string();
}

std::string Quoted(std::string_view literal) {
  return literal.find('\'') == std::string_view::npos ? "'" + std::string(literal) + "'"
                                                      : std::string(literal);
}

/// What piece `at` should have looked like.
std::string Expectation(const LogFormat& format, size_t at) {
  if (at >= format.pieces.size()) return "the end of the line";
  const LogFormat::Piece& piece = format.pieces[at];
  if (piece.kind == Kind::kVariable)
    return "$" + piece.text + ", " + std::string(ShapeName(ShapeOf(piece.text)));
  return at == 0 ? Quoted(piece.text) : Quoted(piece.text) + " after $" + format.pieces[at - 1].text;
}

void AddParts(const LogFormat& format, size_t pieces, const NameMap& names, std::string_view line,
              Explanation& explanation) {
  LogFormat beginning = format;
  beginning.pieces.resize(pieces);
  if (pieces < format.pieces.size()) beginning.pieces.push_back({Kind::kVariable, "rest"});
  const FormatMatcher matcher(beginning);
  std::vector<std::string_view> values(matcher.variables().size());
  MatchFailure failure;
  if (!matcher.Match(line, values, failure)) return;
  if (pieces < format.pieces.size()) values.pop_back();
  explanation.parts.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string& name = matcher.variables()[i];
    explanation.parts.push_back({"$" + name, static_cast<size_t>(values[i].data() - line.data()),
                                 std::string(values[i]), TargetName(names.Find(name), names)});
  }
}

void ExplainText(const LogFormat& format, const NameMap& names, std::string_view line,
                 Explanation& explanation) {
  const FormatMatcher matcher(format);
  std::vector<std::string_view> values(matcher.variables().size());
  MatchFailure failure;
  if (matcher.Match(line, values, failure)) {
    AddParts(format, format.pieces.size(), names, line, explanation);
    return;
  }
  explanation.column = failure.column;
  explanation.expected = Expectation(format, failure.piece);
  size_t whole = std::min(failure.piece, format.pieces.size());
  // A variable whose end was not found is not a part yet.
  if (whole > 0 && whole < format.pieces.size() && format.pieces[whole - 1].kind == Kind::kVariable) --whole;
  AddParts(format, whole, names, line, explanation);
}

struct Watch {
  void Member(std::string_view key, std::string_view value, Targets targets, LineFault fault) {
    parts->push_back({std::string(key), static_cast<size_t>(value.data() - line), std::string(value),
                      TargetName(targets, *names), fault});
  }
  const char* line;
  const NameMap* names;
  std::vector<Explanation::Part>* parts;
};

void ExplainJson(const NameMap& names, std::string_view line, Explanation& explanation) {
  JsonParser::Layout layout;  // knows nothing, so that each key is read
  LogRecord record;
  std::string scratch;
  Watch watch{line.data(), &names, &explanation.parts};
  JsonReader reader(line, names, record, scratch, watch);
  if (IsUsable(reader.Read(layout))) return;
  explanation.column = reader.column();
  explanation.expected = reader.expected();
}

}  // namespace

Explanation Explain(const LogFormat& format, const NameMap& names, std::string_view line) {
  Explanation explanation;
  explanation.parser = MakeFormatParser(format, names);
  explanation.fault = explanation.parser->Parse(line, explanation.record);
  const bool is_json = format.pieces.empty() || format.IsJson();
  if (is_json) {
    ExplainJson(format.pieces.empty() ? names : NamesFor(format, names), line, explanation);
  } else {
    ExplainText(format, names, line, explanation);
  }
  return explanation;
}

}  // namespace tocsin::parse
