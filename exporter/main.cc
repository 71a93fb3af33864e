#include <cstdio>
#include <iostream>

#include "base/http/health_check.h"
#include "exporter/check.h"
#include "exporter/config/command_line.h"
#include "exporter/explain.h"
#include "exporter/log_formats.h"
#include "exporter/once.h"
#include "exporter/serve.h"

namespace {

using tocsin::Result;
using tocsin::exporter::Command;
using tocsin::exporter::Options;

Result<int> Once(const Options& options, const tocsin::Logger& log) {
  const auto page = tocsin::exporter::RunOnce(options, log);
  if (!page) return tocsin::Fail(page.error());
  const bool written =
      std::fwrite(page->data(), 1, page->size(), stdout) == page->size() && std::fflush(stdout) == 0;
  return written ? 0 : 1;
}

Result<int> Run(const tocsin::exporter::CommandLine& line) {
  if (line.command == Command::kHealthCheck) return tocsin::http::RunHealthCheck(line.health_url);
  const auto log = tocsin::Logger::ToStderr(line.options.log.level, line.options.log.format);
  const auto options = tocsin::exporter::WithNginxConf(line.options, log);
  if (!options) return tocsin::Fail(options.error());
  switch (line.command) {
    case Command::kServe:
      return tocsin::exporter::RunServe(*options, log);
    case Command::kOnce:
      return Once(*options, log);
    case Command::kExplainLine:
      return tocsin::exporter::RunExplainLine(*options, line.explained_line, std::cin);
    case Command::kCheck:
    case Command::kHealthCheck:  // above
      break;
  }
  return tocsin::exporter::RunCheck(*options);
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = tocsin::exporter::ParseCommandLine(argc, argv);
  if (line.exit_code) return *line.exit_code;
  const Result<int> exit_code = Run(line);
  if (exit_code) return *exit_code;
  std::fprintf(stderr, "tocsin-exporter: %s\n", exit_code.error().ToString().c_str());
  return 1;
}
