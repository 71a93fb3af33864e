// From a receiver's options to its integrations.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerting/notify/options.h"
#include "alerting/notify/receivers/integration.h"
#include "alerting/notify/template/templates.h"
#include "base/clock.h"
#include "base/http/client.h"
#include "base/smtp/client.h"

namespace tocsin::notify {

/// What integrations need; the references must outlive them.
struct ReceiverServices {
  http::Client& http;
  smtp::Client& smtp;
  const Clock& clock;
  std::shared_ptr<const Templates> templates;
  std::string external_url;
};

/// Each integration's index counts those of its type, in the order of the options.
std::vector<std::shared_ptr<const Integration>> MakeIntegrations(const ReceiverOptions& receiver,
                                                                 const ReceiverServices& services);

}  // namespace tocsin::notify
