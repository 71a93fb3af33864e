#include "base/smtp/client.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/curl/loop.h"
#include "base/smtp/conversation.h"

namespace tocsin::smtp {
namespace {

/// Of what becomes part of a command line: nothing that could end it or begin another parameter.
bool IsPlain(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7f || c == '<' || c == '>';
  });
}

/// As Go's net/smtp has it.
bool IsLocal(std::string_view server) {
  const std::string_view host = server.substr(0, server.rfind(':'));
  return host == "localhost" || host == "127.0.0.1" || host == "::1" || host == "[::1]";
}

class MailTransfer final : public curl::Transfer {
 public:
  MailTransfer(Mail mail, Done done) : mail_(std::move(mail)), done_(std::move(done)) {
    fault_ = Check();
    if (fault_) return;  // without a URL it does not start
    SetServer();
    SetEnvelope();
    SetTimeout(mail_.timeout);
    // Bounds a single reply too: of QUIT's, which libcurl waits for outside of the timeout above.
    Set(CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(mail_.timeout.count() / 1000 + 1));
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_READFUNCTION, &MailTransfer::OnRead);
    Set(CURLOPT_READDATA, this);
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail_.data.size()));
    Set(CURLOPT_VERBOSE, 1L);
    Set(CURLOPT_DEBUGFUNCTION, &MailTransfer::OnTalk);
    Set(CURLOPT_DEBUGDATA, this);
    // One connection a mail: a kept one would be idle for so long that the server ends it.
    Set(CURLOPT_FRESH_CONNECT, 1L);
    Set(CURLOPT_FORBID_REUSE, 1L);
    Set(CURLOPT_OPENSOCKETFUNCTION, &MailTransfer::OnOpenSocket);
    Set(CURLOPT_OPENSOCKETDATA, this);
    Set(CURLOPT_CLOSESOCKETFUNCTION, &MailTransfer::OnCloseSocket);
    Set(CURLOPT_CLOSESOCKETDATA, this);
  }

  bool opens_sockets() const override { return true; }

  void Finish(CURLcode code) override {
    if (code == CURLE_OK) return done_({});
    const Error error = fault_ ? *fault_ : Explain(code);
    done_(tl::unexpected<Error>(error.WithContext("SMTP server " + mail_.server)));
  }

 private:
  std::optional<Error> Check() const {
    const auto invalid = [](std::string_view what) {
      return Error(ErrorCode::kInvalidArgument, std::string(what));
    };
    if (!IsPlain(mail_.server) || mail_.server.find_first_of("/@?#") != std::string::npos) {
      return invalid("the address is not HOST:PORT");
    }
    if (!IsPlain(mail_.hello)) return invalid("the name for EHLO is not a host name");
    if (!IsPlain(mail_.sender)) return invalid("the sender is not a bare address");
    if (mail_.recipients.empty()) return invalid("the mail has no recipient");
    if (!std::ranges::all_of(mail_.recipients, IsPlain)) return invalid("a recipient is not a bare address");
    return std::nullopt;
  }

  void SetServer() {
    const bool implicit = mail_.security == Security::kImplicit;
    std::string authority = mail_.server;
    if (!mail_.tls.server_name.empty()) {
      const size_t colon = mail_.server.rfind(':');
      authority = mail_.tls.server_name + (colon == std::string::npos ? "" : mail_.server.substr(colon));
      SetConnectTo(authority, mail_.server);
    }
    Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_URL, (implicit ? "smtps://" : "smtp://") + authority + "/" + http::UrlEncode(mail_.hello));
    const auto starttls = [this] {
      switch (mail_.security) {
        case Security::kNone:
          return CURLUSESSL_NONE;
        case Security::kTry:
          return CURLUSESSL_TRY;
        case Security::kRequired:
        case Security::kImplicit:
          return CURLUSESSL_ALL;
      }
      return CURLUSESSL_ALL;
    };
    Set(CURLOPT_USE_SSL, static_cast<long>(starttls()));
    SetTls(mail_.tls.ca_file, mail_.tls.cert_file, mail_.tls.key_file, mail_.tls.verify);
    SetTlsTexts(mail_.tls.ca, mail_.tls.cert, mail_.tls.key);
    SetTlsVersions(mail_.tls.min_version, mail_.tls.max_version);
  }

  void SetEnvelope() {
    Set(CURLOPT_MAIL_FROM, mail_.sender);
    recipients_ = MakeList(mail_.recipients);
    Set(CURLOPT_MAIL_RCPT, recipients_.get());
    if (mail_.username.empty() || (mail_.security == Security::kNone && !IsLocal(mail_.server))) return;
    Set(CURLOPT_USERNAME, mail_.username);
    Set(CURLOPT_PASSWORD, mail_.password);
    Set(CURLOPT_SASL_IR, 1L);
    if (!mail_.mechanisms.empty()) Set(CURLOPT_LOGIN_OPTIONS, mail_.mechanisms);
    if (!mail_.auth_identity.empty()) Set(CURLOPT_SASL_AUTHZID, mail_.auth_identity);
  }

  /// To be asked when the reply to EHLO is whole. libcurl has not acted on it yet.
  bool WouldShowPassword() const {
    if (mail_.username.empty() || encrypted_ || !offers_auth_ || IsLocal(mail_.server)) return false;
    return mail_.security == Security::kNone || (mail_.security == Security::kTry && !offers_starttls_);
  }

  /// Notes what a line of the reply to EHLO offers.
  void NoteOffer(std::string_view line) {
    if (line.size() < 4 || !line.starts_with("250")) return;
    offers_auth_ = offers_auth_ || line.substr(4).starts_with("AUTH");
    offers_starttls_ = offers_starttls_ || line.substr(4).starts_with("STARTTLS");
  }

  Error Explain(CURLcode code) const {
    const Error cause = ToError(code);
    // Trying again helps against none of these.
    const bool final = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_USE_SSL_FAILED ||
                       code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ||
                       code == CURLE_LOGIN_DENIED;
    if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK || talk_.code() < 400) {
      return final ? cause.Retryable(false) : cause;
    }
    const bool permanent = talk_.code() >= 500;
    const Error refusal(permanent ? ErrorCode::kPermission : ErrorCode::kUnavailable, talk_.reply());
    const Error named = talk_.command().empty() ? refusal : refusal.WithContext(talk_.command());
    return named.Retryable(!permanent);
  }

  /// libcurl says QUIT, and then waits for the reply without letting the loop go on. The mail's fate is known
  /// by then: so that a server which does not answer holds up no other mail, we stop listening before.
  void StopListening() const {
    for (const curl_socket_t socket : sockets_) ::shutdown(socket, SHUT_RD);
  }

  void Talk(curl_infotype type, std::string_view line) {
    if (type == CURLINFO_HEADER_OUT) {
      talk_.Sent(line);
      return;
    }
    if (type != CURLINFO_HEADER_IN) return;
    if (talk_.command().starts_with("EHLO")) NoteOffer(line);
    if (talk_.Received(line)) {
      const std::string_view command = talk_.command();
      if (command == "STARTTLS" && talk_.code() < 400) encrypted_ = true;
      if (command.starts_with("EHLO") && WouldShowPassword()) {
        fault_ = Error(
            ErrorCode::kPermission,
            "the password would go over an unencrypted connection; require TLS, or leave out the user name");
        for (const curl_socket_t socket : sockets_) ::shutdown(socket, SHUT_RDWR);
        return;
      }
      const bool refused =
          talk_.code() >= 400 && (command.starts_with("MAIL") || command.starts_with("RCPT"));
      const bool answered =
          command == "DATA" && (talk_.code() >= 400 || (talk_.code() < 300 && sent_ == mail_.data.size()));
      if (refused || answered) StopListening();
    }
  }

  static int OnTalk(CURL* /*easy*/, curl_infotype type, char* data, size_t size, void* transfer) {
    static_cast<MailTransfer*>(transfer)->Talk(type, {data, size});
    return 0;
  }

  static size_t OnRead(char* out, size_t /*one*/, size_t size, void* transfer) {
    auto& self = *static_cast<MailTransfer*>(transfer);
    const size_t count = std::min(size, self.mail_.data.size() - self.sent_);
    std::copy_n(self.mail_.data.begin() + static_cast<std::ptrdiff_t>(self.sent_), count, out);
    self.sent_ += count;
    return count;
  }

  static curl_socket_t OnOpenSocket(void* transfer, curlsocktype /*purpose*/, curl_sockaddr* address) {
    const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket >= 0) static_cast<MailTransfer*>(transfer)->sockets_.push_back(socket);
    return socket;
  }

  static int OnCloseSocket(void* transfer, curl_socket_t socket) {
    std::erase(static_cast<MailTransfer*>(transfer)->sockets_, socket);
    return ::close(socket);
  }

  const Mail mail_;
  const Done done_;
  std::optional<Error> fault_;
  List recipients_;
  Conversation talk_;
  std::vector<curl_socket_t> sockets_;
  size_t sent_ = 0;
  bool offers_auth_ = false;  // in the reply to EHLO, in plain text or encrypted
  bool offers_starttls_ = false;
  bool encrypted_ = mail_.security == Security::kImplicit;
};

class CurlClient final : public Client {
 public:
  explicit CurlClient(async::Pool& pool) : loop_(pool) {}

  std::unique_ptr<Handle> Send(Mail mail, Done done) override {
    return std::make_unique<TicketHandle>(
        loop_.Start(std::make_shared<MailTransfer>(std::move(mail), std::move(done))));
  }

 private:
  class TicketHandle final : public Handle {
   public:
    explicit TicketHandle(curl::Loop::Ticket ticket) : ticket_(std::move(ticket)) {}

   private:
    curl::Loop::Ticket ticket_;
  };

  curl::Loop loop_;
};

}  // namespace

std::unique_ptr<Client> MakeCurlClient(async::Pool& pool) { return std::make_unique<CurlClient>(pool); }

}  // namespace tocsin::smtp
