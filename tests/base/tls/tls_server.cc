#include "tests/base/tls/tls_server.h"

#include <array>
#include <csignal>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::tls {

Context MakeContext(const Pair& pair, const std::string& client_ca) {
  Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context.get(), pair.cert.c_str()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context.get(), pair.key.c_str(), SSL_FILETYPE_PEM), 1);
  if (!client_ca.empty()) {
    EXPECT_EQ(SSL_CTX_load_verify_locations(context.get(), client_ca.c_str(), nullptr), 1);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    // Without one OpenSSL resumes no session of a client that shows a certificate.
    constexpr std::array<unsigned char, 6> kName{'t', 'o', 'c', 's', 'i', 'n'};
    EXPECT_EQ(SSL_CTX_set_session_id_context(context.get(), kName.data(), kName.size()), 1);
  }
  return context;
}

Channel::Channel(SSL_CTX* context, int fd) : ssl_(SSL_new(context), &SSL_free) {
  SSL_set_fd(ssl_.get(), fd);
  good_ = SSL_accept(ssl_.get()) == 1;
}

std::string Channel::Read() {
  std::array<char, 16384> chunk;
  const int got = SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size()));
  return got > 0 ? std::string(chunk.data(), static_cast<size_t>(got)) : std::string();
}

void Channel::Write(std::string_view text) {
  (void)SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
}

std::string Channel::name_asked_for() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

std::string Channel::client_name() const {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
  if (!shown) return "";
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  return name.data();
}

bool Channel::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

TlsServer::TlsServer(const Pair& pair, Talk talk, const std::string& client_ca)
    : context_(MakeContext(pair, client_ca)), talk_(std::move(talk)) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  EXPECT_EQ(::listen(listener_, 8), 0);
  thread_ = std::jthread([this] { Serve(); });
}

TlsServer::~TlsServer() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
  thread_.join();
  ::close(listener_);
}

std::string TlsServer::names_asked_for() const {
  const std::lock_guard lock(mutex_);
  return name_;
}

void TlsServer::Serve() {
  for (;;) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    {
      Channel channel(context_.get(), fd);
      if (channel.good()) {
        {
          const std::lock_guard lock(mutex_);
          name_ = channel.name_asked_for();
        }
        talk_(channel);
      }
    }
    ::close(fd);
  }
}

TlsServer::Talk AnswerOnce(std::string answer) {
  return [answer = std::move(answer)](Channel& channel) {
    std::string request;
    while (request.find("\r\n\r\n") == std::string::npos) {
      const std::string more = channel.Read();
      if (more.empty()) return;
      request += more;
    }
    channel.Write(answer);
  };
}

}  // namespace tocsin::tls
