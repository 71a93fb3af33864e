// A syslog datagram as nginx writes it, to the log line in it.
#pragma once

#include <optional>
#include <string_view>

namespace tocsin::syslog {

/// RFC 3164: "<190>Nov 21 10:15:03 host nginx: the line", the host left out with nginx' `nohostname`. The
/// line, a view into `datagram`, without the newline or NUL that some senders put behind it; nullopt for what
/// is no such message.
std::optional<std::string_view> LineOf(std::string_view datagram);

}  // namespace tocsin::syslog
