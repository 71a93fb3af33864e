#include "exporter/check.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/async/pool.h"
#include "base/files.h"
#include "base/web_config/file_gate.h"
#include "exporter/log_formats.h"

namespace tocsin::exporter {

namespace {

constexpr size_t kSampleBytes = size_t{64} << 10;

class ReportPage {
 public:
  void Ok(const std::string& what, const std::string& found) { Line("ok  ", what, found); }
  void Note(const std::string& what, const std::string& found) { Line("note", what, found); }
  void Failed(const std::string& what, const std::string& found) {
    Line("FAIL", what, found);
    report_.ok = false;
  }
  CheckReport Take() { return std::move(report_); }

 private:
  void Line(const char* verdict, const std::string& what, const std::string& found) {
    constexpr size_t kWidth = 18;
    report_.text += std::string(verdict) + "  " + what +
                    std::string(what.size() < kWidth ? kWidth - what.size() : 1, ' ') + found + "\n";
  }

  CheckReport report_;
};

/// The whole lines within the last 64 KiB.
std::vector<std::string> LastLines(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<size_t>(std::max<std::streamoff>(file.tellg(), 0));
  const size_t from = size > kSampleBytes ? size - kSampleBytes : 0;
  file.seekg(static_cast<std::streamoff>(from));
  std::vector<std::string> lines;
  std::string line;
  if (from > 0) std::getline(file, line);
  while (std::getline(file, line) && !file.eof()) lines.push_back(line);
  return lines;
}

size_t CountedLines(const parse::LogFormat& format, const parse::NameMap& names,
                    const std::vector<std::string>& lines) {
  const auto parser = parse::MakeFormatParser(format, names);
  parse::LogRecord record;
  return static_cast<size_t>(std::ranges::count_if(
      lines, [&](const std::string& line) { return IsUsable(parser->Parse(line, record)); }));
}

void CheckFormatOf(const std::string& path, const parse::ParserFactory& parsers, ReportPage& page) {
  const std::vector<std::string> lines = LastLines(path);
  if (lines.empty()) {
    page.Ok("access log", path + ": can be read; there are no lines in it yet");
    return;
  }
  const std::vector<parse::LogFormat> formats = parsers.format() != nullptr
                                                    ? std::vector<parse::LogFormat>{*parsers.format()}
                                                    : parsers.Candidates(path);
  size_t best = 0;
  const parse::LogFormat* chosen = nullptr;
  for (const parse::LogFormat& format : formats) {
    const size_t counted = CountedLines(format, parsers.names(), lines);
    if (chosen == nullptr || counted > best) {
      chosen = &format;
      best = counted;
    }
  }
  const std::string name = chosen->name.empty() ? chosen->ToString() : chosen->name;
  const std::string found = path + ": of its last " + std::to_string(lines.size()) + " lines " +
                            std::to_string(best) + " are counted, as " + name;
  if (best == 0) {
    page.Failed("access log", path + ": none of its last " + std::to_string(lines.size()) +
                                  " lines is counted; explain-line tells why");
  } else if (best < lines.size()) {
    page.Note("access log", found);
  } else {
    page.Ok("access log", found);
  }
}

void CheckAccessLog(const std::string& pattern, const parse::ParserFactory& parsers, ReportPage& page) {
  if (pattern == "-") {
    page.Note("access log", "standard input");
    return;
  }
  const auto paths = Glob(pattern);
  if (!paths || paths->empty()) {
    page.Failed("access log", pattern + ": no such file; it would be read once it appears");
    return;
  }
  for (const std::filesystem::path& path : *paths) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure)) {
      page.Failed("access log", path.string() + ": not a regular file");
    } else if (::access(path.c_str(), R_OK) != 0) {
      page.Failed("access log", path.string() + ": may not be read by this user");
    } else {
      CheckFormatOf(path.string(), parsers, page);
    }
  }
}

void CheckLogs(const Options& options, ReportPage& page) {
  if (!options.nginx_conf.empty()) {
    page.Ok("nginx.conf", options.nginx_conf + ": " + std::to_string(options.nginx.formats.size()) +
                              " formats, " + std::to_string(options.nginx.access_logs.size()) +
                              " access logs");
    for (const Error& passed_over : options.nginx.passed_over)
      page.Note("nginx.conf", passed_over.ToString());
  }
  const auto parsers = MakeParsers(options);
  if (!parsers) {
    page.Failed("log format", parsers.error().ToString());
    return;
  }
  for (const std::string& pattern : options.access_logs) CheckAccessLog(pattern, *parsers, page);
}

