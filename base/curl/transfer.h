// One exchange of libcurl's, before, while and after the Loop runs it. Private to the clients of base/http
// and base/smtp, as is the whole room.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "base/error.h"
#include "base/time.h"

namespace tocsin::curl {

/// Set up by its maker, then run by one Loop, then finished; on one thread at a time. What its options point
/// to must live as long as it does.
class Transfer {
 public:
  struct EasyDelete {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  using Easy = std::unique_ptr<CURL, EasyDelete>;

  /// `used`: the handle of an earlier transfer, which keeps its options; null is one of its own.
  explicit Transfer(Easy used = nullptr);
  virtual ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Called by the Loop when the exchange has ended, on the pool but not on the loop's strand.
  virtual void Finish(CURLcode code) = 0;

  /// Whether it opens and closes its connection's sockets itself, and has none kept.
  virtual bool opens_sockets() const { return false; }

  CURL* easy() const { return easy_.get(); }
  /// The first option that libcurl refused; CURLE_OK when all is well.
  CURLcode setup() const { return setup_; }

 protected:
  /// Whether its handle has had no other options yet.
  bool fresh() const { return fresh_; }
  /// Gives the handle away after an exchange that went well; the Loop is done with it. Nothing is asked of
  /// the transfer any more.
  Easy Release();

  struct ListDelete {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListDelete>;
  static List MakeList(const std::vector<std::string>& lines);
  static void Append(List& list, const std::string& line);

  template <typename Value>
  void Set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (setup_ == CURLE_OK) setup_ = code;
  }
  void Set(CURLoption option, const std::string& value) { Set(option, value.c_str()); }
  void SetTimeout(Duration timeout);
  void SetTls(const std::string& ca_file, const std::string& cert_file, const std::string& key_file,
              bool verify);
  /// The same material as PEM text instead of files; "" leaves what SetTls() said.
  void SetTlsTexts(const std::string& ca, const std::string& cert, const std::string& key);
  /// The oldest and the newest version of TLS to speak, as 10, 11, 12 or 13; 0 leaves the default.
  void SetTlsVersions(int oldest, int newest);
  /// Connects to `connect_to` whatever the URL says: the URL's host is then only what TLS asks for and
  /// verifies. Both are "host:port".
  void SetConnectTo(const std::string& url_host, const std::string& connect_to);
  void SetHeaders(List lines);

  template <typename Value>
  Value Info(CURLINFO info) const {
    Value value{};
    curl_easy_getinfo(easy_.get(), info, &value);
    return value;
  }

  /// What went wrong, without naming the URL; never holds credentials.
  Error ToError(CURLcode code) const;

 private:
  std::array<char, CURL_ERROR_SIZE> words_{};
  List connect_to_;
  List headers_;
  Duration timeout_{0};
  CURLcode setup_ = CURLE_OK;
  const bool fresh_;
  Easy easy_;
};

}  // namespace tocsin::curl
