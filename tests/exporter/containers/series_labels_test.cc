#include "exporter/containers/series_labels.h"

#include <gtest/gtest.h>

#include "tests/exporter/containers/fakes.h"

namespace tocsin::containers {
namespace {

TEST(SeriesLabels, AreThoseThatTheContainerHas) {
  Container container = Running("id1", "we\"b\n");
  container.labels = {{"com.docker.compose.project", "shop"}, {"a.b", "1"}, {"a-b", "2"}, {"other", "x"}};
  EXPECT_EQ(SeriesLabels::Render(container, LabelChoice()).base,
            R"({id="id1",image="app:1",name="we\"b\n",container_label_com_docker_compose_project="shop"})");
  const SeriesLabels chosen = SeriesLabels::Render(container, LabelChoice({"a?b"}));
  EXPECT_EQ(chosen.base,
            R"({id="id1",image="app:1",name="we\"b\n",container_label_com_docker_compose_project="shop",)"
            R"(container_label_a_b="1"})");
  EXPECT_TRUE(chosen.states[static_cast<size_t>(State::kPaused)].ends_with(R"(,state="paused"})"));
}

TEST(SeriesLabels, LeaveOffWhatIsNotKnown) {
  Container container;
  container.id = "id1";
  EXPECT_EQ(SeriesLabels::Render(container, LabelChoice()).cpu_total, R"({id="id1",cpu="total"})");
}

TEST(VariantLabels, StayWhereTheyAre) {
  VariantLabels labels("interface");
  const std::string& first = labels.Of("{a=\"1\"}", "eth0");
  for (int i = 0; i < 100; ++i) labels.Of("{a=\"1\"}", "eth" + std::to_string(i));
  EXPECT_EQ(&labels.Of("{a=\"1\"}", "eth0"), &first);
  EXPECT_EQ(first, "{a=\"1\",interface=\"eth0\"}");
}

}  // namespace
}  // namespace tocsin::containers
