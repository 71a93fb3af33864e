#include "exporter/containers/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporter/containers/fakes.h"

namespace tocsin::containers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

class RegistryTest : public testing::Test {
 protected:
  Tracked& At(const std::string& id) { return registry_.containers().at(id); }
  static Container Service(const std::string& id, const std::string& name, const std::string& project = "") {
    Container container = Running(id, name);
    if (project.empty()) {
      container.restart_policy = "unless-stopped";
    } else {
      container.labels = {{"com.docker.compose.project", project}, {"com.docker.compose.service", name}};
      container.networks = {project + "_default"};
    }
    return container;
  }
  /// `container` begun again.
  static Container Again(Container container, const std::string& at, uint64_t restart_count = 0) {
    container.state = State::kRunning;
    container.started_at = at;
    container.pid += 1;
    container.restart_count = restart_count;
    return container;
  }

  FakeClock clock_;
  Registry registry_{RegistryOptions{}, clock_};
};

TEST_F(RegistryTest, CountsEachStartAfterTheFirst) {
  Container container = Running("1", "web");
  container.restart_count = 2;
  registry_.Update(container);
  EXPECT_EQ(At("1").restarts, 2U) << "what the engine counted before";
  registry_.Update(container);
  EXPECT_EQ(At("1").restarts, 2U);
  registry_.Update(Exited(container, 1));
  EXPECT_EQ(At("1").restarts, 2U);
  registry_.Update(Again(container, "b", 2));
  EXPECT_EQ(At("1").restarts, 3U) << "by hand: the engine does not count it";
  Container waiting = Exited(Again(container, "b", 3), 1);
  waiting.state = State::kRestarting;
  registry_.Update(waiting);
  EXPECT_EQ(At("1").restarts, 3U) << "the engine counts before it starts";
  registry_.Update(Again(container, "c", 3));
  EXPECT_EQ(At("1").restarts, 4U);
  registry_.Update(Again(container, "d", 9));
  EXPECT_EQ(At("1").restarts, 10U) << "starts that went by unseen";
}

TEST_F(RegistryTest, CountsOomKillsOverRuns) {
  const Container container = Running("1", "web");
  registry_.Update(container);
  EXPECT_EQ(At("1").oom_kills(), 0U);
  At("1").oom_counted = 2;  // as a scrape read it
  EXPECT_EQ(At("1").oom_kills(), 2U);
  registry_.NoteOutOfMemory("1");
  EXPECT_EQ(At("1").oom_kills(), 2U) << "the event tells of the same kills";
  registry_.NoteOutOfMemory("1");
  registry_.NoteOutOfMemory("1");
  EXPECT_EQ(At("1").oom_kills(), 3U);
  Container dead = Exited(container, 137);
  dead.oom_killed = true;
  registry_.Update(dead);
  EXPECT_EQ(At("1").oom_kills(), 3U);
  registry_.Update(Again(container, "b"));
  EXPECT_EQ(At("1").oom_kills(), 3U);
  dead.started_at = "b";
  registry_.Update(dead);
  EXPECT_EQ(At("1").oom_kills(), 4U) << "only the engine knows of this one";
  registry_.NoteOutOfMemory("unknown");
}

TEST_F(RegistryTest, CountsAKillThatIsToldOfBeforeTheRunItBelongsTo) {
  Container created = Running("1", "web");
  created.state = State::kCreated;
  created.pid = 0;
  created.started_at.clear();
  registry_.Update(created);
  for (uint64_t run = 1; run <= 2; ++run) {
    registry_.NoteStarted("1");
    registry_.NoteOutOfMemory("1");
    registry_.Update(Again(Running("1", "web"), "run " + std::to_string(run)));
    At("1").oom_counted = 1;
    EXPECT_EQ(At("1").oom_kills(), run);
  }
}

TEST_F(RegistryTest, ExpectsWhatIsStoppedOrFailedToRun) {
  const Container container = Running("1", "job");
  registry_.Update(container);
  EXPECT_TRUE(At("1").is_expected());
  registry_.Update(Exited(container, 0));
  EXPECT_FALSE(At("1").is_expected()) << "it did its work";
  registry_.NoteStopped("1");
  EXPECT_TRUE(At("1").is_expected()) << "someone stopped it";
  registry_.Update(Again(container, "b"));
  registry_.Update(Exited(Again(container, "b"), 0));
  EXPECT_FALSE(At("1").is_expected()) << "that was an earlier run";
  registry_.Update(Exited(Again(container, "b"), 1));
  EXPECT_TRUE(At("1").is_expected());
  Container always = Exited(Service("2", "web"), 0);
  registry_.Update(always);
  EXPECT_TRUE(At("2").is_expected()) << "its restart policy lets it never end";
  Container created = Running("3", "new");
  created.state = State::kCreated;
  registry_.Update(created);
  EXPECT_FALSE(At("3").is_expected());
}

