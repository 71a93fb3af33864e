// A bound datagram socket.
#pragma once

#include <cstdint>
#include <string>

#include "exporter/syslog/address.h"

namespace tocsin::syslog {

/// Owns the descriptor, and a unix socket's name, which the destructor removes.
class Socket {
 public:
  /// With the largest receive buffer that the system allows us. A unix socket may be written to by everyone,
  /// as nginx' workers run as a user of their own; one that is left over from before is replaced.
  static Result<Socket> Bind(const Address& address);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int descriptor() const { return descriptor_; }
  /// Datagrams that the kernel had no room for.
  uint64_t dropped() const;
  int receive_buffer_bytes() const;
  /// Of UDP.
  uint16_t port() const;
  /// The name is no longer there, and nothing more is received by it.
  void RemoveName();

 private:
  Socket(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  int descriptor_;
  std::string path_;
};

}  // namespace tocsin::syslog
