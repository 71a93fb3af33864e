// Sockets that systemd has opened for us (sd_listen_fds(3)): so a port below 1024 needs no privilege, and
// connections wait while the service restarts.
#pragma once

#include <vector>

#include "base/error.h"

namespace tocsin::http {

/// The descriptors, for ServerOptions::sockets. Takes the variables out of the environment, so that no child
/// believes they were for it. kNotFound when there are none.
Result<std::vector<int>> TakeSystemdSockets();

}  // namespace tocsin::http
