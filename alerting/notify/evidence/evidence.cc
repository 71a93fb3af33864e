#include "alerting/notify/evidence/evidence.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/http/message.h"

namespace tocsin::notify {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kLeftAlone{60'000};
/// Targets come and go; those of long ago are not worth the memory.
constexpr size_t kMaxRemembered = 1000;
constexpr size_t kMaxPageBytes = size_t{256} << 10;

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// One printable line of at most kMaxLineBytes that ends with a whole character.
std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  if (text.size() <= Evidence::kMaxLineBytes) return text;
  size_t end = Evidence::kMaxLineBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

/// "20:13:00 GET /api/orders 200, upstream 127.0.0.1:8081, 127.0.0.1:8082: 500, 200 in 0.012 s"
std::string LineOf(const Json& entry) {
  const auto found = entry.find("fields");
  const Json fields = found != entry.end() && found->is_object() ? *found : Json::object();
  std::string request = TextOf(fields, "request");
  if (request.empty()) request = TextOf(fields, "request_method") + " " + TextOf(fields, "uri");
  if (const size_t version = request.rfind(" HTTP/"); version != std::string::npos) request.resize(version);
  const std::string status = TextOf(fields, "status");
  if (request.size() < 2 || status.empty()) return OneLine(TextOf(entry, "line"));
  const std::string time = TextOf(entry, "time");
  std::string line = fmt::format("{} {} {}", time.size() >= 19 ? time.substr(11, 8) : time, request, status);
  if (const std::string upstream = TextOf(fields, "upstream_status"); !upstream.empty())
    line += fmt::format(", upstream {}: {}", TextOf(fields, "upstream_addr"), upstream);
  if (const std::string took = TextOf(fields, "request_time"); !took.empty())
    line += fmt::format(" in {} s", took);
  return OneLine(std::move(line));
}

}  // namespace

/// What is asked on behalf of one alert.
struct Evidence::Inquiry {
  Done done;
  std::vector<std::string> lines;
  std::map<std::string, std::unique_ptr<http::Client::Handle>> open;  ///< by URL
  async::Timer patience;
};

std::optional<std::string> Evidence::QueryOf(const model::Alert& alert) {
  const std::string_view asked = alert.annotations.Get(kEvidenceAnnotation);
  if (asked.empty()) return std::nullopt;
  std::string query;
  for (const auto& [name, value] : http::Parameters::Parse(asked)) {
    if (name != "class" && name != "pool") return std::nullopt;
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, http::UrlEncode(value));
  }
  return query + fmt::format("&limit={}", kMaxLines);
}

void Evidence::Ask(const model::Alert& alert, Done done) {
  const auto query = QueryOf(alert);
  std::vector<http::ClientRequest> requests;
  if (query && inquiries_.size() < kMaxInquiries) requests = targets_(alert);
  std::erase_if(requests, [&](const http::ClientRequest& request) {
    const auto alone = left_alone_until_.find(request.url);
    return alone != left_alone_until_.end() && clock_.Now() < alone->second;
  });
  if (requests.size() > kMaxTargets) requests.resize(kMaxTargets);
  if (requests.empty()) return done("");

  const uint64_t number = next_number_++;
  auto inquiry = std::make_shared<Inquiry>();
  inquiry->done = std::move(done);
  inquiries_[number] = inquiry;
  for (const http::ClientRequest& request : requests) inquiry->open[request.url] = nullptr;
  inquiry->patience = strand_->After(kPatience, [weak = weak_from_this(), number] {
    if (auto self = weak.lock()) self->Finish(number);
  });
  for (http::ClientRequest& request : requests) {
    const std::string url = request.url;
    request.url += "?" + *query;
    request.timeout = kPatience;
    request.max_response_bytes = kMaxPageBytes;
    request.follow_redirects = false;
    inquiry->open[url] = client_.Send(std::move(request), [weak = weak_from_this(), strand = strand_, number,
                                                           url](Result<http::ClientResponse> r) {
      strand->Post([weak, number, url, response = std::move(r)] {
        if (auto self = weak.lock()) self->Answered(number, url, response);
      });
    });
  }
}

void Evidence::Answered(uint64_t number, const std::string& url,
                        const Result<http::ClientResponse>& response) {
  const auto found = inquiries_.find(number);
  if (found == inquiries_.end()) return;
  Inquiry& inquiry = *found->second;
  inquiry.open.erase(url);
  if (response && response->status == 200) {
    for (std::string& line : EvidenceLines(response->body)) inquiry.lines.push_back(std::move(line));
  } else {
    LeaveAlone(url);
  }
  if (inquiry.open.empty()) Finish(number);
}

void Evidence::Finish(uint64_t number) {
  const auto found = inquiries_.find(number);
  if (found == inquiries_.end()) return;
  const std::shared_ptr<Inquiry> inquiry = std::move(found->second);
  inquiries_.erase(found);
  for (const auto& [url, handle] : inquiry->open) LeaveAlone(url);
  std::vector<std::string>& lines = inquiry->lines;
  if (lines.size() > kMaxLines) lines.resize(kMaxLines);
  inquiry->done(fmt::format("{}", fmt::join(lines, "\n")));
}

void Evidence::LeaveAlone(const std::string& url) {
  if (left_alone_until_.size() > kMaxRemembered) left_alone_until_.clear();
  left_alone_until_[url] = clock_.Now() + kLeftAlone;
}

std::vector<std::string> EvidenceLines(std::string_view body) {
  const Json page = Json::parse(body, nullptr, false);
  std::vector<std::string> lines;
  if (!page.is_object()) return lines;
  const auto list = page.find("lines");
  if (list == page.end() || !list->is_array()) return lines;
  for (const Json& entry : *list) {
    if (lines.size() == Evidence::kMaxLines) break;
    if (!entry.is_object()) continue;
    if (std::string line = LineOf(entry); !line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

model::AlertPtr WithLogLines(const model::AlertPtr& alert, std::string_view lines) {
  if (lines.empty() || !alert->annotations.Get(kLogLinesAnnotation).empty()) return alert;
  model::Alert with = *alert;
  with.annotations = model::LabelsBuilder(alert->annotations).Set(kLogLinesAnnotation, lines).Build();
  return std::make_shared<const model::Alert>(std::move(with));
}

}  // namespace tocsin::notify
