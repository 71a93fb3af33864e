// bcrypt, by libxcrypt. Private to the room.
#pragma once

#include <string>

#include "base/error.h"

namespace tocsin::web_config {

/// The hash is one that Verify can use: "$2a$", "$2b$", "$2x$" or "$2y$" with a cost between 4 and 31.
/// kInvalidArgument otherwise, without showing it.
Status CheckHash(const std::string& hash);

/// The cost in a hash that CheckHash takes: each step doubles the time (10 is some 60 ms).
int CostOf(const std::string& hash);

/// Whether `password` is what `hash` was made from. Takes its time, by design; compares in constant time.
/// As in Go's bcrypt, bytes beyond the 72nd do not count and all versions of the hash mean the same.
bool Verify(const std::string& hash, const std::string& password);

}  // namespace tocsin::web_config
