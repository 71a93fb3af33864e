#include "exporter/reloads.h"

#include <utility>

namespace tocsin::exporter {

Reloads::Reloads(const Clock& clock, Logger log)
    : clock_(clock), log_(std::move(log)), last_success_millis_(clock.Now().millis()) {}

Checked<void> Reloads::Run() {
  const std::lock_guard lock(running_);
  std::vector<Commit> commits;
  commits.reserve(parts_.size());
  Errors errors;
  for (const Part& part : parts_) {
    auto prepared = part();
    if (prepared) {
      commits.push_back(std::move(*prepared));
    } else {
      errors.insert(errors.end(), prepared.error().begin(), prepared.error().end());
    }
  }
  successful_ = errors.empty();
  if (!errors.empty()) {
    for (const Error& error : errors)
      log_.Error("Configuration refused, nothing has changed", {{"err", error}});
    return tl::unexpected(std::move(errors));
  }
  for (const Commit& commit : commits) commit();
  last_success_millis_ = clock_.Now().millis();
  log_.Info("Configuration read again and in force; flags are read at the start only");
  return {};
}

void Reloads::Write(exposition::Writer& writer) const {
  using exposition::Type;
  writer.Family("tocsin_exporter_config_last_reload_successful",
                "Whether the last reading of the configuration succeeded.", Type::kGauge);
  writer.Sample("", uint64_t{successful_ ? 1U : 0U});
  writer.Family("tocsin_exporter_config_last_reload_success_timestamp_seconds",
                "When the configuration in force was read.", Type::kGauge);
  writer.Sample("", Timestamp::FromMillis(last_success_millis_).seconds());
}

}  // namespace tocsin::exporter
