// When the certificates that nginx serves run out. They are looked at now and then, not at each scrape: a
// handshake costs more than a scrape, and days are what counts.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/async/strand.h"
#include "base/exposition/writer.h"
#include "base/log.h"
#include "exporter/certificates/handshake.h"

namespace tocsin::certificates {

struct Options {
  std::vector<std::string> addresses;  ///< as ParseAddress() takes them
  Duration interval{60'000};           ///< from one look to the next
  Duration timeout{5'000};
};

/// Thread safe.
class Collector : public std::enable_shared_from_this<Collector> {
 public:
  /// kInvalidArgument names the address that is none, or is there twice. `executor` must outlive it.
  static Result<std::shared_ptr<Collector>> Make(const Options& options, Look look, async::Executor& executor,
                                                 Logger log);

  /// Looks at every address, and again each interval until the collector goes.
  void Start();

  /// Of the last look; what has not been looked at yet has no series. A server that can't be reached keeps
  /// what it served before, with nginx_certificate_probe_success 0.
  void Write(exposition::Writer& writer) const;

 private:
  struct Site {
    Address address;
    std::string labels;            // rendered
    std::optional<bool> reached;   // by the last look
    std::optional<Served> served;  // when it was last reached
  };

  Collector(std::vector<Site> sites, Duration interval, Look look, async::Executor& executor, Logger log);
  static void LookAround(const std::shared_ptr<Collector>& self);
  void Take(size_t site, Result<Served> outcome);

  const Duration interval_;
  const Look look_;
  const std::shared_ptr<async::Strand> strand_;
  const Logger log_;
  mutable std::mutex mutex_;
  std::vector<Site> sites_;  // guarded by mutex_, but for the addresses
  async::Timer timer_;       // on the strand
};

}  // namespace tocsin::certificates
