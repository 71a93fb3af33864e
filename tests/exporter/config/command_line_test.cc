#include "exporter/config/command_line.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::exporter {
namespace {

using testing::ElementsAre;

/// A variable of the environment for one test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

CommandLine Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tocsin-exporter");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, HasUsefulDefaults) {
  const CommandLine line = Parse({});
  ASSERT_FALSE(line.exit_code);
  EXPECT_EQ(line.command, Command::kServe);
  EXPECT_THAT(line.options.web.listen, ElementsAre(":9113"));
  EXPECT_EQ(line.options.web.telemetry_path, "/metrics");
  EXPECT_EQ(line.options.log_format, "auto");
  EXPECT_EQ(line.options.traffic.error_window, 200U);
  EXPECT_DOUBLE_EQ(line.options.traffic.error_rate_threshold, 0.02);
  EXPECT_EQ(line.options.traffic.series_limit, 10'000U);
  EXPECT_EQ(line.options.stub_status.timeout, Duration{5'000});
  EXPECT_TRUE(line.options.stub_status.tls.verify);
  EXPECT_TRUE(line.options.collect_host);
  EXPECT_EQ(line.options.paths.procfs, "/proc");
}

TEST(CommandLine, ReadsWhatConcernsContainers) {
  const containers::Options defaults = Parse({}).options.containers;
  EXPECT_TRUE(Parse({}).options.collect_containers);
  EXPECT_EQ(defaults.engine.host, "unix:///var/run/docker.sock");
  EXPECT_EQ(defaults.registry.remember, Duration{24 * 3600 * 1000});
  const CommandLine line =
      Parse({"--docker.host=https://h:2376", "--docker.timeout=2s", "--docker.ssl-ca-cert=ca",
             "--container.label=team", "--container.label=org.*", "--container.remember=5m",
             "--no-collector.containers"});
  ASSERT_FALSE(line.exit_code);
  EXPECT_EQ(line.options.containers.engine.host, "https://h:2376");
  EXPECT_EQ(line.options.containers.engine.timeout, Duration{2'000});
  EXPECT_EQ(line.options.containers.engine.tls.ca_file, "ca");
  EXPECT_THAT(line.options.containers.registry.label_globs, ElementsAre("team", "org.*"));
  EXPECT_EQ(line.options.containers.registry.remember, Duration{300'000});
  EXPECT_FALSE(line.options.collect_containers);
  EXPECT_EQ(Parse({"--docker.host=none"}).options.containers.engine.host, "none");
}

TEST(CommandLine, LooksForTheKernelsFilesBelowTheHostsRoot) {
  const CommandLine line = Parse({"--path.rootfs=/host", "--path.sysfs=/elsewhere", "--no-collector.host"});
  ASSERT_FALSE(line.exit_code);
  EXPECT_EQ(line.options.paths.rootfs, "/host");
  EXPECT_EQ(line.options.paths.procfs, "/host/proc");
  EXPECT_EQ(line.options.paths.sysfs, "/elsewhere");
  EXPECT_FALSE(line.options.collect_host);
}

TEST(CommandLine, ReadsEachFlag) {
  const CommandLine line = Parse({"--web.listen-address=127.0.0.1:1",
                                  "--web.listen-address=[::1]:2",
                                  "--web.telemetry-path=/m",
                                  "--web.config.file=web.yml",
                                  "--web.enable-lifecycle",
                                  "--web.systemd-socket",
                                  "--prometheus.const-label=site=here",
                                  "--prometheus.const-label=env=a=b,c",
                                  "--nginx.access-log=/a,b.log",
                                  "--nginx.access-log=/c.log",
                                  "--nginx.log-format=json",
                                  "--nginx.pool=blue,green",
                                  "--nginx.pool=violet",
                                  "--nginx.error-window=50",
                                  "--nginx.error-rate-threshold=2.5",
                                  "--limit.series=7",
                                  "--nginx.scrape-uri=http://h/s",
                                  "--nginx.timeout=250ms",
                                  "--no-nginx.ssl-verify",
                                  "--nginx.ssl-ca-cert=ca.pem",
                                  "--log.level=debug"});
  ASSERT_FALSE(line.exit_code);
  EXPECT_THAT(line.options.web.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
  EXPECT_EQ(line.options.web.telemetry_path, "/m");
  EXPECT_EQ(line.options.web.config_file, "web.yml");
  EXPECT_TRUE(line.options.web.enable_lifecycle);
  EXPECT_TRUE(line.options.web.systemd_socket);
  EXPECT_THAT(line.options.constant_labels,
              ElementsAre(std::pair("site", "here"), std::pair("env", "a=b,c")));
  EXPECT_THAT(line.options.access_logs, ElementsAre("/a,b.log", "/c.log"));
  EXPECT_THAT(line.options.traffic.pools, ElementsAre("blue", "green", "violet"));
  EXPECT_EQ(line.options.traffic.error_window, 50U);
  EXPECT_DOUBLE_EQ(line.options.traffic.error_rate_threshold, 0.025);
  EXPECT_EQ(line.options.traffic.series_limit, 7U);
  EXPECT_THAT(line.options.stub_status.uris, ElementsAre("http://h/s"));
  EXPECT_EQ(line.options.stub_status.timeout, Duration{250});
  EXPECT_FALSE(line.options.stub_status.tls.verify);
  EXPECT_EQ(line.options.stub_status.tls.ca_file, "ca.pem");
  EXPECT_EQ(line.options.log.level, LogLevel::kDebug);
}

TEST(CommandLine, TakesFlagsAfterTheSubcommandToo) {
  const CommandLine line = Parse({"once", "--nginx.access-log=/a.log"});
  ASSERT_FALSE(line.exit_code);
  EXPECT_EQ(line.command, Command::kOnce);
  EXPECT_THAT(line.options.access_logs, ElementsAre("/a.log"));
}

TEST(CommandLine, ReadsTheEnvironmentWhereThereIsNoFlag) {
  const ScopedVariable logs("TOCSIN_EXPORTER_NGINX_ACCESS_LOG", "/a.log\n/b.log");
  const ScopedVariable pools("TOCSIN_EXPORTER_NGINX_POOL", "blue,green");
  const ScopedVariable window("TOCSIN_EXPORTER_NGINX_ERROR_WINDOW", "30");
  const CommandLine line = Parse({"--nginx.error-window=40"});
  ASSERT_FALSE(line.exit_code);
  EXPECT_THAT(line.options.access_logs, ElementsAre("/a.log", "/b.log"));
  EXPECT_THAT(line.options.traffic.pools, ElementsAre("blue", "green"));
  EXPECT_EQ(line.options.traffic.error_window, 40U);
}

TEST(CommandLine, TheOlderNamesWorkBehindTheNewOnes) {
  const ScopedVariable threshold("ERROR_RATE_THRESHOLD", "7");
  const ScopedVariable window("WINDOW_SIZE", "60");
  const ScopedVariable uri("SCRAPE_URI", "http://h/s");
  CommandLine line = Parse({});
  ASSERT_FALSE(line.exit_code);
  EXPECT_DOUBLE_EQ(line.options.traffic.error_rate_threshold, 0.07);
  EXPECT_EQ(line.options.traffic.error_window, 60U);
  EXPECT_THAT(line.options.stub_status.uris, ElementsAre("http://h/s"));
  line = Parse({"--nginx.error-window=40", "--nginx.scrape-uri=http://other/s"});
  EXPECT_EQ(line.options.traffic.error_window, 40U);
  EXPECT_THAT(line.options.stub_status.uris, ElementsAre("http://other/s"));
}

TEST(CommandLine, ABadValueNamesItsFlag) {
  for (const char* bad : {"--nginx.error-window=0", "--nginx.error-rate-threshold=101",
                          "--nginx.timeout=soon", "--web.telemetry-path=metrics", "--limit.series=-1",
                          "--prometheus.const-label=1=x", "--prometheus.const-label=__name=x"}) {
    testing::internal::CaptureStderr();
    const CommandLine line = Parse({bad});
    const std::string said = testing::internal::GetCapturedStderr();
    ASSERT_TRUE(line.exit_code) << bad;
    EXPECT_NE(*line.exit_code, 0);
    EXPECT_NE(said.find(std::string(bad).substr(0, std::string(bad).find('='))), std::string::npos) << said;
  }
}

TEST(CommandLine, ABadValueOfAnOlderNameIsRefused) {
  const ScopedVariable window("WINDOW_SIZE", "many");
  testing::internal::CaptureStderr();
  const CommandLine line = Parse({});
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(line.exit_code);
}

}  // namespace
}  // namespace tocsin::exporter
