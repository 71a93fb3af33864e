#include "base/dns/resolver.h"

#include <array>
#include <future>
#include <map>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin::dns {
namespace {

constexpr uint16_t kSrv = 33;
constexpr uint16_t kCname = 5;

void Put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xFF);
}

/// A name as the protocol writes it.
std::string Wire(const std::string& name) {
  std::string out;
  size_t start = 0;
  while (start < name.size()) {
    const size_t dot = std::min(name.find('.', start), name.size());
    out += static_cast<char>(dot - start);
    out += name.substr(start, dot - start);
    start = dot + 1;
  }
  return out + '\0';
}

/// A record of the question's name (a pointer to it), of class IN.
std::string Answer(unsigned type, const std::string& data) {
  std::string out("\xC0\x0C", 2);
  Put16(out, type);
  Put16(out, 1);
  out += std::string("\0\0\0\x05", 4);
  Put16(out, static_cast<unsigned>(data.size()));
  return out + data;
}

/// Answers over UDP on loopback: for a type the records that the test put there; other types do not exist.
class Server {
 public:
  explicit Server(std::map<unsigned, std::vector<std::string>> answers)
      : answers_(std::move(answers)), socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
  }
  ~Server() {
    thread_ = {};
    ::close(socket_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  dns::Server address() const { return {"127.0.0.1", port_}; }

 private:
  void Serve(const std::stop_token& stop) const {
    while (!stop.stop_requested()) {
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      std::array<char, 1500> buffer{};
      sockaddr_in from{};
      socklen_t size = sizeof(from);
      const ssize_t got =
          ::recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 17) continue;
      const std::string reply = Reply(std::string(buffer.data(), static_cast<size_t>(got)));
      ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
  }

  std::string Reply(const std::string& query) const {
    const size_t name_end = query.find('\0', 12);
    const unsigned type = static_cast<unsigned char>(query[name_end + 2]);
    const auto found = answers_.find(type);
    std::string reply = query.substr(0, 2);
    Put16(reply, found == answers_.end() ? 0x8183 : 0x8180);  // NXDOMAIN, or fine
    Put16(reply, 1);
    Put16(reply, found == answers_.end() ? 0 : static_cast<unsigned>(found->second.size()));
    Put16(reply, 0);
    Put16(reply, 0);
    reply += query.substr(12, name_end + 5 - 12);
    if (found != answers_.end()) {
      for (const std::string& record : found->second) reply += record;
    }
    return reply;
  }

  const std::map<unsigned, std::vector<std::string>> answers_;
  const int socket_;
  uint16_t port_ = 0;
  std::jthread thread_;
};

Result<std::vector<Record>> Ask(Resolver& resolver, const std::string& name, RecordType type) {
  std::promise<Result<std::vector<Record>>> answer;
  resolver.Resolve(name, type, [&](Result<std::vector<Record>> got) { answer.set_value(std::move(got)); });
  return answer.get_future().get();
}

TEST(SystemResolver, ReadsRecordsOfEachType) {
  std::string srv("\0\x01\0\x02\x23\x8C", 6);
  Server server({{1, {Answer(kCname, Wire("elsewhere.test")), Answer(1, std::string("\x0A\0\0\x01", 4))}},
                 {28, {Answer(28, std::string(15, '\0') + '\x01')}},
                 {15, {Answer(15, std::string("\0\x0A", 2) + Wire("mail.test"))}},
                 {2, {Answer(2, Wire("ns.test"))}},
                 {kSrv, {Answer(kSrv, srv + Wire("a.test")), Answer(kSrv, "short")}}});
  const auto resolver = MakeSystemResolver({server.address()});
  EXPECT_EQ(Ask(*resolver, "x.test.", RecordType::kA).value().at(0).target, "10.0.0.1");
  EXPECT_EQ(Ask(*resolver, "x.test.", RecordType::kAaaa).value().at(0).target, "::1");
  EXPECT_EQ(Ask(*resolver, "x.test.", RecordType::kMx).value().at(0).target, "mail.test");
  EXPECT_EQ(Ask(*resolver, "x.test.", RecordType::kNs).value().at(0).target, "ns.test");
  const auto services = Ask(*resolver, "x.test.", RecordType::kSrv);
  ASSERT_EQ(services.value().size(), 1U);
  EXPECT_EQ(services->at(0).target, "a.test");
  EXPECT_EQ(services->at(0).port, 9100);
}

TEST(SystemResolver, ANameThatDoesNotExistHasNoRecords) {
  Server server({});
  const auto resolver = MakeSystemResolver({server.address()});
  const auto records = Ask(*resolver, "nobody.test.", RecordType::kA);
  ASSERT_TRUE(records.has_value());
  EXPECT_TRUE(records->empty());
}

TEST(SystemResolver, NoServerIsAFailure) {
  dns::Server gone;
  {
    Server server({});
    gone = server.address();
  }
  const auto resolver = MakeSystemResolver({gone});
  const auto records = Ask(*resolver, "x.test.", RecordType::kA);
  ASSERT_FALSE(records.has_value());
  EXPECT_EQ(records.error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace tocsin::dns
