#include "alerting/notify/notification_id.h"

#include <array>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace tocsin::notify {

std::string NotificationId(const Notification& notification, const IntegrationId& integration,
                           std::optional<Timestamp> told_before) {
  std::string all = fmt::format("{}\n{}\n{}\n", notification.group_key.text(), integration.ToString(),
                                told_before ? told_before->millis() : -1);
  for (const model::AlertPtr& alert : notification.alerts) {
    fmt::format_to(std::back_inserter(all), "{:016x} {} {}\n", alert->labels.Fingerprint(),
                   alert->starts_at.millis(), notification.IsFiring(*alert) ? "firing" : "resolved");
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  // EVP_sha256() would have OpenSSL look for the algorithm each time.
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_Digest(all.data(), all.size(), digest.data(), &length, sha256, nullptr);
  constexpr size_t kBytes = 16;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  id.reserve(2 * kBytes);
  for (size_t i = 0; i < kBytes; ++i) {
    id += kDigits[digest[i] >> 4];
    id += kDigits[digest[i] & 0xf];
  }
  return id;
}

}  // namespace tocsin::notify
