#include "alerting/notify/notification_id.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace tocsin::notify {

std::string NotificationId(const Notification& notification, const IntegrationId& integration,
                           std::optional<Timestamp> told_before) {
  std::string all = fmt::format("{}\n{}\n{}\n", notification.group_key, integration.ToString(),
                                told_before ? told_before->millis() : -1);
  for (const model::AlertPtr& alert : notification.alerts) {
    all += fmt::format("{:016x} {} {}\n", alert->labels.Fingerprint(), alert->starts_at.millis(),
                       notification.IsFiring(*alert) ? "firing" : "resolved");
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(all.data(), all.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string id;
  for (size_t i = 0; i < 16; ++i) id += fmt::format("{:02x}", digest[i]);
  return id;
}

}  // namespace tocsin::notify
