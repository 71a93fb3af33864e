#include "base/flags/flags.h"

#include <cassert>
#include <cctype>

#include "base/flags/help.h"

namespace tocsin::flags {
namespace {

std::string VariableOf(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) {
    out += c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

/// A check in CLI11's terms: the message when `parse` refuses the text, "" when it takes it.
template <typename Parse>
CLI::Validator Accepts(Parse parse) {
  return {[parse](std::string& text) {
            const auto value = parse(text);
            return value ? std::string() : value.error().message();
          },
          ""};
}

}  // namespace

void Prepare(CLI::App& app, std::string_view program) {
  app.name(std::string(program));
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", VersionText(program), "Print the version and exit.");
  app.set_help_flag("-h,--help", "Print this help and exit.");
}

void AddEnvironment(CLI::App& app, std::string_view prefix) {
  for (CLI::Option* option : app.get_options()) {
    const bool informs = option == app.get_help_ptr() || option == app.get_version_ptr();
    if (!informs && !option->get_lnames().empty())
      option->envname(VariableOf(prefix, option->get_lnames().front()));
  }
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    AddEnvironment(*command, prefix);
}

CLI::Option* AddSwitch(CLI::App& app, const std::string& name, bool& value, const std::string& help) {
  assert(name.starts_with("--"));
  return app.add_flag(name + ",!--no-" + name.substr(2), value, help);
}

CLI::Option* AddDuration(CLI::App& app, const std::string& name, Duration& value, const std::string& help) {
  return app
      .add_option_function<std::string>(
          name, [&value](const std::string& text) { value = ParseDuration(text).value_or(value); }, help)
      ->check(Accepts([](const std::string& text) { return ParseDuration(text); }))
      ->type_name("DURATION")
      ->default_str(FormatDuration(value));
}

void AddLogFlags(CLI::App& app, LogFlags& flags) {
  app.add_option_function<std::string>(
         "--log.level",
         [&flags](const std::string& text) { flags.level = ParseLogLevel(text).value_or(flags.level); },
         "Write only messages of this severity or above: debug, info, warn, error.")
      ->check(Accepts([](const std::string& text) { return ParseLogLevel(text); }))
      ->default_str("info");
  app.add_option_function<std::string>(
         "--log.format",
         [&flags](const std::string& text) { flags.format = ParseLogFormat(text).value_or(flags.format); },
         "Format of the log: logfmt, json.")
      ->check(Accepts([](const std::string& text) { return ParseLogFormat(text); }))
      ->default_str("logfmt");
}

}  // namespace tocsin::flags
