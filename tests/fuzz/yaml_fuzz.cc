// Any bytes: the parser ends with a tree or an error, within its limits.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/yaml/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tocsin;
  yaml::ParseLimits limits;
  limits.max_nodes = 10'000;
  Result<yaml::Node> node = yaml::Parse({reinterpret_cast<const char*>(data), size}, "fuzz.yml", limits);
  if (!node) return 0;
  Errors errors;
  yaml::ExpandEnvironment(
      *node, [](const std::string& name) { return std::optional(name); }, {"regex"}, errors);
  yaml::MappingReader reader(*node, errors);
  reader.Finish();
  return 0;
}
