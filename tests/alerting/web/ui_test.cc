#include "alerting/web/ui.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/web/runbook.h"

namespace tocsin::web {
namespace {

using testing::HasSubstr;
using testing::Not;

class UiCapture final : public http::Responder::Impl {
 public:
  void Send(http::Response response) override { response_ = std::move(response); }
  const http::Response& response() const { return response_; }

 private:
  http::Response response_;
};

http::Response AskUi(std::string path, http::Parameters query = {}, std::string tag = "") {
  http::Router router;
  AddUi(router);
  auto capture = std::make_shared<UiCapture>();
  http::Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.query = std::move(query);
  if (!tag.empty()) request.headers.Set("If-None-Match", std::move(tag));
  router.Dispatch(std::move(request), http::Responder(capture));
  return capture->response();
}

std::string Header(const http::Response& response, std::string_view name) {
  return std::string(response.headers.Get(name));
}

TEST(Ui, ServesThePageAndEveryFileThatItNames) {
  const http::Response page = AskUi("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(Header(page, "Content-Type"), "text/html; charset=utf-8");
  for (const char* file : {"ui/style.css", "ui/app.js", "ui/icon.svg"}) {
    EXPECT_THAT(page.body, HasSubstr(file));
    EXPECT_EQ(AskUi(std::string("/") + file).status, 200) << file;
  }
  EXPECT_EQ(Header(AskUi("/ui/app.js"), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(AskUi("/ui/other.js").status, 404);
}

TEST(Ui, EveryImportIsAFileThatIsServed) {
  for (const UiFile& file : UiFiles()) {
    for (size_t at = file.content.find("from \"./"); at != std::string_view::npos;
         at = file.content.find("from \"./", at + 1)) {
      const std::string_view rest = file.content.substr(at + 8);
      const std::string name(rest.substr(0, rest.find('"')));
      EXPECT_EQ(AskUi("/ui/" + name).status, 200) << file.name << " imports " << name;
    }
  }
}

TEST(Ui, AllowsNothingFromElsewhereAndNoScriptInThePage) {
  const http::Response page = AskUi("/");
  EXPECT_THAT(Header(page, "Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_THAT(Header(page, "Content-Security-Policy"), Not(HasSubstr("unsafe")));
  EXPECT_THAT(page.body, Not(HasSubstr("<style")));
  EXPECT_THAT(page.body, Not(HasSubstr("onclick")));
  for (const UiFile& file : UiFiles()) EXPECT_THAT(std::string(file.content), Not(HasSubstr("innerHTML")));
}

TEST(Ui, IsNotSentAgainUnchanged) {
  const std::string tag = Header(AskUi("/ui/app.js"), "ETag");
  ASSERT_FALSE(tag.empty());
  const http::Response again = AskUi("/ui/app.js", {}, tag);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST(Ui, PrometheusAddressesLeadToTheirPages) {
  http::Parameters query;
  query.Add("g0.expr", "up == 0");
  query.Add("g0.tab", "1");
  const http::Response graph = AskUi("/graph", query);
  EXPECT_EQ(graph.status, 302);
  EXPECT_EQ(Header(graph, "Location"), "./#/graph?expr=up%20%3D%3D%200&tab=table");
  EXPECT_EQ(Header(AskUi("/graph"), "Location"), "./#/graph");
  EXPECT_EQ(Header(AskUi("/alerts"), "Location"), "./#/alerts");
}

TEST(Ui, ServesTheRunbookWithAnAnchorForEachAlertThatShips) {
  const http::Response page = AskUi("/runbook");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(Header(page, "Content-Type"), "text/html; charset=utf-8");
  for (const char* alert : {"failoverdetected", "higherrorrate", "containerdown", "watchdog"}) {
    EXPECT_THAT(page.body, HasSubstr("<h2 id=\"" + std::string(alert) + "\">")) << alert;
  }
  EXPECT_EQ(AskUi("/ui/RUNBOOK.md").status, 404);
}

TEST(RunbookPage, KnowsHeadingsParagraphsBoldAndCode) {
  const std::string page = RunbookPage("# All\n\n## Not Well\n\n**Look** at `a < b`\nand [there](x.md#y).\n");
  EXPECT_THAT(page, HasSubstr("<h1>All</h1>\n<h2 id=\"not-well\">Not Well</h2>\n"
                              "<p><strong>Look</strong> at <code>a &lt; b</code>\nand there.</p>\n"));
}

TEST(RunbookPage, TakesAMarkThatNothingEndsForAText) {
  EXPECT_THAT(RunbookPage("2 ** 3, `open, [a] <b>"), HasSubstr("<p>2 ** 3, `open, [a] &lt;b&gt;</p>"));
}

}  // namespace
}  // namespace tocsin::web
