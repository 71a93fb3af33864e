#include "exporter/once.h"

#include <utility>

#include "exporter/access_logs.h"
#include "exporter/log_formats.h"

namespace tocsin::exporter {

Result<std::string> RunOnce(const Options& options, const Logger& log) {
  if (options.access_logs.empty())
    return Fail(ErrorCode::kInvalidArgument, "once needs --nginx.access-log=FILE");
  const SystemClock clock;
  const auto parsers = MakeParsers(options);
  if (!parsers) return Fail(parsers.error());
  traffic::Options counting = options.traffic;
  counting.idle = Duration::zero();  // an old line counts as much as a new one
  AccessLogs logs(options.access_logs, *parsers, std::move(counting), Dating::kByLine, clock, log);

  constexpr size_t kStretchBytes = size_t{64} << 20;
  std::vector<tail::FileFollower> followers;
  for (size_t i = 0; i < options.access_logs.size(); ++i) {
    tail::FileFollower& follower =
        followers.emplace_back(options.access_logs[i], tail::StartAt::kBeginning, clock, Logger(),
                               [&logs, i](std::span<const std::string_view> lines) { logs.Count(i, lines); });
    while (follower.Poll(kStretchBytes)) {
    }
    if (follower.error()) return Fail(*follower.error());
    follower.Finish();
  }
  std::string out;
  exposition::Writer writer(out, exposition::Format::kText, options.constant_labels);
  logs.Write(writer, followers);
  writer.Finish();
  return out;
}

}  // namespace tocsin::exporter
