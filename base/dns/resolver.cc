#include "base/dns/resolver.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

namespace tocsin::dns {
namespace {

constexpr size_t kMostWaiting = 1000;

ns_type TypeNumber(RecordType type) {
  switch (type) {
    case RecordType::kA:
      return ns_t_a;
    case RecordType::kAaaa:
      return ns_t_aaaa;
    case RecordType::kMx:
      return ns_t_mx;
    case RecordType::kNs:
      return ns_t_ns;
    case RecordType::kSrv:
      return ns_t_srv;
  }
  return ns_t_a;
}

/// libresolv's state for one question.
class State {
 public:
  explicit State(const std::vector<Server>& servers) : ready_(res_ninit(&state_) == 0) {
    if (!ready_ || servers.empty()) return;
    state_.nscount = 0;
    for (const Server& server : servers) {
      if (state_.nscount == MAXNS) break;
      sockaddr_in& address = state_.nsaddr_list[state_.nscount];
      address = {};
      address.sin_family = AF_INET;
      address.sin_port = htons(server.port);
      if (inet_pton(AF_INET, server.address.c_str(), &address.sin_addr) == 1) ++state_.nscount;
    }
  }
  ~State() {
    if (ready_) res_nclose(&state_);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool ready() const { return ready_; }
  res_state get() { return &state_; }

 private:
  struct __res_state state_ = {};
  const bool ready_;
};

/// The name that stands in a record at `at`; "" when it is broken.
std::string NameAt(const ns_msg& message, const unsigned char* at) {
  std::array<char, NS_MAXDNAME> name{};
  if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), at, name.data(), name.size()) < 0)
    return "";
  return name.data();
}

/// Adds what a record says; leaves out one that is broken.
void AddRecord(const ns_msg& message, const ns_rr& record, RecordType type, std::vector<Record>& out) {
  const unsigned char* const data = ns_rr_rdata(record);
  const size_t size = ns_rr_rdlen(record);
  constexpr size_t kMxHead = 2;
  constexpr size_t kSrvHead = 6;
  if (type == RecordType::kA || type == RecordType::kAaaa) {
    const bool v4 = type == RecordType::kA;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (size != (v4 ? sizeof(in_addr) : sizeof(in6_addr))) return;
    if (inet_ntop(v4 ? AF_INET : AF_INET6, data, text.data(), text.size()) != nullptr)
      out.push_back({text.data()});
    return;
  }
  const size_t head = type == RecordType::kMx ? kMxHead : type == RecordType::kSrv ? kSrvHead : 0;
  if (size <= head) return;
  Record found{NameAt(message, data + head)};
  if (type == RecordType::kSrv) found.port = static_cast<uint16_t>(ns_get16(data + 4));
  if (!found.target.empty()) out.push_back(std::move(found));
}

Result<std::vector<Record>> Read(const unsigned char* answer, size_t size, RecordType type) {
  ns_msg message;
  if (ns_initparse(answer, static_cast<int>(size), &message) != 0) {
    return Fail(ErrorCode::kUnavailable, "the DNS server's answer is broken");
  }
  std::vector<Record> records;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) {
      return Fail(ErrorCode::kUnavailable, "the DNS server's answer is broken");
    }
    if (ns_rr_type(record) == TypeNumber(type)) AddRecord(message, record, type, records);
  }
  return records;
}

Result<std::vector<Record>> Ask(const std::vector<Server>& servers, const std::string& name,
                                RecordType type) {
  State state(servers);
  if (!state.ready()) return Fail(ErrorCode::kUnavailable, "the resolver can't be set up");
  std::vector<unsigned char> answer(NS_MAXMSG);
  const int size = res_nsearch(state.get(), name.c_str(), ns_c_in, TypeNumber(type), answer.data(),
                               static_cast<int>(answer.size()));
  if (size >= 0) return Read(answer.data(), std::min(static_cast<size_t>(size), answer.size()), type);
  const int why = state.get()->res_h_errno;
  if (why == HOST_NOT_FOUND || why == NO_DATA) return std::vector<Record>();
  return Fail(ErrorCode::kUnavailable, std::string("no DNS server answered: ") + hstrerror(why));
}

class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(std::vector<Server> servers)
      : servers_(std::move(servers)), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  void Resolve(std::string name, RecordType type, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < kMostWaiting) {
        waiting_.push_back({std::move(name), type, std::move(done)});
        changed_.notify_one();
        return;
      }
    }
    done(Fail(ErrorCode::kResourceExhausted, "too many questions wait for the DNS"));
  }

 private:
  struct Question {
    std::string name;
    RecordType type;
    Done done;
  };

  void Run(const std::stop_token& stop) {
    while (std::optional<Question> question = Next(stop)) {
      question->done(Ask(servers_, question->name, question->type));
    }
  }

  std::optional<Question> Next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); }) || stop.stop_requested()) return {};
    Question question = std::move(waiting_.front());
    waiting_.pop_front();
    return question;
  }

  const std::vector<Server> servers_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Question> waiting_;  // guarded by mutex_
  std::jthread thread_;           // the last member: it uses all others
};

}  // namespace

std::unique_ptr<Resolver> MakeSystemResolver(std::vector<Server> servers) {
  return std::make_unique<SystemResolver>(std::move(servers));
}

}  // namespace tocsin::dns
