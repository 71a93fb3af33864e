// Writes mail messages: RFC 5322 headers, RFC 2047 encoded words, RFC 2045 quoted-printable bodies. Whatever
// text comes in (labels come from outside), no header or part can be forged with it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tocsin::notify {

struct MailAddress {
  std::string name;     ///< UTF-8, may be empty
  std::string address;  ///< user@domain
};

/// `a@b, "Name, N" <c@d>`: RFC 5322's address list without groups, comments and routes. kInvalidArgument when
/// it is none, or when an address holds anything but printable ASCII without spaces.
Result<std::vector<MailAddress>> ParseAddresses(std::string_view text);

/// `Name <a@b>, c@d`, the names encoded or quoted as they need.
std::string WriteAddresses(const std::vector<MailAddress>& addresses);

/// "Name: value" with CRLF at its end, folded before column 78. What is not printable ASCII becomes encoded
/// words; line breaks, other controls and runs of spaces become one space.
std::string WriteHeader(std::string_view name, std::string_view value);
/// The same of a value that is written already, as WriteAddresses gives.
std::string WriteRawHeader(std::string_view name, std::string_view value);

/// Printable ASCII without space and colon.
bool IsHeaderName(std::string_view name);

/// RFC 2045 section 6.7: lines of at most 76 characters, ended by CRLF; invalid UTF-8 becomes U+FFFD.
std::string QuotedPrintable(std::string_view text);

/// "Fri, 20 Nov 2026 20:54:33 +0000"
std::string MailDate(Timestamp at);

/// The Content-Type header and body of a multipart/alternative; the first of `parts` is the plainest. Each is
/// a media type and a text in UTF-8; empty ones are left out. The boundary holds "=_", which quoted-printable
/// can't.
std::string WriteAlternatives(const std::vector<std::pair<std::string, std::string>>& parts,
                              std::string_view boundary_seed);

}  // namespace tocsin::notify
