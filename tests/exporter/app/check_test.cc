#include "exporter/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/async/pool.h"
#include "base/http/server.h"
#include "tests/exporter/tail/scratch_folder.h"
#include "tests/source_dir.h"

namespace tocsin::exporter {
namespace {

using tail::Overwrite;
using testing::HasSubstr;

class CheckTest : public testing::Test {
 protected:
  CheckTest() { options_.collect_containers = options_.collect_host = false; }
  CheckReport Check() { return CheckSources(options_, *client_); }

  tail::ScratchFolder folder_;
  async::Pool pool_{1};
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient(pool_, "test");
  Options options_;
};

TEST_F(CheckTest, SaysHowManyLinesOfALogAreCountedAndAsWhat) {
  const std::string path = folder_ / "a.log";
  options_.access_logs = {path};
  Overwrite(path, "{\"status\":200}\n{\"status\":404}\nhalf a li");
  EXPECT_EQ(Check().text,
            "ok    access log        " + path + ": of its last 2 lines 2 are counted, as json\n");
  Overwrite(path, "{\"status\":200}\nrubbish\n");
  EXPECT_THAT(Check().text,
              HasSubstr("note  access log        " + path + ": of its last 2 lines 1 are counted"));
  EXPECT_TRUE(Check().ok);
  Overwrite(path, "rubbish\n");
  EXPECT_FALSE(Check().ok);
  Overwrite(path, "");
  EXPECT_TRUE(Check().ok);
}

TEST_F(CheckTest, FailsForWhatIsNotThere) {
  options_.access_logs = {folder_ / "missing.log"};
  options_.stub_status.uris = {"http://127.0.0.1:1/stub_status", "nonsense"};
  options_.containers.engine.host = "unix://" + (folder_ / "no.sock");
  options_.collect_containers = true;
  const CheckReport report = Check();
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.text,
              HasSubstr("FAIL  access log        " + (folder_ / "missing.log") + ": no such file"));
  EXPECT_THAT(report.text, HasSubstr("FAIL  stub_status       http://127.0.0.1:1/stub_status: "));
  EXPECT_THAT(report.text, HasSubstr("FAIL  container engine  unix://"));
}

TEST_F(CheckTest, AsksTheEngineAndLooksAtTheState) {
  http::Router router;
  router.Get("/_ping", [](const http::Request&) { return http::Response::Text(200, "OK"); });
  http::ServerOptions server_options;
  server_options.listen = {"127.0.0.1:0"};
  const auto server = http::Server::Start(pool_, server_options, std::move(router), Logger());
  ASSERT_TRUE(server.has_value());
  options_.collect_containers = true;
  options_.containers.engine.host = "tcp://" + (*server)->addresses().front();
  options_.state_path = folder_ / "not/there/yet";
  const CheckReport report = Check();
  EXPECT_TRUE(report.ok) << report.text;
  EXPECT_THAT(report.text, HasSubstr("ok    container engine  tcp://"));
  EXPECT_THAT(report.text, HasSubstr("ok    state             "));
}

TEST_F(CheckTest, LooksForTheKernelsFilesWhereTheyAreSaidToBe) {
  options_.collect_containers = options_.collect_host = true;
  options_.containers.engine.host = "none";
  options_.paths.rootfs = SourceDir() + "/tests/exporter/containers/fixture/v2";
  options_.paths.FollowRoot();
  CheckReport report = Check();
  EXPECT_THAT(report.text, HasSubstr("/sys/fs/cgroup: version 2, 3 containers\n"));
  EXPECT_THAT(report.text,
              HasSubstr("FAIL  host              " + options_.paths.rootfs + "/proc/stat: No such"));
  options_.paths = kernel::Paths();
  EXPECT_THAT(Check().text, HasSubstr("ok    host              /proc/stat: can be read\n"));
  options_.paths.sysfs = folder_ / "sys";
  report = Check();
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.text,
              HasSubstr("FAIL  cgroups           " + (folder_ / "sys/fs/cgroup") + ": there are none"));
}

TEST_F(CheckTest, FailsForAFormatThatCannotBeRead) {
  options_.log_format = "no_such";
  EXPECT_THAT(Check().text, HasSubstr("FAIL  log format        --nginx.log-format: unknown log format"));
}

}  // namespace
}  // namespace tocsin::exporter
