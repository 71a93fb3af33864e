#include "exporter/parse/nginx_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/parse/parser_factory.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::parse {
namespace {

using tail::Overwrite;
using tail::ScratchFolder;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Names(const std::vector<LogFormat>& formats) {
  std::vector<std::string> names;
  names.reserve(formats.size());
  for (const LogFormat& format : formats) names.push_back(format.name);
  return names;
}

TEST(ReadNginxConf, FindsFormatsLogsAndWhatIsIncluded) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "sites");
  Overwrite(folder / "nginx.conf", R"(
error_log logs/error.log warn;
http {
  include mime.types;
  log_format main '$remote_addr "$request" '
                  '$status';
  access_log /var/log/nginx/access.log main buffer=64k;
  include sites/*.conf;
}
stream { log_format tcp '$status'; access_log logs/tcp.log tcp; }
)");
  Overwrite(folder / "mime.types", "types { text/html html htm; }");
  Overwrite(folder / "sites/a.conf", R"(
server { access_log logs/a.log; error_log logs/error.log; error_log stderr; location / { access_log off; } }
server { access_log ./logs/a.log late gzip_is_no_option; }
log_format late escape=json '{"status":$status}';
)");
  const auto logs = ReadNginxConf(folder / "nginx.conf");
  ASSERT_TRUE(logs.has_value()) << logs.error().ToString();
  EXPECT_THAT(Names(logs->formats), ElementsAre("main", "late"));
  EXPECT_EQ(logs->formats[0].ToString(), R"($remote_addr "$request" $status)");
  EXPECT_EQ(logs->formats[1].escape, Escape::kJson);
  ASSERT_EQ(logs->access_logs.size(), 2U);
  EXPECT_EQ(logs->access_logs[0].path, "/var/log/nginx/access.log");
  EXPECT_THAT(Names(logs->access_logs[0].formats), ElementsAre("main"));
  EXPECT_EQ(logs->access_logs[1].path, folder / "logs/a.log");
  EXPECT_THAT(Names(logs->access_logs[1].formats), ElementsAre("combined", "late"));
  EXPECT_THAT(logs->error_logs, ElementsAre(folder / "logs/error.log"));
  EXPECT_TRUE(logs->passed_over.empty());
}

TEST(ReadNginxConf, LogsAreRelativeToThePrefix) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "conf");
  Overwrite(folder / "conf/nginx.conf", "http { access_log logs/a.log; }");
  EXPECT_EQ(ReadNginxConf(folder / "conf/nginx.conf")->access_logs[0].path, folder / "logs/a.log");
  EXPECT_EQ(ReadNginxConf(folder / "conf/nginx.conf", "/srv")->access_logs[0].path, "/srv/logs/a.log");
}

TEST(ReadNginxConf, SaysWhichLogsCannotBeFollowed) {
  const ScratchFolder folder;
  Overwrite(folder / "nginx.conf",
            "http {\n"
            "access_log syslog:server=127.0.0.1:5531 combined;\n"
            "access_log logs/$host.log;\n"
            "access_log logs/a.gz combined gzip=5;\n"
            "access_log logs/b.log no_such;\n"
            "access_log logs/c.log if=$loggable;\n"
            "include missing.conf;\n"
            "include nothing/*.conf;\n}");
  const auto logs = ReadNginxConf(folder / "nginx.conf");
  ASSERT_TRUE(logs.has_value());
  ASSERT_EQ(logs->access_logs.size(), 1U);
  EXPECT_EQ(logs->access_logs[0].path, folder / "logs/c.log");
  std::vector<std::string> messages;
  for (const Error& error : logs->passed_over)
    messages.push_back(std::to_string(error.position().line) + ": " + error.message());
  EXPECT_THAT(
      messages,
      ElementsAre(HasSubstr("2: access_log goes to syslog"), HasSubstr("3: access_log logs/$host.log"),
                  HasSubstr("4: access_log logs/a.gz: is written compressed"), HasSubstr("7: include "),
                  HasSubstr("5: access_log " + (folder / "logs/b.log"))));
}

TEST(ReadNginxConf, SaysWhereAFileIsWrong) {
  const ScratchFolder folder;
  Overwrite(folder / "nginx.conf", "http { include a.conf; }");
  Overwrite(folder / "a.conf", "server {\n  log_format x '$';\n}");
  EXPECT_EQ(ReadNginxConf(folder / "nginx.conf").error().ToString(),
            (folder / "a.conf") + ":2:3: log_format x: a variable's name is expected after '$'");
  Overwrite(folder / "a.conf", "include a.conf;");
  EXPECT_THAT(ReadNginxConf(folder / "nginx.conf").error().ToString(), HasSubstr("nested too deep"));
  EXPECT_EQ(ReadNginxConf(folder / "missing.conf").error().code(), ErrorCode::kNotFound);
}

TEST(ReadNginxConf, AutoTriesTheFormatsOfTheFileFirst) {
  const ScratchFolder folder;
  Overwrite(folder / "nginx.conf",
            "http { log_format main '$status|$request'; log_format b escape=json '{\"s\":$status}';"
            "access_log a.log; access_log b.log b; }");
  const auto factory = ParserFactory::Make("auto", {}, ReadNginxConf(folder / "nginx.conf").value());
  ASSERT_TRUE(factory.has_value());
  EXPECT_THAT(Names(factory->Candidates(folder / "b.log")),
              ElementsAre("b", "main", "json", "combined", "common", "main_ext", "upstreaminfo"));
  LogRecord record;
  EXPECT_EQ(LineFaultName(factory->MakeParser(folder / "b.log", Logger())->Parse("{\"s\":201}", record)),
            "none");
  EXPECT_EQ(record.Text(Field::kStatus), "201");
  const auto named = ParserFactory::Make("main", {}, ReadNginxConf(folder / "nginx.conf").value());
  EXPECT_EQ(LineFaultName(named->MakeParser("x", Logger())->Parse("404|GET / HTTP/1.1", record)), "none");
  EXPECT_EQ(record.Text(Field::kStatus), "404");
}

}  // namespace
}  // namespace tocsin::parse
