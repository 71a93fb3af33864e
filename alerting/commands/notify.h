// `tocsin notify …`: what an alertmanager.yml would do, without a server.
#pragma once

#include <string>
#include <vector>

#include "alerting/configuration.h"

namespace tocsin::app {

struct NotifyCommand {
  ConfigurationFiles files;         ///< the alertmanager.yml alone
  std::vector<std::string> labels;  ///< `name=value` of an alert
  std::string receiver;
};

/// Prints each receiver that an alert of these labels reaches, by which path, in which group.
int TestRoutes(const NotifyCommand& command);

/// Sends a message that is marked as a test to every integration of the receiver, and prints each one's
/// answer. 1 when one failed.
int TestReceiver(const NotifyCommand& command);

}  // namespace tocsin::app
