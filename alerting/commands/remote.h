// A running tocsin, or an Alertmanager, as the commands ask it: API v2 over HTTP.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/async/pool.h"
#include "base/error.h"
#include "base/http/client.h"

namespace tocsin::app {

/// For one command's life, on its thread.
class Remote {
 public:
  /// `url`: the server's, as --url gives it.
  explicit Remote(std::string url);
  ~Remote();
  Remote(const Remote&) = delete;
  Remote& operator=(const Remote&) = delete;

  /// The answer's JSON; null for an empty one. A status that is no success is an error in the server's words.
  Result<nlohmann::json> Get(const std::string& path);
  Result<nlohmann::json> Post(const std::string& path, const nlohmann::json& body);
  Result<nlohmann::json> Delete(const std::string& path);

 private:
  Result<nlohmann::json> Ask(http::ClientRequest request);

  std::string url_;
  async::Pool pool_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace tocsin::app
