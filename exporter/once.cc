#include "exporter/once.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/clock.h"
#include "exporter/access_logs.h"
#include "exporter/log_formats.h"
#include "exporter/tail/file_set.h"
#include "exporter/tail/input_stream.h"

namespace tocsin::exporter {

Result<std::string> RunOnce(const Options& options, const Logger& log) {
  std::vector<std::string> patterns = LogPatterns(options);
  if (patterns.empty())
    return Fail(ErrorCode::kInvalidArgument, "once needs --nginx.access-log=FILE or --nginx.error-log=FILE");
  const SystemClock clock;
  const auto parsers = MakeParsers(options);
  if (!parsers) return Fail(parsers.error());
  traffic::Options counting = options.traffic;
  counting.idle = Duration::zero();  // an old line counts as much as a new one
  AccessLogs logs(*parsers, std::move(counting), Dating::kByLine, clock, log);
  const auto sink_for = [&](const std::string& path) -> tail::LineSink {
    const size_t index = IsErrorLog(options, path) ? logs.AddErrorLog(path) : logs.Add(path);
    return [&logs, index](std::span<const lines::Line> lines) { logs.Count(index, lines); };
  };

  tail::FiguresByName figures;
  if (std::erase(patterns, tail::kStandardInput) > 0) {
    const auto too_long = tail::ReadToEnd(STDIN_FILENO, sink_for(tail::kStandardInput));
    if (!too_long) return Fail(too_long.error());
    figures[tail::kStandardInput].too_long_lines = *too_long;
  }
  constexpr size_t kStretchBytes = size_t{64} << 20;
  tail::FileSet files(patterns, tail::StartAt::kBeginning, clock, Logger(), sink_for);
  files.Expand();
  if (files.followers().empty() && !patterns.empty())
    return Fail(ErrorCode::kNotFound, patterns.front() + ": no file matches");
  for (const auto& follower : files.followers()) {
    while (follower->Poll(kStretchBytes)) {
    }
    if (follower->error()) return Fail(*follower->error());
    follower->Finish();
  }
  std::string out;
  exposition::Writer writer(out, exposition::Format::kText, options.constant_labels);
  files.AddFigures(figures);
  logs.Write(writer, figures);
  writer.Finish();
  return out;
}

}  // namespace tocsin::exporter
