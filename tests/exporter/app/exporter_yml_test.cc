// exporter.yml from the file to the page: labels out of any field, in JSON and in text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/config/config_file.h"
#include "exporter/once.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::exporter {
namespace {

using testing::HasSubstr;

std::string PageOf(const std::string& config, const std::string& format, const std::string& log) {
  const tail::ScratchFolder folder;
  tail::Append(folder / "access.log", log);
  Options options;
  options.access_logs = {folder / "access.log"};
  options.log_format = format;
  auto read = WithConfig(std::move(options), config, "exporter.yml");
  if (!read) return ToString(read.error());
  const auto page = RunOnce(*read, Logger());
  return page ? *page : page.error().ToString();
}

TEST(ExporterYml, TakesLabelsOutOfJson) {
  EXPECT_THAT(
      PageOf(
          "fields: {took: request_time}\nlabels: [{name: tenant, from: customer}, {name: route, from: uri, "
          "routes: ['/users/:id']}]\nbuckets: {request_duration: [0.5]}\n",
          "json",
          "{\"request\":\"GET /users/1 HTTP/1.1\",\"status\":200,\"customer\":\"acme\",\"took\":0.2}\n"),
      HasSubstr("nginx_access_request_duration_seconds_bucket{tenant=\"acme\",route=\"/users/"
                ":id\",le=\"0.5\"} 1\n"));
}

TEST(ExporterYml, TakesLabelsOutOfALogFormat) {
  EXPECT_THAT(
      PageOf("labels: [{name: host, from: http_host}, {name: agent, from: http_user_agent, map: [{regex: "
             "'curl/.*', to: curl}], otherwise: browser}]\n",
             "$remote_addr $http_host \"$request\" $status \"$http_user_agent\"",
             "192.0.2.1 shop.example \"GET / HTTP/1.1\" 200 \"curl/8.1\"\n"),
      HasSubstr("nginx_access_requests_total{host=\"shop.example\",agent=\"curl\",method=\"GET\",status="
                "\"200\"} 1\n"));
}

TEST(ExporterYml, KnowsPoolsByTheirServers) {
  EXPECT_THAT(
      PageOf("pools: {blue: ['10.0.0.1:80'], green: []}\n", "$status $upstream_addr", "200 10.0.0.1:80\n"),
      testing::AllOf(
          HasSubstr("nginx_access_requests_total{pool=\"blue\",method=\"other\",status=\"200\"} 1\n"),
          HasSubstr("nginx_pool_active{pool=\"blue\"} 1\n"),
          HasSubstr("nginx_pool_failovers_total{from=\"blue\",to=\"green\"} 0\n")));
}

}  // namespace
}  // namespace tocsin::exporter
