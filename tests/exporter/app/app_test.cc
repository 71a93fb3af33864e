#include "exporter/app.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/config/command_line.h"
#include "exporter/config/config_file.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::exporter {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// The exporter on a port of its own, and a server that plays nginx's stub_status.
class AppTest : public testing::Test {
 protected:
  void SetUp() override {
    http::Router router;
    router.Get("/stub_status", [](const http::Request&) {
      return http::Response::Text(200,
                                  "Active connections: 3 \nserver accepts handled requests\n 10 11 12 \n"
                                  "Reading: 0 Writing: 1 Waiting: 2 \n");
    });
    http::ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    auto started = http::Server::Start(pool_, options, std::move(router), Logger());
    ASSERT_TRUE(started.has_value());
    nginx_ = std::move(*started);
    options_.web.listen = {"127.0.0.1:0"};
    options_.access_logs = {path_};
    options_.traffic.pools = {"blue", "green"};
    options_.collect_containers = false;
    options_.stub_status.uris = {"http://" + nginx_->addresses().front() + "/stub_status"};
  }
  void TearDown() override {
    if (app_) app_->Stop();
    nginx_->Stop(Duration{0});
    client_.reset();
    pool_.Stop();
  }
  void Start() {
    auto started = App::Start(options_, pool_, Logger());
    ASSERT_TRUE(started.has_value()) << started.error().ToString();
    app_ = std::move(*started);
  }
  http::ClientResponse Get(const std::string& path, http::Headers headers = {}) {
    http::ClientRequest request;
    request.url = "http://" + app_->addresses().front() + path;
    request.headers = std::move(headers);
    const auto response = client_->SendAndWait(std::move(request));
    EXPECT_TRUE(response.has_value());
    return response.value_or(http::ClientResponse{});
  }
  http::ClientResponse Post(const std::string& path, http::Headers headers = {}) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = "http://" + app_->addresses().front() + path;
    request.headers = std::move(headers);
    return client_->SendAndWait(std::move(request)).value_or(http::ClientResponse{});
  }
  /// The metrics, asked for until they hold `text`.
  std::string MetricsWith(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string page;
    do {
      page = Get("/metrics").body;
    } while (page.find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline);
    return page;
  }

  tail::ScratchFolder folder_;
  std::string path_ = folder_ / "access.log";
  Options options_;
  async::Pool pool_{2};
  std::unique_ptr<http::Client> client_ = http::MakeCurlClient(pool_, "test");
  std::unique_ptr<http::Server> nginx_;
  std::unique_ptr<App> app_;
};

TEST_F(AppTest, FollowsALogAndAsksNginx) {
  tail::Append(path_, "{\"status\":500}\n");
  Start();
  const std::string joined = "nginx_log_lag_bytes{file=\"" + path_ + "\"} 0\n";
  EXPECT_THAT(MetricsWith(joined), HasSubstr("nginx_log_lines_total{file=\"" + path_ + "\"} 0\n"));
  tail::Append(path_, R"({"request":"GET / HTTP/1.1","status":"200","pool":"blue"})"
                      "\n");
  const std::string counted = "nginx_access_requests_total{pool=\"blue\",method=\"GET\",status=\"200\"} 1\n";
  const std::string page = MetricsWith(counted);
  EXPECT_THAT(page, HasSubstr(counted));
  EXPECT_THAT(page, HasSubstr("nginx_up 1\n"));
  EXPECT_THAT(page, HasSubstr("nginx_http_requests_total 12\n"));
  EXPECT_THAT(page, HasSubstr("tocsin_exporter_build_info{"));
  EXPECT_THAT(page, HasSubstr("tocsin_exporter_collector_duration_seconds{collector=\"stub_status\"}"));
  EXPECT_THAT(page, HasSubstr("process_resident_memory_bytes "));
  EXPECT_THAT(page, HasSubstr("process_start_time_seconds "));
}

TEST_F(AppTest, TellsOfTheHostUnlessToldNotTo) {
  Start();
  EXPECT_THAT(Get("/metrics").body, HasSubstr("node_scrape_collector_success{collector=\"uname\"} 1\n"));
  EXPECT_THAT(Get("/metrics").body,
              HasSubstr("tocsin_exporter_collector_duration_seconds{collector=\"host\"}"));
  app_->Stop();
  options_.collect_host = false;
  Start();
  EXPECT_THAT(Get("/metrics").body, Not(HasSubstr("node_")));
}

TEST_F(AppTest, TellsOfContainersWithoutAnEngineToo) {
  options_.collect_containers = true;
  options_.containers.engine.host = "unix://" + (folder_ / "no.sock");
  Start();
  const std::string page = Get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("container_engine_up 0\n"));
  EXPECT_THAT(page, HasSubstr("machine_cpu_cores "));
  EXPECT_THAT(page, HasSubstr("tocsin_exporter_collector_duration_seconds{collector=\"containers\"}"));
}

