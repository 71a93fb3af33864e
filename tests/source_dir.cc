#include "tests/source_dir.h"

namespace tocsin {

std::string SourceDir() { return TOCSIN_SOURCE_DIR; }

}  // namespace tocsin
