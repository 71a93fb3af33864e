// libcurl's multi interface on the Asio loop: Asio waits for the sockets and the timer that libcurl names,
// and libcurl is called when they are due, all of it on one strand. No transfer holds a thread.
#pragma once

#include <memory>

#include "base/async/pool.h"
#include "base/curl/transfer.h"

namespace tocsin::curl {

/// Thread safe. The Pool must outlive it.
class Loop {
 public:
  explicit Loop(async::Pool& pool);
  /// Ends what is under way with CURLE_ABORTED_BY_CALLBACK.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

 private:
  struct Entry;
  class Core;

 public:
  /// Lets a transfer go when destroyed, from any thread: Finish() is then not called any more, unless it is
  /// running at that moment. May outlive the Loop.
  class Ticket {
   public:
    Ticket(std::shared_ptr<Core> core, std::shared_ptr<Entry> entry);
    ~Ticket();
    Ticket(Ticket&&) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;

   private:
    std::shared_ptr<Core> core_;
    std::shared_ptr<Entry> entry_;
  };

  [[nodiscard]] Ticket Start(std::shared_ptr<Transfer> transfer);

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace tocsin::curl
