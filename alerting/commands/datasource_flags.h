// Flags of a server that we speak to: where it is and how to sign in.
#pragma once

#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "alerting/remote/endpoint.h"

namespace tocsin::app {

/// Adds `prefix`url, `prefix`header and so on ("--datasource."). `what` is the server, in the help of the
/// URL. `options` must outlive the parsing.
void AddEndpointFlags(CLI::App& app, const std::string& prefix, const std::string& what,
                      remote::EndpointOptions& options);

/// A flag's value as it may be shown: secrets read <secret>, a URL loses its user.
std::string ShownValue(const std::string& flag, const std::string& value);

}  // namespace tocsin::app
