// What services and files say of targets (the first byte says which): any body gives groups within the bounds
// or a clear error, and whatever it gives becomes targets, or doesn't, without a fault.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "alerting/collect/discovery/docker_discoverer.h"
#include "alerting/collect/discovery/file_discoverer.h"
#include "alerting/collect/discovery/http_discoverer.h"
#include "alerting/collect/scrape/target.h"

namespace {

using tocsin::Result;
using tocsin::collect::TargetGroup;
using Groups = std::vector<TargetGroup>;

Result<Groups> Read(uint8_t kind, std::string_view body) {
  switch (kind % 3) {
    case 0:
      return tocsin::collect::ReadHttpTargets(body, "http://sd/");
    case 1: {
      const size_t half = body.find('\0');  // containers, and networks behind a zero
      const std::string_view networks = half == std::string_view::npos ? "[]" : body.substr(half + 1);
      return tocsin::collect::DockerTargets(body.substr(0, half), networks, {}).map([](TargetGroup group) {
        return Groups{std::move(group)};
      });
    }
    default:
      return tocsin::collect::ReadTargets(body, "targets.yml");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Result<Groups> groups = Read(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!groups) {
    if (groups.error().ToString().empty()) std::abort();
    return 0;
  }
  for (const TargetGroup& group : *groups) {
    for (const auto& address : group.targets) {
      const auto target = tocsin::collect::MakeTarget(address, group.labels, {}, {});
      if (target && *target && (*target)->url.empty()) std::abort();
    }
  }
  return 0;
}
