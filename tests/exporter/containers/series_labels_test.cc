#include "exporter/containers/series_labels.h"

#include <gtest/gtest.h>

#include "tests/exporter/containers/fakes.h"

namespace tocsin::containers {
namespace {

TEST(SeriesLabels, AreThoseThatTheContainerHas) {
  Container container = Running("id1", "we\"b\n");
  container.labels = {{"com.docker.compose.project", "shop"}, {"a.b", "1"}, {"a-b", "2"}, {"other", "x"}};
  EXPECT_EQ(RenderSeriesLabels(container, LabelChoice()),
            R"({id="id1",image="app:1",name="we\"b\n",container_label_com_docker_compose_project="shop"})");
  EXPECT_EQ(RenderSeriesLabels(container, LabelChoice({"a?b"})),
            R"({id="id1",image="app:1",name="we\"b\n",container_label_com_docker_compose_project="shop",)"
            R"(container_label_a_b="1"})");
}

TEST(SeriesLabels, LeaveOffWhatIsNotKnown) {
  Container container;
  container.id = "id1";
  EXPECT_EQ(RenderSeriesLabels(container, LabelChoice()), R"({id="id1"})");
}

TEST(InterfaceLabels, StayWhereTheyAre) {
  InterfaceLabels labels;
  const std::string& first = labels.Of("eth0");
  for (int i = 0; i < 100; ++i) labels.Of("eth" + std::to_string(i));
  EXPECT_EQ(&labels.Of("eth0"), &first);
  EXPECT_EQ(first, "interface=\"eth0\"");
  EXPECT_EQ(labels.Of("a\"b"), "interface=\"a\\\"b\"");
  labels.Trim();
  EXPECT_EQ(&labels.Of("eth0"), &first) << "they are few";
}

}  // namespace
}  // namespace tocsin::containers
