#include "alerting/commands/check.h"
#include "alerting/commands/command_line.h"
#include "alerting/commands/serve.h"

int main(int argc, char** argv) {
  using tocsin::app::Command;
  const auto line = tocsin::app::ParseCommandLine(argc, argv);
  if (line.exit_code) return *line.exit_code;
  if (line.command == Command::kAction) return line.action();
  return line.command == Command::kServe ? tocsin::app::Serve(line) : tocsin::app::Check(line);
}
