#include "base/curl/transfer.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tocsin::curl {
namespace {

CURL* MakeEasy() {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  CURL* easy = curl_easy_init();
  if (!easy) throw std::bad_alloc();
  return easy;
}

ErrorCode CodeOf(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorCode::kCanceled;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return ErrorCode::kInvalidArgument;
    case CURLE_OUT_OF_MEMORY:
      return ErrorCode::kResourceExhausted;
    default:
      return ErrorCode::kUnavailable;
  }
}

/// libcurl's own words name hosts, ports, files and replies. Those about URLs and proxies may repeat what the
/// user wrote there, secrets included.
bool MayQuote(CURLcode code) {
  return code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL &&
         code != CURLE_COULDNT_RESOLVE_PROXY && code != CURLE_PROXY;
}

/// Our messages start in lower case, except for an acronym.
std::string Lower(std::string words) {
  const auto upper = [&](size_t i) {
    return i < words.size() && std::isupper(static_cast<unsigned char>(words[i]));
  };
  if (upper(0) && !upper(1)) words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  return words;
}

}  // namespace

Transfer::Transfer(Easy used) : fresh_(!used), easy_(used ? std::move(used) : Easy(MakeEasy())) {
  Set(CURLOPT_ERRORBUFFER, words_.data());
  if (!fresh_) return;
  Set(CURLOPT_NOSIGNAL, 1L);
  // A name that takes long to resolve must not hold up the loop when its transfer is given up.
  Set(CURLOPT_QUICK_EXIT, 1L);
}

Transfer::~Transfer() = default;

Transfer::Easy Transfer::Release() {
  // What was only this transfer's.
  Set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  Set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  Set(CURLOPT_POSTFIELDS, static_cast<const char*>(nullptr));
  return std::move(easy_);
}

void Transfer::SetTimeout(Duration timeout) {
  timeout_ = std::max(timeout, Duration(1));  // libcurl's 0 would mean forever
  Set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
  Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_.count()));
}

void Transfer::SetTls(const std::string& ca_file, const std::string& cert_file, const std::string& key_file,
                      bool verify) {
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  Set(CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  if (!ca_file.empty()) {
    Set(CURLOPT_CAINFO, ca_file);
    Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!cert_file.empty()) Set(CURLOPT_SSLCERT, cert_file);
  if (!key_file.empty()) Set(CURLOPT_SSLKEY, key_file);
}

void Transfer::SetTlsTexts(const std::string& ca, const std::string& cert, const std::string& key) {
  const auto set = [this](CURLoption option, const std::string& text) {
    if (text.empty()) return;
    curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
    Set(option, &blob);
  };
  if (!ca.empty()) Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(CURLOPT_CAINFO_BLOB, ca);
  set(CURLOPT_SSLCERT_BLOB, cert);
  set(CURLOPT_SSLKEY_BLOB, key);
}

void Transfer::SetTlsVersions(int oldest, int newest) {
  const auto named = [](int version, long v10, long v11, long v12, long v13, long otherwise) {
    switch (version) {
      case 10:
        return v10;
      case 11:
        return v11;
      case 12:
        return v12;
      case 13:
        return v13;
      default:
        return otherwise;
    }
  };
  const long from = named(oldest, CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_TLSv1_1, CURL_SSLVERSION_TLSv1_2,
                          CURL_SSLVERSION_TLSv1_3, CURL_SSLVERSION_TLSv1_2);
  const long to = named(newest, CURL_SSLVERSION_MAX_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_1,
                        CURL_SSLVERSION_MAX_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_3, CURL_SSLVERSION_MAX_NONE);
  Set(CURLOPT_SSLVERSION, from | to);
}

Transfer::List Transfer::MakeList(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) Append(list, line);
  return list;
}

void Transfer::Append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

void Transfer::SetConnectTo(const std::string& url_host, const std::string& connect_to) {
  connect_to_ = MakeList({url_host + ":" + connect_to});
  Set(CURLOPT_CONNECT_TO, connect_to_.get());
}

void Transfer::SetHeaders(List lines) {
  headers_ = std::move(lines);
  Set(CURLOPT_HTTPHEADER, headers_.get());
}

Error Transfer::ToError(CURLcode code) const {
  const long os_error = Info<long>(CURLINFO_OS_ERRNO);
  std::string words;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    words = "timed out after " + FormatDuration(timeout_);
  } else if (code == CURLE_ABORTED_BY_CALLBACK) {
    words = "canceled";
  } else if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
    words = "connect: " + Lower(std::generic_category().message(static_cast<int>(os_error)));
  } else if (words_[0] != '\0' && MayQuote(code)) {
    words = Lower(words_.data());
  } else {
    words = Lower(curl_easy_strerror(code));
  }
  return {CodeOf(code), std::move(words)};
}

}  // namespace tocsin::curl
