#include "base/flags/flags.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::flags {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Sets a variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class Flags : public testing::Test {
 protected:
  Flags() {
    Prepare(app_, "tocsin-exporter");
    app_.add_option("--web.listen-address", listen_, "Addresses to listen on.")->default_str(":9113");
    AddDuration(app_, "--nginx.timeout", timeout_, "Time to wait for an answer.");
    AddSwitch(app_, "--collector.host", host_, "Expose figures of the host.");
    AddLogFlags(app_, log_);
    command_ = app_.add_subcommand("check", "Check the configuration.");
    command_->add_option("--deep-look", deep_, "How deep.");
    AddEnvironment(app_, "TOCSIN_EXPORTER_");
  }

  /// "" when it parses, otherwise what the user reads.
  std::string Parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }

  CLI::App app_{"Exports."};
  CLI::App* command_ = nullptr;
  std::vector<std::string> listen_ = {":9113"};
  Duration timeout_{5000};
  bool host_ = true;
  LogFlags log_;
  int deep_ = 0;
};

TEST_F(Flags, KeepTheirDefaults) {
  EXPECT_EQ(Parse({}), "");
  EXPECT_THAT(listen_, ElementsAre(":9113"));
  EXPECT_EQ(timeout_, Duration(5000));
  EXPECT_TRUE(host_);
  EXPECT_EQ(log_.level, LogLevel::kInfo);
}

TEST_F(Flags, ComeFromTheCommandLine) {
  EXPECT_EQ(Parse({"--web.listen-address=:1", "--web.listen-address", ":2", "--nginx.timeout=1m30s",
                   "--log.level=debug", "--log.format=json"}),
            "");
  EXPECT_THAT(listen_, ElementsAre(":1", ":2"));
  EXPECT_EQ(timeout_, Duration(90'000));
  EXPECT_EQ(log_.level, LogLevel::kDebug);
  EXPECT_EQ(log_.format, LogFormat::kJson);
}

TEST_F(Flags, ComeFromTheEnvironmentUnlessTheCommandLineHasThem) {
  const Variable listen("TOCSIN_EXPORTER_WEB_LISTEN_ADDRESS", ":3");
  const Variable timeout("TOCSIN_EXPORTER_NGINX_TIMEOUT", "7s");
  const Variable host("TOCSIN_EXPORTER_COLLECTOR_HOST", "false");
  const Variable deep("TOCSIN_EXPORTER_DEEP_LOOK", "4");
  EXPECT_EQ(Parse({"--nginx.timeout=8s", "check"}), "");
  EXPECT_THAT(listen_, ElementsAre(":3"));
  EXPECT_EQ(timeout_, Duration(8000));
  EXPECT_FALSE(host_);
  EXPECT_EQ(deep_, 4);
}

TEST_F(Flags, SwitchesAreNegatedByNo) {
  EXPECT_EQ(Parse({"--no-collector.host"}), "");
  EXPECT_FALSE(host_);
  EXPECT_EQ(Parse({"--collector.host"}), "");
  EXPECT_TRUE(host_);
  EXPECT_EQ(Parse({"--collector.host=false"}), "");
  EXPECT_FALSE(host_);
}

TEST_F(Flags, ABadValueNamesItsFlag) {
  EXPECT_THAT(Parse({"--nginx.timeout=5"}), HasSubstr("--nginx.timeout"));
  EXPECT_THAT(Parse({"--log.level=loud"}), HasSubstr("--log.level"));
  EXPECT_THAT(Parse({"--log.level=loud"}), HasSubstr("loud"));
  EXPECT_THAT(Parse({"--log.format=xml"}), HasSubstr("--log.format"));
  EXPECT_THAT(Parse({"--no-such-flag"}), HasSubstr("--no-such-flag"));
}

TEST_F(Flags, ABadVariableNamesTheFlag) {
  const Variable timeout("TOCSIN_EXPORTER_NGINX_TIMEOUT", "soon");
  EXPECT_THAT(Parse({}), HasSubstr("--nginx.timeout"));
}

TEST_F(Flags, HelpShowsDefaultsVariablesAndNegation) {
  const std::string help = app_.help();
  EXPECT_THAT(help, HasSubstr("--web.listen-address=:9113 ..."));
  EXPECT_THAT(help, HasSubstr("Time to wait for an answer. [$TOCSIN_EXPORTER_NGINX_TIMEOUT]"));
  EXPECT_THAT(help, HasSubstr("--nginx.timeout=5s"));
  EXPECT_THAT(help, HasSubstr("--[no-]collector.host"));
  EXPECT_THAT(help, HasSubstr("Check the configuration."));
  EXPECT_THAT(help, Not(HasSubstr("EXPORTER_HELP")));
}

TEST_F(Flags, VersionNamesTheProgram) {
  EXPECT_THAT(VersionText("tocsin"), testing::StartsWith("tocsin, version " + std::string(Version()) + " ("));
  EXPECT_THAT(Parse({"--version"}), HasSubstr("tocsin-exporter, version "));
}

}  // namespace
}  // namespace tocsin::flags