TEST_F(RegistryTest, RemembersServicesThatVanish) {
  registry_.Update(Service("1", "web"));
  registry_.Update(Running("2", "plain"));
  Container job = Exited(Service("3", "migrate", "shop"), 0);
  registry_.Update(job);
  for (const char* id : {"1", "2", "3", "unknown"}) registry_.Remove(id);
  EXPECT_THAT(registry_.containers(), IsEmpty());
  ASSERT_THAT(registry_.removed(), ElementsAre(Key("web")));
  EXPECT_EQ(registry_.removed().at("web").labels, R"({name="web"})");
  clock_.Advance(Duration{24 * 3600 * 1000 - 1});
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("web")));
  clock_.Advance(Duration{1});
  EXPECT_THAT(registry_.removed(), IsEmpty());
}

TEST_F(RegistryTest, ForgetsThemWhenASuccessorHasTheName) {
  registry_.Update(Service("1", "web"));
  registry_.Remove("1");
  registry_.Update(Service("2", "web"));
  EXPECT_THAT(registry_.removed(), IsEmpty());
  Container renamed = Service("2", "web_old");
  registry_.Update(renamed);
  registry_.Update(Service("3", "web"));
  registry_.Remove("2");
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("web_old")));
}

TEST_F(RegistryTest, ForgetsAProjectThatWasTakenDown) {
  registry_.Update(Service("1", "a", "shop"));
  registry_.Update(Service("2", "b", "shop"));
  registry_.Update(Service("3", "c", "other"));
  registry_.Remove("1");
  registry_.NoteNetworkRemoved("shop_default");
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("a"))) << "the project still has a container";
  registry_.Remove("2");
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("a"), Key("b"))) << "not known yet how it ends";
  registry_.NoteNetworkRemoved("other_default");
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("a"), Key("b")));
  registry_.NoteNetworkRemoved("shop_default");
  EXPECT_THAT(registry_.removed(), IsEmpty());
}

TEST_F(RegistryTest, ForgetsAProjectWithoutNetworksWhenAllOfItWasStopped) {
  for (const bool stopped : {false, true}) {
    Container container = Service("1", "a", "shop");
    container.networks = {"host"};
    registry_.Update(container);
    if (stopped) registry_.NoteStopped("1");
    registry_.Remove("1");
    EXPECT_EQ(registry_.removed().empty(), stopped);
  }
}

TEST_F(RegistryTest, ReconcilesWithAListAfterATimeWithoutEvents) {
  registry_.Update(Service("1", "a", "shop"));
  registry_.Update(Service("2", "b", "gone"));
  registry_.Update(Service("3", "c"));
  registry_.Update(Service("4", "d"));
  registry_.Reconcile({"4"}, {"bridge", "shop_default"});
  EXPECT_THAT(registry_.containers(), ElementsAre(Key("4")));
  EXPECT_THAT(registry_.removed(), ElementsAre(Key("a"), Key("c")))
      << "b's project was taken down with its network";
}

TEST_F(RegistryTest, SurvivesARestartByName) {
  registry_.Update(Service("1", "a"));
  registry_.Update(Exited(Service("2", "b", "shop"), 0));
  registry_.NoteStopped("2");
  registry_.Update(Service("3", "gone"));
  registry_.Update(Running("4", "plain"));
  registry_.Remove("3");
  checkpoint::Writer saved;
  registry_.Save(saved);

  clock_.Advance(Duration{3600 * 1000});
  Registry later(RegistryOptions{}, clock_);
  checkpoint::Reader reader(saved.bytes());
  ASSERT_TRUE(later.Restore(reader).has_value());
  EXPECT_THAT(later.removed(), ElementsAre(Key("gone")));
  checkpoint::Writer again;
  later.Save(again);
  EXPECT_FALSE(again.bytes().empty()) << "those that are awaited are saved again";
  later.Update(Exited(Service("2", "b", "shop"), 0));
  EXPECT_TRUE(later.containers().at("2").is_expected()) << "it was stopped before the restart";
  later.Reconcile({"2"}, {"shop_default"});
  EXPECT_THAT(later.removed(), ElementsAre(Key("a"), Key("gone"))) << "a vanished meanwhile";
  clock_.Advance(Duration{23 * 3600 * 1000});
  EXPECT_THAT(later.removed(), ElementsAre(Key("a"))) << "the other's time went on";
}

TEST_F(RegistryTest, RefusesACheckpointThatIsCut) {
  registry_.Update(Service("1", "a"));
  checkpoint::Writer saved;
  registry_.Save(saved);
  for (size_t size = 0; size < saved.bytes().size(); ++size) {
    Registry later(RegistryOptions{}, clock_);
    checkpoint::Reader reader(std::string_view(saved.bytes()).substr(0, size));
    EXPECT_FALSE(later.Restore(reader).has_value()) << size;
    EXPECT_THAT(later.removed(), IsEmpty());
  }
}

TEST_F(RegistryTest, TakesUpWhatWasNameless) {
  registry_.ReconcileNameless({{"1", "docker/1"}, {"2", "docker/2"}});
  EXPECT_EQ(At("1").labels, R"({id="1"})");
  registry_.ReconcileNameless({{"1", "docker/1"}});
  EXPECT_THAT(registry_.containers(), ElementsAre(Key("1")));
  Container container = Running("1", "web");
  container.restart_count = 4;
  registry_.Update(container);
  EXPECT_EQ(At("1").restarts, 4U);
  EXPECT_FALSE(At("1").looked_for);
}

}  // namespace
}  // namespace tocsin::containers
