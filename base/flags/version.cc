#include <fmt/format.h>

#include "base/flags/flags.h"

namespace tocsin::flags {

std::string_view Version() { return TOCSIN_VERSION; }

std::string VersionText(std::string_view program) {
#if defined(__clang__)
  constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
  constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif
  return fmt::format("{}, version {} ({})", program, Version(), kCompiler);
}

}  // namespace tocsin::flags
