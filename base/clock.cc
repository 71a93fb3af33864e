#include "base/clock.h"

namespace tocsin {

Timestamp SystemClock::Now() const {
  using namespace std::chrono;
  return Timestamp::FromMillis(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace tocsin
