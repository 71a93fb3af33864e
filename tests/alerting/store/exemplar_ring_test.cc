#include "alerting/store/exemplar_ring.h"

#include <gmock/gmock.h>

namespace tocsin::store {
namespace {

using model::Exemplar;
using model::Labels;
using model::Matcher;
using testing::ElementsAre;
using testing::SizeIs;

const Labels kRequests{{"__name__", "requests"}, {"job", "a"}};
const Labels kErrors{{"__name__", "errors"}};

Exemplar Trace(const std::string& id, int64_t at, double value = 1) {
  return {{{"trace_id", id}}, value, Timestamp::FromMillis(at)};
}

std::vector<model::SeriesExemplars> All(const ExemplarRing& ring, int64_t start = 0,
                                        int64_t end = 1'000'000) {
  return ring.Exemplars({{Matcher::Equal("__name__", "requests")}, {Matcher::Equal("__name__", "errors")}},
                        {Timestamp::FromMillis(start), Timestamp::FromMillis(end)});
}

TEST(ExemplarRing, GivesThoseOfTheSelectedSeriesInTheRange) {
  ExemplarRing ring;
  ring.Add(kRequests, Trace("a", 1000));
  ring.Add(kRequests, Trace("b", 2000));
  ring.Add(kErrors, Trace("c", 3000));
  ring.Add({{"__name__", "other"}}, Trace("d", 2000));
  const auto all = All(ring, 2000, 3000);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].labels, kErrors);
  EXPECT_THAT(all[0].exemplars, ElementsAre(Trace("c", 3000)));
  EXPECT_EQ(all[1].labels, kRequests);
  EXPECT_THAT(all[1].exemplars, ElementsAre(Trace("b", 2000)));
}

TEST(ExemplarRing, DropsOlderOnesRepetitionsAndTooLongLabels) {
  ExemplarRing ring;
  ring.Add(kErrors, Trace("a", 2000));
  ring.Add(kErrors, Trace("a", 2000));
  ring.Add(kErrors, Trace("b", 1000));
  ring.Add(kErrors, Trace(std::string(121, 'x'), 3000));
  EXPECT_EQ(ring.size(), 1U);
  ring.Add(kErrors, Trace(std::string(120, 'x'), 3000));
  EXPECT_EQ(ring.size(), 2U);
}

TEST(ExemplarRing, ARepetitionWithoutATimeIsDroppedAtAnyTime) {
  ExemplarRing ring;
  model::Exemplar untimed = Trace("a", 1000);
  untimed.timed = false;
  ring.Add(kErrors, untimed);
  untimed.timestamp = Timestamp::FromMillis(2000);
  ring.Add(kErrors, untimed);
  EXPECT_EQ(ring.size(), 1U);
  ring.Add(kErrors, Trace("a", 3000));
  EXPECT_EQ(ring.size(), 2U);
}

TEST(ExemplarRing, TheOldestMakeWay) {
  ExemplarRing ring(2);
  ring.Add(kRequests, Trace("a", 1000));
  ring.Add(kErrors, Trace("b", 2000));
  ring.Add(kErrors, Trace("c", 3000));
  EXPECT_EQ(ring.size(), 2U);
  ASSERT_THAT(All(ring), SizeIs(1));
  EXPECT_THAT(All(ring)[0].exemplars, ElementsAre(Trace("b", 2000), Trace("c", 3000)));
  ring.SetCapacity(1);
  EXPECT_THAT(All(ring)[0].exemplars, ElementsAre(Trace("c", 3000)));
  ring.SetCapacity(0);
  ring.Add(kErrors, Trace("d", 4000));
  EXPECT_EQ(ring.size(), 0U);
}

}  // namespace
}  // namespace tocsin::store
