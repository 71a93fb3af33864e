// Asking a server whether it is well, for the health check of a container: so that an image needs no curl.
#pragma once

#include <string>

#include "base/error.h"

namespace tocsin::http {

/// Asks `url`, waiting up to three seconds; fine when the answer is 2xx. The error holds the URL without its
/// user info.
Status CheckHealth(const std::string& url);

/// The same as a program: 0, or 1 with the reason on standard error.
int RunHealthCheck(const std::string& url);

}  // namespace tocsin::http
