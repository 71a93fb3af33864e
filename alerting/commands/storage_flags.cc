#include "alerting/commands/storage_flags.h"

#include <string>

#include "alerting/config/scrape_config.h"
#include "base/flags/flags.h"
#include "base/yaml/node.h"

namespace tocsin::app {
namespace {

/// As sizes in the configuration files.
Result<uint64_t> ParseSize(const std::string& text) {
  yaml::Node node;
  node.text = text;
  uint64_t size = 0;
  if (Status read = config::ReadBytes(node, size); !read) return Fail(read.error());
  return size;
}

std::string MessageOf(const Status& status) { return status ? std::string() : status.error().message(); }

}  // namespace

void AddStorageFlags(CLI::App& app, StorageOptions& options) {
  app.add_option("--storage.path", options.path,
                 "Folder for samples (default: they are kept in memory, and lost with the process)");
  app.add_option_function<std::string>(
         "--storage.retention",
         [&options](const std::string& text) {
           if (auto retention = ParseDuration(text)) options.retention = *retention;
         },
         "How long samples are kept (default: 15d with --storage.path, 2h without)")
      ->check([](const std::string& text) {
        const auto retention = ParseDuration(text);
        if (!retention) return retention.error().message();
        return retention->count() > 0 ? std::string() : std::string("must be more than 0");
      })
      ->type_name("DURATION");
  app.add_option_function<std::string>(
         "--storage.retention.size",
         [&options](const std::string& text) { options.retention_bytes = ParseSize(text).value_or(0); },
         "Largest size of the folder, as 10GB; beyond it the oldest samples go (0: no limit)")
      ->check([](const std::string& text) {
        const auto size = ParseSize(text);
        return size ? std::string() : size.error().message();
      })
      ->type_name("SIZE")
      ->default_str("0");
  app.add_option_function<std::string>(
         "--storage.wal-sync", [&options](const std::string& text) { (void)ParseWalSync(text, options); },
         "When samples are synced to disk: each DURATION; always, before whoever sent them is answered; off, "
         "when the system likes")
      ->check([](const std::string& text) {
        StorageOptions ignored;
        return MessageOf(ParseWalSync(text, ignored));
      })
      ->type_name("DURATION|always|off")
      ->default_str("200ms");
  app.add_option("--storage.max-series", options.max_series, "Most series; further ones are refused")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

}  // namespace tocsin::app
