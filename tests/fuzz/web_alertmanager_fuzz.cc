// Bodies and queries of Alertmanager's API v2: the first byte says which.
#include <cstddef>
#include <cstdint>
#include <string>

#include "alerting/web/alertmanager_alerts.h"
#include "alerting/web/alertmanager_silences.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin;
  if (size == 0) return 0;
  const Timestamp now = Timestamp::FromMillis(1'700'000'000'000);
  http::Request request;
  request.headers.Add("Content-Type", "application/json");
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) {
    request.body = text;
    (void)web::ReadPostedAlerts(request, now, Duration(300'000));
  } else if (data[0] % 3 == 1) {
    request.body = text;
    if (auto silence = web::ReadSilence(request, now)) (void)web::SilenceJson(*silence, now);
  } else {
    request.query = http::Parameters::Parse(text);
    (void)web::ReadAlertQuery(request);
  }
  return 0;
}
