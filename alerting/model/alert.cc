#include "alerting/model/alert.h"

namespace tocsin::model {

std::string_view EndReasonName(EndReason reason) {
  switch (reason) {
    case EndReason::kNone:
      return "";
    case EndReason::kBelow:
      return "below";
    case EndReason::kVanished:
      return "vanished";
  }
  return "";
}

}  // namespace tocsin::model
