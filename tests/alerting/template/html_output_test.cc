// Expected texts are what html/template gives, asked of amtool 0.33.
#include "alerting/template/html_output.h"

#include <gtest/gtest.h>

#include "alerting/template/functions/alertmanager.h"
#include "alerting/template/template.h"

namespace tocsin::templating {
namespace {

std::string Html(const std::string& text) {
  static const FakeClock clock;
  const auto out = TemplateSet(AlertmanagerFunctions(clock)).ExecuteHtmlText(text, Value());
  return out ? *out : out.error().ToString();
}

TEST(HtmlOutput, Text) {
  EXPECT_EQ(Html(R"(a < b && {{"<b>+&'\""}} <3 <!DOCTYPE html> {{print nil}}.)"),
            "a &lt; b && &lt;b&gt;&#43;&amp;&#39;&#34; &lt;3 <!DOCTYPE html> &lt;nil&gt;.");
  EXPECT_EQ(Html(R"({{ safeHtml "<i>" }}{{ .Nope }})"), "<i>");
}

TEST(HtmlOutput, Attributes) {
  EXPECT_EQ(Html(R"(<p title="{{"a\"<b>'"}}" class={{"x y"}} id={{""}}>)"),
            R"(<p title="a&#34;&lt;b&gt;&#39;" class=x&#32;y id=ZgotmplZ>)");
  EXPECT_EQ(Html(R"(<p title="{{ safeHtml "<b>x</b>&amp;" }}">)"), R"(<p title="x&amp;">)");
  EXPECT_EQ(Html(R"(<td{{ if true }} class="{{"a b"}}"{{ end }}>x</td>)"), R"(<td class="a b">x</td>)");
}

TEST(HtmlOutput, UrlsAreFilteredAndEscaped) {
  EXPECT_EQ(Html(R"_(<a href="{{"javascript:alert(1)"}}">)_"), R"(<a href="#ZgotmplZ">)");
  EXPECT_EQ(Html(R"(<a xlink:href="{{"JavaScript:x"}}" data-url='{{"data:x"}}'>)"),
            R"(<a xlink:href="#ZgotmplZ" data-url='#ZgotmplZ'>)");
  EXPECT_EQ(Html(R"(<a href="{{"javascript:x" | safeUrl}}">)"), R"(<a href="javascript:x">)");
  EXPECT_EQ(Html(R"(<a href="/p/{{"a b/c?d"}}?q={{"a b&c=/é"}}">)"),
            R"(<a href="/p/a%20b/c?d?q=a%20b%26c%3d%2f%c3%a9">)");
}

TEST(HtmlOutput, EscapersAtAPipelinesEndAreNotDoneTwice) {
  EXPECT_EQ(Html(R"({{ "<" | html }}<a title="{{ "<" | html }}" href="?{{ "a b" | urlquery }}">)"),
            R"(&lt;<a title="&lt;" href="?a&#43;b">)");
  EXPECT_EQ(Html(R"({{ $x := "<" | html }}{{ $x }})"), "&amp;lt;");
}

TEST(HtmlOutput, Css) {
  EXPECT_EQ(Html(R"_(<p style="color: {{"red"}}; w: {{"expression(1)"}}; c: {{"a;b"}}">)_"),
            R"(<p style="color: red; w: ZgotmplZ; c: ZgotmplZ">)");
  EXPECT_EQ(Html(R"(<style>p{color:{{"#fff"}};/* x */}</style>{{"<"}})"),
            "<style>p{color:#fff; }</style>&lt;");
}

TEST(HtmlOutput, Scripts) {
  EXPECT_EQ(Html(R"(<script>var a = {{"</script>"}}, b = {{1.5}}, c = "{{"x\"</script>"}}"; // {{"x"}}
</script>)"),
            R"(<script>var a = "\u003c/script\u003e", b =  1.5 , c = "x\u0022\u003c\/script\u003e"; 
</script>)");
  EXPECT_EQ(Html("<b onclick=\"f({{\"a'b\"}})\">"), "<b onclick=\"f(&#34;a&#39;b&#34;)\">");
}

TEST(HtmlOutput, CommentsAreLeftOut) {
  EXPECT_EQ(Html(R"(a<!-- {{"x"}} -->b<!--[if mso]>y<![endif]-->c)"), "abc");
}

TEST(HtmlOutput, RawTextElements) {
  EXPECT_EQ(Html(R"(<title>{{"<b>"}}</title><textarea>{{"</textarea>"}}</textarea>{{"<"}})"),
            "<title>&lt;b&gt;</title><textarea>&lt;/textarea&gt;</textarea>&lt;");
}

TEST(HtmlOutput, PlacesThatAreNotHandledAreErrors) {
  const TemplateSet set(FunctionTable{});
  for (const char* text : {"<p {{\"x\"}}=1>", "<{{\"x\"}}", "<img srcset='{{\"x\"}}'>",
                           "<p style='b: url({{\"x\"}})'>", "<script>var r = /{{\"x\"}}/;</script>",
                           "<script>`{{\"x\"}}`</script>", "<p style='a: &quot;{{\"x\"}}'>"}) {
    const auto out = set.ExecuteHtmlText(text, Value());
    if (std::string_view(text) == "<{{\"x\"}}") {
      EXPECT_EQ(out.value_or("error"), "&lt;x");  // no tag begins there
    } else {
      ASSERT_FALSE(out) << text << " gave " << *out;
      EXPECT_EQ(out.error().code(), ErrorCode::kUnsupported) << text;
    }
  }
}

TEST(HtmlOutput, AnOpenTagAtTheEndIsAnError) {
  EXPECT_FALSE(TemplateSet(FunctionTable{}).ExecuteHtmlText("<a href=\"", Value()));
}

}  // namespace
}  // namespace tocsin::templating
