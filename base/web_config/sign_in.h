// Checks user names and passwords. A bcrypt check takes some 60 ms of a core, so it runs on a thread of its
// own, and what was right once is remembered: a scraper costs one check, not one a scrape. Private to the
// room.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "base/secret.h"

namespace tocsin::web_config {

struct Credentials {
  std::string user;
  std::string password;
};

/// "Basic dXNlcjpwYXNz" of RFC 7617; nullopt for anything else.
std::optional<Credentials> ParseBasic(std::string_view authorization);

/// Thread safe. Checks that have not begun when it is destroyed are dropped with their callbacks.
class SignIn {
 public:
  enum class Verdict { kGood, kBad, kBusy };
  using Done = std::function<void(Verdict)>;
  using Users = std::map<std::string, Secret>;

  SignIn();
  ~SignIn();
  SignIn(const SignIn&) = delete;
  SignIn& operator=(const SignIn&) = delete;

  /// Calls `done` once: at once for what was right before and when too many wait, else on the thread of the
  /// checks. An unknown name takes as long as a known one.
  void Check(const Users& users, const Credentials& given, Done done);

 private:
  using Key = std::array<unsigned char, 32>;
  struct Task {
    std::string hash;
    std::string password;
    Key key;
    bool known = false;
    Done done;
  };

  Key KeyOf(const std::string& hash, const Credentials& given) const;
  void Work(const std::stop_token& stop);
  void Remember(const Key& key);

  const Key secret_;  ///< so that what is remembered is of no use elsewhere
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Task> waiting_;
  std::set<Key> right_;
  std::deque<Key> by_age_;
  std::jthread thread_;
};

}  // namespace tocsin::web_config
