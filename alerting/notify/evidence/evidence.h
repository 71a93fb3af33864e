// Log lines for alerts that ask for them: the annotation `evidence: class=failover&pool=green` gets, when the
// alert begins, the latest such lines from the /evidence pages of targets that the engine scrapes itself.
//
// Whom to ask comes from the configuration of scraping, never from an alert: a rule's annotations hold label
// values, and those come from outside.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alerting/model/alert.h"
#include "base/async/strand.h"
#include "base/http/client.h"

namespace tocsin::notify {

/// What an alert asks for, and where its lines are kept: with it, one a line, for templates and receivers.
inline constexpr std::string_view kEvidenceAnnotation = "evidence";
inline constexpr std::string_view kLogLinesAnnotation = "log_lines";

/// Lives on `strand`, where all of it is called and calls back.
class Evidence : public std::enable_shared_from_this<Evidence> {
 public:
  /// Requests that reach the targets which may know about an alert: their pages' addresses with credentials,
  /// without query. Called on the strand; returns at once.
  using Targets = std::function<std::vector<http::ClientRequest>(const model::Alert&)>;
  using Done = std::function<void(std::string lines)>;

  /// No alert waits longer than this for its lines.
  static constexpr Duration kPatience{300};
  static constexpr size_t kMaxTargets = 8;
  /// Alerts that begin while so many wait for lines get none.
  static constexpr size_t kMaxInquiries = 16;
  static constexpr size_t kMaxLines = 5;
  static constexpr size_t kMaxLineBytes = 512;

  /// `client` and `clock` must outlive it.
  Evidence(std::shared_ptr<async::Strand> strand, http::Client& client, const Clock& clock, Targets targets)
      : strand_(std::move(strand)), client_(client), clock_(clock), targets_(std::move(targets)) {}

  /// The query that an alert's annotation stands for; nullopt when there is none, or it holds anything but
  /// class and pool.
  static std::optional<std::string> QueryOf(const model::Alert& alert);

  /// Calls `done` once, within kPatience, with at most kMaxLines lines, "" when there are none. A target that
  /// has no such page, or made an alert wait for nothing, is not asked during the next minute: what fails
  /// delays nothing for long.
  void Ask(const model::Alert& alert, Done done);

 private:
  struct Inquiry;

  void Answered(uint64_t number, const std::string& url, const Result<http::ClientResponse>& response);
  void Finish(uint64_t number);
  void LeaveAlone(const std::string& url);

  const std::shared_ptr<async::Strand> strand_;
  http::Client& client_;
  const Clock& clock_;
  const Targets targets_;
  uint64_t next_number_ = 0;
  std::map<uint64_t, std::shared_ptr<Inquiry>> inquiries_;
  std::map<std::string, Timestamp> left_alone_until_;  ///< by URL
};

/// The lines of a page's JSON (docs of --web.enable-evidence), newest first, as a reader wants them: time,
/// request, status, and what the upstreams answered. Nothing for a body of another shape.
std::vector<std::string> EvidenceLines(std::string_view body);

/// The alert with its lines; the same one when there are none.
model::AlertPtr WithLogLines(const model::AlertPtr& alert, std::string_view lines);

}  // namespace tocsin::notify
