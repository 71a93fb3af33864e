#include "alerting/template/parser.h"

#include <gtest/gtest.h>

namespace tocsin::templating {
namespace {

std::string ErrorOf(std::string text) {
  const auto source = std::make_shared<const Source>(Source{"t", std::move(text)});
  const auto trees = ParseTemplate(source, [](std::string_view name) { return name == "f"; });
  return trees ? "fine" : trees.error().ToString();
}

TEST(Parser, MessagesAreGosWithTheirPlace) {
  const std::pair<const char*, const char*> kCases[] = {
      {"{{ nope }}", "t:1:4: function \"nope\" not defined"},
      {"a\nb {{ $x }}", "t:2:6: undefined variable \"$x\""},
      {"{{}}", "t:1:3: missing value for command"},
      {"{{ if }}{{ end }}", "t:1:7: missing value for if"},
      {"{{ if 1 }}", "t:1:11: unexpected EOF"},
      {"{{ end }}", "t:1:8: unexpected {{end}}"},
      {"{{ else }}", "t:1:4: unexpected {{else}}"},
      {"{{ if 1 }}{{ else }}{{ else }}{{ end }}", "t:1:19: expected end; found {{else}}"},
      {"{{ 5 | 6 }}", "t:1:8: non executable command in pipeline stage 2"},
      {"{{ \"a", "t:1:4: unterminated quoted string"},
      {"{{ `a", "t:1:4: unterminated raw quoted string"},
      {"{{ 'ab' }}", "t:1:4: malformed character constant: 'ab'"},
      {"{{ 1a }}", "t:1:4: bad number syntax: \"1a\""},
      {"{{ 99999999999999999999 }}", "t:1:4: integer overflow: \"99999999999999999999\""},
      {"{{ ( }}", "t:1:4: unclosed left paren"},
      {"{{ ) }}", "t:1:4: unexpected right paren"},
      {"{{ .a-b }}", "t:1:6: bad character U+002D '-'"},
      {"{{ /* x */ }}", "t:1:4: unexpected \"/\" in command"},
      {"{{/* x", "t:1:3: unclosed comment"},
      {"{{/* x */ }}", "t:1:3: comment ends before closing delimiter"},
      {"{{ .a", "t:1:6: unclosed action"},
      {"{{ break }}", "t:1:4: {{break}} outside {{range}}"},
      {"{{ template 5 }}", "t:1:13: unexpected \"5\" in template clause"},
      {"{{ $a, $b := 5 }}", "t:1:6: too many declarations in command"},
      {"{{ true.x }}", "t:1:8: unexpected . after term \"true\""},
      {"{{ define \"a\" }}x{{ end }}{{ define \"a\" }}y{{ end }}",
       "t:1:30: multiple definition of template \"a\""},
      {"{{ define \"a\" }}{{ define \"b\" }}{{ end }}{{ end }}", "t:1:20: unexpected <define> in command"},
  };
  for (const auto& [text, message] : kCases) EXPECT_EQ(ErrorOf(text), message) << text;
}

TEST(Parser, TakesWhatGoTakes) {
  for (const char* text :
       {"", "{", "{{ f }}", "{{- f -}}", "{{ f | f 1 \"a\" 'b' .x $ nil true }}",
        "{{ range $i, $e := .x }}{{ $i }}{{ else }}{{ end }}",
        "{{ with $x := .y }}{{ else with .z }}{{ end }}", "{{ (f).a.b }}", "{{ $x := 1 }}{{ $x = 2 }}",
        "{{ -1.5e3 }}{{ 0x_1F }}", "{{ block \"b\" . }}x{{ end }}",
        "{{ if f }}{{ else if f }}{{ else }}{{ end }}", "{{/* a */ -}} x"}) {
    EXPECT_EQ(ErrorOf(text), "fine") << text;
  }
}

TEST(Parser, VariablesEndWithTheirBlock) {
  EXPECT_EQ(ErrorOf("{{ if $x := 1 }}{{ $x }}{{ else }}{{ $x }}{{ end }}"), "fine");
  EXPECT_EQ(ErrorOf("{{ if $x := 1 }}{{ end }}{{ $x }}"), "t:1:29: undefined variable \"$x\"");
  EXPECT_EQ(ErrorOf("{{ $x := 1 }}{{ define \"d\" }}{{ $x }}{{ end }}"), "t:1:33: undefined variable \"$x\"");
}

TEST(Parser, DeepNestingIsRefusedNotCrashedOn) {
  std::string parens = "{{ ";
  std::string blocks;
  for (int i = 0; i < 100'000; ++i) {
    parens += '(';
    blocks += "{{ if 1 }}";
  }
  EXPECT_NE(ErrorOf(parens).find("nests too deeply"), std::string::npos);
  EXPECT_NE(ErrorOf(blocks).find("nests too deeply"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::templating
