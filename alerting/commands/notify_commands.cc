#include "alerting/commands/notify_commands.h"

#include <memory>
#include <string>

#include "alerting/commands/notify.h"
#include "alerting/commands/silence.h"
#include "base/flags/flags.h"

namespace tocsin::app {
namespace {

/// A command of API v2, with its options in an object of its own that lives as long as the action.
class RemoteCommand {
 public:
  RemoteCommand(CLI::App& parent, const std::string& name, const std::string& about,
                int (*run)(const SilenceCommand&), std::function<int()>& action)
      : app_(*parent.add_subcommand(name, about)) {
    app_.add_option("--url", options_->url, "The server: tocsin, or an Alertmanager")->capture_default_str();
    app_.callback([&action, options = options_, run] { action = [options, run] { return run(*options); }; });
  }

  RemoteCommand& Matchers(const std::string& name, const std::string& about, bool required) {
    app_.add_option(name, options_->matchers, about)->required(required);
    return *this;
  }
  RemoteCommand& Match() {
    app_.add_option("--match", options_->matchers, "Only alerts that this matcher takes; may be given again");
    return *this;
  }
  RemoteCommand& For(const std::string& name) {
    flags::AddDuration(app_, name, options_->lasts, "How long it lasts");
    return *this;
  }
  RemoteCommand& Comment() {
    app_.add_option("--comment", options_->comment, "Why");
    return *this;
  }
  RemoteCommand& Author() {
    app_.add_option("--author", options_->author, "Who (default: $USER)");
    return *this;
  }
  RemoteCommand& Expired() {
    app_.add_flag("--expired", options_->expired, "List those that are over too");
    return *this;
  }
  RemoteCommand& File() {
    app_.add_option("FILE", options_->file,
                    "A JSON list of silences, as amtool's `silence query -o json` prints it");
    return *this;
  }

 private:
  std::shared_ptr<SilenceCommand> options_ = std::make_shared<SilenceCommand>();
  CLI::App& app_;
};

void AddSilenceCommands(CLI::App& app, std::function<int()>& action) {
  CLI::App* silence =
      app.add_subcommand("silence", "Make, list, end and import silences of a running server");
  silence->require_subcommand(1);
  RemoteCommand(*silence, "add", "Silence the alerts that every matcher takes; prints the id", AddSilence,
                action)
      .Matchers("MATCHER", "name=value, name!=value, name=~expression, name!~expression", true)
      .For("--duration")
      .Author()
      .Comment();
  RemoteCommand(*silence, "query", "List silences that have these matchers", QuerySilences, action)
      .Matchers("MATCHER", "As in `add`", false)
      .Expired();
  RemoteCommand(*silence, "expire", "End silences now", ExpireSilences, action)
      .Matchers("ID", "As `add` and `query` print it", true);
  RemoteCommand(*silence, "import", "Make silences from a file or standard input; prints the ids",
                ImportSilences, action)
      .File();
  RemoteCommand(app, "alerts", "List the alerts that fire on a running server", ListAlerts, action)
      .Matchers("MATCHER", "Only alerts that these take", false);
}

void AddMaintenanceCommands(CLI::App& app, std::function<int()>& action) {
  CLI::App* maintenance =
      app.add_subcommand("maintenance", "Silence everything, or some, while work goes on");
  maintenance->require_subcommand(1);
  RemoteCommand(*maintenance, "on", "Begin", MaintenanceOn, action).For("--for").Match().Comment();
  const RemoteCommand off(*maintenance, "off", "End all maintenance", MaintenanceOff, action);
  const RemoteCommand status(*maintenance, "status", "Whether it is on, until when, and for what",
                             MaintenanceStatus, action);
}

void AddFileCommand(CLI::App& parent, const std::string& name, const std::string& about,
                    const std::string& argument, const std::string& argument_about,
                    int (*run)(const NotifyCommand&), std::function<int()>& action) {
  auto options = std::make_shared<NotifyCommand>();
  CLI::App* app = parent.add_subcommand(name, about);
  app->add_option("--notify.config-file", options->files.alertmanager, "The alertmanager.yml")->required();
  if (argument == "RECEIVER") {
    app->add_option(argument, options->receiver, argument_about)->required();
  } else {
    app->add_option(argument, options->labels, argument_about);
  }
  app->callback([&action, options, run] { action = [options, run] { return run(*options); }; });
}

}  // namespace

void AddNotifyCommands(CLI::App& app, std::function<int()>& action) {
  AddSilenceCommands(app, action);
  AddMaintenanceCommands(app, action);
  CLI::App* notify = app.add_subcommand("notify", "Try out an alertmanager.yml");
  notify->require_subcommand(1);
  CLI::App* routes = notify->add_subcommand("routes", "The routing tree");
  routes->require_subcommand(1);
  AddFileCommand(*routes, "test", "Which receivers an alert of these labels reaches, and by which path",
                 "LABEL", "name=value", TestRoutes, action);
  AddFileCommand(*notify, "test",
                 "Send a test message to every integration of a receiver; prints what they answer",
                 "RECEIVER", "The receiver's name", TestReceiver, action);
}

}  // namespace tocsin::app
