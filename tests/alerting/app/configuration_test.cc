#include "alerting/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alerting/promql/engine.h"
#include "alerting/store/store.h"
#include "base/clock.h"
#include "tests/alerting/app/folder.h"

namespace tocsin::app {
namespace {

using ::testing::HasSubstr;

class LoadConfigurationTest : public ::testing::Test {
 protected:
  Checked<Configuration> Load() {
    return LoadConfiguration(files_, engine_, clock_, "http://localhost:9093");
  }
  std::string Faults() {
    auto loaded = Load();
    return loaded ? "" : ToString(loaded.error());
  }

  Folder folder_;
  store::Store store_;
  SystemClock clock_;
  promql::Engine engine_{store_, clock_};
  ConfigurationFiles files_;
};

TEST_F(LoadConfigurationTest, NeedsNoFileAtAll) {
  auto loaded = Load();
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->groups.empty());
}

TEST_F(LoadConfigurationTest, ReadsRulesOfBothSources) {
  folder_.Write("a.yml", "groups: [{name: a, rules: [{record: x, expr: up}]}]");
  folder_.Write("b.yml", "groups: [{name: b, rules: [{alert: Y, expr: up == 0}]}]");
  files_.prometheus =
      folder_.Write("prometheus.yml", "rule_files: [a.yml]\nglobal: {evaluation_interval: 500ms}\n");
  files_.rules = {folder_.Path("b*.yml")};
  auto loaded = Load();
  ASSERT_TRUE(loaded) << Faults();
  ASSERT_EQ(loaded->groups.size(), 2u);
  EXPECT_EQ(loaded->groups[0]->name, "a");
  EXPECT_EQ(loaded->groups[1]->name, "b");
  EXPECT_EQ(loaded->groups[1]->interval, Duration(500));
}

TEST_F(LoadConfigurationTest, WarnsOfWhatStandsBehindTheFirstDocument) {
  folder_.Write("a.yml", "groups: []\n---\ngroups: [{}]\n");
  files_.prometheus = folder_.Write("prometheus.yml", "rule_files: [a.yml]\n...\nnosuch: 1\n");
  files_.rules = {folder_.Write("b.yml", "---\ngroups: []\n")};
  auto loaded = Load();
  ASSERT_TRUE(loaded) << Faults();
  ASSERT_EQ(loaded->warnings.size(), 2U);
  EXPECT_THAT(loaded->warnings[0].ToString(), HasSubstr("prometheus.yml:2:1: what stands behind this mark"));
  EXPECT_THAT(loaded->warnings[1].ToString(), HasSubstr("a.yml:2:1: "));
}

TEST_F(LoadConfigurationTest, ReportsTheFaultsOfEveryFileWithTheirPlaces) {
  files_.rules = {folder_.Write("r.yml", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up +\n")};
  files_.prometheus = folder_.Write("prometheus.yml", "global: {}\nscrape_configz: []\n");
  files_.alertmanager = folder_.Write("alertmanager.yml", "route: {receiver: nobody}\nreceivers: []\n");
  const std::string faults = Faults();
  EXPECT_THAT(faults, HasSubstr("prometheus.yml:2:1: unknown key \"scrape_configz\""));
  EXPECT_THAT(faults, HasSubstr("alertmanager.yml:1:"));
  EXPECT_THAT(faults, HasSubstr("r.yml:5:"));
}

TEST_F(LoadConfigurationTest, ChecksTheTemplatesOfNotificationsToo) {
  folder_.Write("t.tmpl", "{{ define \"x\" }}\n{{ nonsense }}{{ end }}");
  files_.alertmanager = folder_.Write("alertmanager.yml",
                                      "templates: [t.tmpl]\nroute: {receiver: a}\nreceivers: [{name: a}]\n");
  EXPECT_THAT(Faults(), HasSubstr("t.tmpl:2:"));
}

TEST_F(LoadConfigurationTest, SaysWhenARuleGlobNamesNothing) {
  files_.rules = {folder_.Path("none*.yml")};
  EXPECT_THAT(Faults(), HasSubstr("none*.yml names no file"));
}

TEST_F(LoadConfigurationTest, WarnsOfUnsupportedKeysWhenAskedTo) {
  files_.prometheus = folder_.Write("prometheus.yml", "remote_write: [{url: 'http://x'}]\n");
  EXPECT_THAT(Faults(), HasSubstr("remote_write"));
  files_.unsupported = config::Unsupported::kWarn;
  auto loaded = Load();
  ASSERT_TRUE(loaded);
  EXPECT_THAT(ToString(loaded->warnings), HasSubstr("remote_write"));
}

}  // namespace
}  // namespace tocsin::app