void CheckStubStatus(const Options& options, http::Client& client, ReportPage& page) {
  for (const std::string& uri : options.stub_status.uris) {
    const std::string shown = http::RedactUrl(uri);
    stub_status::CollectorOptions one = options.stub_status;
    one.uris = {uri};
    const auto collector = stub_status::Collector::Make(client, one, Logger());
    if (!collector) {
      page.Failed("stub_status", collector.error().ToString());
      continue;
    }
    std::promise<stub_status::Answers> answered;
    (*collector)->Collect([&answered](stub_status::Answers answers) {
      answered.set_value(std::move(answers));
    });
    const stub_status::Answers answers = answered.get_future().get();
    if (answers.pages.front()) {
      page.Ok("stub_status", shown + ": answers in " + FormatDuration(answers.elapsed));
    } else {
      page.Failed("stub_status", shown + ": " + answers.pages.front().error().ToString());
    }
  }
}

void CheckEngine(const Options& options, http::Client& client, ReportPage& page) {
  const containers::EngineOptions& engine = options.containers.engine;
  if (!options.collect_containers || engine.host == "none") return;
  const std::string shown = http::RedactUrl(engine.host);
  auto request = containers::EngineRequest(engine);
  if (!request) {
    page.Failed("container engine", request.error().ToString());
    return;
  }
  request->url += "/_ping";
  const auto answer = client.SendAndWait(std::move(*request));
  constexpr int kOk = 200;
  if (answer && answer->status == kOk) {
    page.Ok("container engine", shown + ": answers");
    return;
  }
  const std::string why =
      shown + ": " +
      (answer ? "answers with status " + std::to_string(answer->status) : answer.error().ToString());
  // Nobody asked for the one that is there by default.
  if (engine.host == containers::EngineOptions().host) {
    page.Note("container engine", why + "; containers go without names and states");
  } else {
    page.Failed("container engine", why);
  }
}

/// What no flag but the paths names: the kernel's own files.
void CheckKernel(const Options& options, ReportPage& page) {
  if (options.collect_containers) {
    const containers::CgroupTree cgroups(options.paths);
    const std::string root = options.paths.Sys("fs/cgroup");
    if (cgroups.version() == containers::CgroupTree::Version::kNone) {
      page.Failed("cgroups", root + ": there are none; containers go without figures");
    } else {
      const bool v1 = cgroups.version() == containers::CgroupTree::Version::kV1;
      page.Ok("cgroups", root + ": version " + (v1 ? "1" : "2") + ", " +
                             std::to_string(cgroups.Walk().size()) + " containers");
    }
  }
  if (!options.collect_host) return;
  const std::string stat = options.paths.Proc("stat");
  if (::access(stat.c_str(), R_OK) == 0) {
    page.Ok("host", stat + ": can be read");
  } else {
    page.Failed("host", stat + ": " + std::error_code(errno, std::system_category()).message());
  }
}

void CheckState(const std::string& folder, ReportPage& page) {
  if (folder.empty()) return;
  std::filesystem::path existing = std::filesystem::absolute(folder);
  std::error_code ignored;
  while (!std::filesystem::exists(existing, ignored) && existing.has_relative_path())
    existing = existing.parent_path();
  if (::access(existing.c_str(), W_OK | X_OK) == 0) {
    page.Ok("state", folder + ": can be written");
  } else {
    page.Failed("state", folder + ": may not be written by this user");
  }
}

void CheckWeb(const WebOptions& web, ReportPage& page) {
  if (web.config_file.empty()) return;
  const auto read = web_config::CheckFile(web.config_file);
  if (read) {
    page.Ok("web configuration", web.config_file);
  } else {
    for (const Error& error : read.error()) page.Failed("web configuration", error.ToString());
  }
}

}  // namespace

CheckReport CheckSources(const Options& options, http::Client& client) {
  ReportPage page;
  if (!options.config_file.empty()) page.Ok("configuration", options.config_file);
  CheckWeb(options.web, page);
  CheckLogs(options, page);
  CheckStubStatus(options, client, page);
  CheckEngine(options, client, page);
  CheckKernel(options, page);
  CheckState(options.state_path, page);
  if (options.access_logs.empty() && options.stub_status.uris.empty())
    page.Note("nginx", "neither an access log nor a stub_status page is given");
  return page.Take();
}

Result<int> RunCheck(const Options& options) {
  async::Pool pool(1);
  const auto client = http::MakeCurlClient(pool, "tocsin-exporter");
  const CheckReport report = CheckSources(options, *client);
  std::fputs(report.text.c_str(), stdout);
  return report.ok ? 0 : 1;
}

}  // namespace tocsin::exporter
