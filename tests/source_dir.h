// Where the tree lies, for tests that read fixtures and shipped files. One object knows the path, so that the
// programs of two clones are the same to a compiler cache.
#pragma once

#include <string>

namespace tocsin {

/// The absolute path of the project's root, without a slash at its end.
std::string SourceDir();

}  // namespace tocsin