TEST_F(AppTest, KeepsWhichContainersThereWere) {
  options_.collect_containers = true;
  options_.containers.engine.host = "none";
  options_.state_path = folder_ / "state";
  Start();
  const auto is_kept = [this] { return std::filesystem::exists(folder_ / "state/containers/checkpoint"); };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_kept() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(is_kept());
}

TEST_F(AppTest, DoesNotStartWithAnEnginesAddressThatIsNone) {
  options_.collect_containers = true;
  options_.containers.engine.host = "docker.sock";
  const auto started = App::Start(options_, pool_, Logger());
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().message(), HasSubstr("--docker.host"));
}

TEST_F(AppTest, AnswersInTheFormatThatIsAsked) {
  Start();
  const auto text = Get("/metrics");
  EXPECT_EQ(text.headers.Get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  const auto open_metrics = Get("/metrics", {{"Accept", "application/openmetrics-text;version=1.0.0"}});
  EXPECT_EQ(open_metrics.headers.Get("Content-Type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_THAT(open_metrics.body, EndsWith("# EOF\n"));
  EXPECT_THAT(open_metrics.body, HasSubstr("# TYPE nginx_connections_accepted unknown\n"));
  EXPECT_THAT(open_metrics.body, HasSubstr("# TYPE nginx_access_requests counter\n"));
}

TEST_F(AppTest, ServesOnWhenNginxIsDown) {
  Start();
  nginx_->Stop(Duration{0});
  const std::string page = Get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("nginx_up 0\n"));
  EXPECT_THAT(page, Not(HasSubstr("nginx_connections_active")));
  EXPECT_THAT(page, HasSubstr("nginx_pool_active{pool=\"blue\"} 0\n"));
}

TEST_F(AppTest, HasALandingPageAndSaysThatItIsWell) {
  options_.web.telemetry_path = "/telemetry";
  Start();
  EXPECT_THAT(Get("/").body, HasSubstr("href=\"telemetry\""));
  EXPECT_EQ(Get("/telemetry").status, 200);
  EXPECT_EQ(Get("/metrics").status, 404);
  EXPECT_EQ(Get("/-/healthy").status, 200);
  EXPECT_EQ(Get("/-/ready").status, 200);
}

TEST_F(AppTest, KnowsItsPathsAndTheirMethods) {
  Start();
  EXPECT_EQ(Get("/nowhere").status, 404);
  EXPECT_EQ(Get("/-/reload").status, 404) << "not enabled";
  EXPECT_EQ(Post("/metrics").status, 405);
}

TEST_F(AppTest, PutsTheConstantLabelsOnEverySeries) {
  options_.constant_labels = {{"site", "a\"b"}, {"pool", "mine"}};
  Start();
  const std::string page = Get("/metrics").body;
  EXPECT_THAT(page, HasSubstr("nginx_up{site=\"a\\\"b\",pool=\"mine\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("nginx_pool_active{site=\"a\\\"b\",pool=\"blue\"} 0\n"))
      << "a metric's own label wins";
  EXPECT_THAT(page, HasSubstr("process_resident_memory_bytes{site="));
}

TEST_F(AppTest, ReadsItsConfigurationAgainWhenAskedTo) {
  const std::string web = folder_ / "web.yml";
  tail::Overwrite(web, "http_server_config: {headers: {X-Frame-Options: deny}}\n");
  options_.web.config_file = web;
  options_.web.enable_lifecycle = true;
  Start();
  EXPECT_EQ(Get("/").headers.Get("X-Frame-Options"), "deny");
  EXPECT_THAT(Get("/metrics").body, HasSubstr("tocsin_exporter_config_last_reload_successful 1\n"));
  tail::Overwrite(web, "http_server_config: {headers: {X-Frame-Options: never}}\n");
  const auto refused = Post("/-/reload");
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("web.yml:1:49: "));
  EXPECT_THAT(Get("/metrics").body, HasSubstr("tocsin_exporter_config_last_reload_successful 0\n"));
  EXPECT_EQ(Get("/").headers.Get("X-Frame-Options"), "deny") << "a bad file changes nothing";
  tail::Overwrite(web, "http_server_config: {headers: {X-Frame-Options: sameorigin}}\n");
  EXPECT_EQ(Post("/-/reload").status, 200);
  EXPECT_EQ(Get("/").headers.Get("X-Frame-Options"), "sameorigin");
  EXPECT_THAT(Get("/metrics").body, HasSubstr("tocsin_exporter_config_last_reload_successful 1\n"));
}

TEST_F(AppTest, ReadsExporterYmlAgainAndGoesOnCounting) {
  const auto line = [](const std::string& host) {
    return R"({"request":"GET / HTTP/1.1","status":200,"host":")" + host + "\"}\n";
  };
  const auto config = [](const std::string& mappings) {
    return "labels: [{name: shop, from: host, map: [" + mappings + "]}]\n";
  };
  const auto series = [](const std::string& shop, int requests) {
    return "nginx_access_requests_total{shop=\"" + shop + "\",method=\"GET\",status=\"200\"} " +
           std::to_string(requests) + "\n";
  };
  options_.traffic.pools.clear();
  options_.web.enable_lifecycle = true;
  options_.config_file = folder_ / "exporter.yml";
  tail::Overwrite(options_.config_file, config("{value: a.example, to: a}"));
  options_.read_again = [flags = options_] { return WithConfigFile(flags); };
  options_ = *WithConfigFile(options_);
  Start();
  const std::string followed = "nginx_log_lag_bytes{file=\"" + path_ + "\"} 0\n";
  ASSERT_THAT(MetricsWith(followed), HasSubstr(followed));
  tail::Append(path_, line("a.example"));
  EXPECT_THAT(MetricsWith(series("a", 1)), HasSubstr(series("a", 1)));

  tail::Overwrite(options_.config_file, "labels: [{name: shop, form: host}]\n");
  const auto refused = Post("/-/reload");
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("exporter.yml:1:"));
  EXPECT_THAT(Get("/metrics").body, HasSubstr("tocsin_exporter_config_last_reload_successful 0\n"));
  tail::Append(path_, line("a.example") + line("b.example"));
  EXPECT_THAT(MetricsWith(series("b.example", 1)), HasSubstr(series("a", 2))) << "a bad file changes nothing";

  tail::Overwrite(options_.config_file, config("{value: a.example, to: a}, {value: b.example, to: b}"));
  EXPECT_EQ(Post("/-/reload").status, 200);
  tail::Append(path_, line("a.example") + line("b.example"));
  const std::string page = MetricsWith(series("b", 1));
  EXPECT_THAT(page, HasSubstr(series("a", 3)));
  EXPECT_THAT(page, HasSubstr(series("b", 1)));
  EXPECT_THAT(page, HasSubstr(series("b.example", 1)));
  EXPECT_THAT(page, HasSubstr("nginx_log_lines_total{file=\"" + path_ + "\"} 5\n"));
  EXPECT_THAT(page, HasSubstr("tocsin_exporter_config_last_reload_successful 1\n"));
}

