#include "base/web_config/sign_in.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/web_config/password.h"

namespace tocsin::web_config {
namespace {

constexpr size_t kRemembered = 128;
constexpr size_t kMostWaiting = 64;

std::array<unsigned char, 32> RandomKey() {
  std::array<unsigned char, 32> key{};
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) throw std::runtime_error("no random bytes");
  return key;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > (size_t{64} << 10)) return std::nullopt;
  if (text.find_first_of(" \t\r\n-") != std::string_view::npos) return std::nullopt;  // EVP skips these
  std::string out(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<size_t>(size) - padding);
  return out;
}

}  // namespace

std::optional<Credentials> ParseBasic(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() < kScheme.size()) return std::nullopt;
  if (!std::ranges::equal(authorization.substr(0, kScheme.size()), kScheme, {}, Lower)) return std::nullopt;
  const auto decoded = DecodeBase64(authorization.substr(kScheme.size()));
  if (!decoded) return std::nullopt;
  const size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

SignIn::SignIn() : secret_(RandomKey()), thread_([this](const std::stop_token& stop) { Work(stop); }) {}

SignIn::~SignIn() {
  thread_.request_stop();
  thread_.join();
}

SignIn::Key SignIn::KeyOf(const std::string& hash, const Credentials& given) const {
  std::string text = std::to_string(given.user.size()) + ":" + given.user + hash + given.password;
  Key key{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data(), &size);
  OPENSSL_cleanse(text.data(), text.size());
  return key;
}

void SignIn::Check(const Users& users, const Credentials& given, Done done) {
  const auto found = users.find(given.user);
  const bool known = found != users.end();
  std::string hash;
  if (known) {
    hash = found->second.Reveal();
  } else {
    // As costly as the costliest, so that an answer's time does not tell which names there are.
    const auto costliest =
        std::ranges::max_element(users, {}, [](const auto& user) { return CostOf(user.second.Reveal()); });
    hash = costliest->second.Reveal();
  }
  const Key key = KeyOf(hash, given);
  Task task{std::move(hash), given.password, key, known, std::move(done)};
  Verdict at_once = Verdict::kBusy;
  {
    const std::lock_guard lock(mutex_);
    if (known && right_.contains(task.key)) {
      at_once = Verdict::kGood;
    } else if (waiting_.size() < kMostWaiting) {
      waiting_.push_back(std::move(task));
      changed_.notify_one();
      return;
    }
  }
  task.done(at_once);
}

void SignIn::Work(const std::stop_token& stop) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      if (stop.stop_requested()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    const bool same = Verify(task.hash, task.password);
    const bool good = same && task.known;
    if (good) Remember(task.key);
    task.done(good ? Verdict::kGood : Verdict::kBad);
  }
}

void SignIn::Remember(const Key& key) {
  const std::lock_guard lock(mutex_);
  if (!right_.insert(key).second) return;
  by_age_.push_back(key);
  if (by_age_.size() <= kRemembered) return;
  right_.erase(by_age_.front());
  by_age_.pop_front();
}

}  // namespace tocsin::web_config
