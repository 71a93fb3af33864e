// The gate of a server that a web configuration file describes.
//
// The file, and what it names, is looked at for each connection and each request and read again when it has
// changed, so that new certificates and passwords count at once. Where exporter-toolkit then answers 500 to
// everyone if the file is bad, we say so in the log and keep what was in force: a file caught half written
// takes nobody's metrics away, and opens nothing that was closed. For the same reason TLS is neither switched
// on nor off while running.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/http/gate.h"
#include "base/log.h"
#include "base/web_config/config.h"

namespace tocsin::web_config {

class RateLimiter;
class SignIn;

/// Thread safe. Must go before the pool that its server runs on.
class FileGate final : public http::Gate {
 public:
  /// Reads the file and the certificates; all faults are returned.
  static Checked<std::unique_ptr<FileGate>> Open(const std::string& path, const Logger& log);
  ~FileGate() override;
  FileGate(const FileGate&) = delete;
  FileGate& operator=(const FileGate&) = delete;

  std::shared_ptr<boost::asio::ssl::context> Tls() override;
  void Admit(http::Request request, http::Responder responder, const Next& next) override;

  /// Reads the file again, changed or not; calling what is returned puts it in force. Faults are not logged.
  Checked<std::function<void()>> Prepare();
  /// Both at once; on a fault nothing changes and the faults are returned.
  Checked<void> Reload();
  /// Whether the last reading found no fault.
  bool successful() const { return successful_; }
  bool uses_tls() const { return uses_tls_; }

 private:
  struct State;
  struct Stamp;
  /// What a reading has looked at, as it was just before.
  struct Watch {
    std::vector<std::string> files;
    std::vector<Stamp> stamps;
    void Add(const std::string& file);
    bool Changed() const;
  };
  FileGate(std::string path, Logger log, std::shared_ptr<const State> state, Watch watch);
  static Checked<std::shared_ptr<const State>> Load(const std::string& path, Watch& watch);
  Checked<std::shared_ptr<const State>> LoadAgain();
  void Use(std::shared_ptr<const State> state);
  Checked<void> Replace();
  std::shared_ptr<const State> Current();

  const std::string path_;
  const Logger log_;
  const bool uses_tls_;
  std::mutex mutex_;
  std::shared_ptr<const State> state_;  ///< under mutex_
  std::mutex reading_;
  Watch watch_;  ///< of the last reading; under reading_
  std::atomic<bool> successful_ = true;
  std::unique_ptr<RateLimiter> limiter_;
  std::unique_ptr<SignIn> sign_in_;
};

/// Faults of the file and of what it names: for `check` commands.
Checked<void> CheckFile(const std::string& path);

}  // namespace tocsin::web_config