TEST_F(AppTest, LeavesNginxAloneWhenToldTo) {
  const std::string log = "--nginx.access-log=" + path_;
  const std::array<const char*, 5> arguments = {"tocsin-exporter", log.c_str(),
                                                "--nginx.scrape-uri=http://127.0.0.1:1/", "--nginx.pool=blue",
                                                "--no-collector.nginx"};
  const CommandLine line = ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
  ASSERT_FALSE(line.exit_code);
  options_ = line.options;
  options_.web.listen = {"127.0.0.1:0"};
  options_.collect_containers = false;
  Start();
  const std::string page = Get("/metrics").body;
  EXPECT_THAT(page, Not(HasSubstr("nginx_access")));
  EXPECT_THAT(page, Not(HasSubstr("nginx_up")));
  EXPECT_THAT(page, HasSubstr("node_load1 "));
}

TEST_F(AppTest, APageOfAnotherOriginReloadsNothing) {
  options_.web.enable_lifecycle = true;
  Start();
  EXPECT_EQ(Post("/-/reload", {{"Origin", "http://example.test"}}).status, 403);
  EXPECT_EQ(Post("/-/reload").status, 200);
}

TEST_F(AppTest, DoesNotStartWithABadWebConfiguration) {
  options_.web.config_file = folder_ / "web.yml";
  tail::Overwrite(options_.web.config_file, "tls_server_config: {cert_file: none.pem, key_file: none.key}\n");
  const auto started = App::Start(options_, pool_, Logger());
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error().ToString(), HasSubstr("web.yml:1:32: "));
}

TEST_F(AppTest, CompressesTheMetricsForWhoAccepts) {
  Start();
  const auto response = Get("/metrics", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(response.headers.Get("Content-Encoding"), "gzip");
  EXPECT_THAT(response.body, testing::StartsWith("\x1f\x8b"));
}

TEST_F(AppTest, DoesNotStartOnAnAddressInUse) {
  options_.web.listen = nginx_->addresses();
  const auto started = App::Start(options_, pool_, Logger());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kUnavailable);
}

TEST_F(AppTest, DoesNotStartWithAFormatThatItCannotRead) {
  options_.log_format = "no_such";
  const auto started = App::Start(options_, pool_, Logger());
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(AppTest, ServesEvidenceOnlyWhenTold) {
  Start();
  EXPECT_EQ(Get("/evidence").status, 404);
  app_->Stop();
  options_.evidence.enabled = true;
  Start();
  MetricsWith("nginx_log_lines_total");
  tail::Append(path_, "{\"request\":\"GET /a?b=c HTTP/1.1\",\"status\":503,\"pool\":\"blue\"}\n");
  MetricsWith("status=\"503\"} 1\n");
  const http::ClientResponse response = Get("/evidence?class=error&pool=blue");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_THAT(response.body,
              HasSubstr(R"("fields":{"request":"GET /a HTTP/1.1","status":"503","pool":"blue"})"));
  EXPECT_EQ(Get("/evidence?class=warm").status, 400);
}

}  // namespace
}  // namespace tocsin::exporter
