#include "exporter/parse/nginx_conf.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "exporter/parse/conf_tokens.h"
#include "exporter/parse/known_formats.h"

namespace tocsin::parse {

namespace {

constexpr int kMaxIncludes = 32;
constexpr size_t kMaxBytes = size_t{16} << 20;

/// An access_log directive; its format may be defined further down.
struct Use {
  std::string path;
  std::string format;
  Position position;
};

class ConfWalk {
 public:
  ConfWalk(std::filesystem::path folder, std::filesystem::path prefix)
      : folder_(std::move(folder)), prefix_(std::move(prefix)) {}

  Status ReadFileAt(const std::filesystem::path& path, int depth) {
    auto text = ReadFile(path, kMaxBytes);
    if (!text) return Fail(text.error());
    std::vector<ConfDirective> directives;
    if (Status read = ReadDirectives(*text, path.string(), directives); !read) return read;
    return Walk(directives, depth);
  }

  /// Joins uses and formats.
  NginxLogs Finish() {
    for (const Use& use : uses_) {
      const LogFormat* format = FindFormat(use.format);
      if (format == nullptr) {
        logs_.passed_over.emplace_back(
            ErrorCode::kInvalidArgument,
            "access_log " + use.path + ": unknown log format \"" + use.format + "\"", use.position);
      } else {
        AddUse(use.path, *format);
      }
    }
    return std::move(logs_);
  }

 private:
  Status Walk(const std::vector<ConfDirective>& directives, int depth) {
    for (const ConfDirective& directive : directives) {
      if (Status taken = Take(directive, depth); !taken) return taken;
    }
    return {};
  }

  Status Take(const ConfDirective& directive, int depth) {
    const std::string& name = directive.name();
    // Connections of stream and mail are not requests; their logs tell other things.
    if (directive.has_block)
      return name == "stream" || name == "mail" ? Status() : Walk(directive.block, depth);
    if (name == "include" && directive.words.size() == 2) return Include(directive, depth);
    if (name == "access_log" && directive.words.size() >= 2) TakeAccessLog(directive);
    if (name == "error_log" && directive.words.size() >= 2) TakeErrorLog(directive);
    if (name != "log_format") return {};
    auto format = FormatOfDirective(directive);
    if (!format) return Fail(format.error());
    logs_.formats.push_back(std::move(*format));
    return {};
  }

  Status Include(const ConfDirective& directive, int depth) {
    if (depth == kMaxIncludes)
      return Fail(ErrorCode::kInvalidArgument, "includes are nested too deep", directive.position);
    const std::string pattern = (folder_ / directive.words[1]).string();
    const auto paths = Glob(pattern);
    const bool is_glob = pattern.find_first_of("*?[") != std::string::npos;
    if (!paths || (paths->empty() && !is_glob)) {
      PassOver(directive, "include " + pattern + ": no such file");
      return {};
    }
    for (const std::filesystem::path& path : *paths) {
      Status read = ReadFileAt(path, depth + 1);
      if (read) continue;
      if (read.error().code() == ErrorCode::kInvalidArgument) return read;
      PassOver(directive, read.error().message());
    }
    return {};
  }

  void TakeAccessLog(const ConfDirective& directive) {
    const std::string& target = directive.words[1];
    if (target == "off" || !CanFollow(directive)) return;
    const auto is_option = [](const std::string& word) {
      return word == "gzip" || word.starts_with("gzip=") || word.starts_with("if=");
    };
    const bool named = directive.words.size() > 2 && !is_option(directive.words[2]);
    if (std::any_of(directive.words.begin() + 2, directive.words.end(),
                    [](const std::string& word) { return word == "gzip" || word.starts_with("gzip="); })) {
      PassOver(directive, "access_log " + target + ": is written compressed");
      return;
    }
    uses_.push_back({PathOf(target), named ? directive.words[2] : "combined", directive.position});
  }

  void TakeErrorLog(const ConfDirective& directive) {
    const std::string& target = directive.words[1];
    if (target == "stderr" || target.starts_with("memory:") || !CanFollow(directive)) return;
    std::string path = PathOf(target);
    if (std::ranges::find(logs_.error_logs, path) == logs_.error_logs.end())
      logs_.error_logs.push_back(std::move(path));
  }

  bool CanFollow(const ConfDirective& directive) {
    const std::string& target = directive.words[1];
    if (target.starts_with("syslog:")) {
      PassOver(directive, directive.name() + " goes to syslog; --nginx.syslog-listen can receive it");
      return false;
    }
    if (target.find('$') != std::string::npos) {
      PassOver(directive, directive.name() + " " + target +
                              ": the path has variables; give the files by --nginx.access-log=GLOB");
      return false;
    }
    return true;
  }

  void PassOver(const ConfDirective& directive, std::string message) {
    logs_.passed_over.emplace_back(ErrorCode::kUnsupported, std::move(message), directive.position);
  }

  std::string PathOf(const std::string& target) const {
    return (prefix_ / target).lexically_normal().string();
  }

  const LogFormat* FindFormat(const std::string& name) {
    const auto named = [&](const LogFormat& format) { return format.name == name; };
    auto found = std::ranges::find_if(logs_.formats, named);
    if (found != logs_.formats.end()) return &*found;
    if (name != "combined") return nullptr;
    // nginx knows this one without a definition.
    combined_ = ParseLogFormat(FindKnownFormat(name)->text).value();
    combined_.name = name;
    return &combined_;
  }

  void AddUse(const std::string& path, const LogFormat& format) {
    auto log = std::ranges::find_if(logs_.access_logs, [&](const auto& known) { return known.path == path; });
    if (log == logs_.access_logs.end()) log = logs_.access_logs.insert(log, {path, {}});
    if (std::ranges::none_of(log->formats, [&](const LogFormat& known) { return known.name == format.name; }))
      log->formats.push_back(format);
  }

  std::filesystem::path folder_;
  std::filesystem::path prefix_;
  NginxLogs logs_;
  std::vector<Use> uses_;
  LogFormat combined_;
};

}  // namespace

Result<NginxLogs> ReadNginxConf(const std::filesystem::path& path, const std::filesystem::path& prefix) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::absolute(path, ignored).parent_path();
  std::filesystem::path root = prefix;
  if (root.empty()) root = folder.filename() == "conf" ? folder.parent_path() : folder;
  ConfWalk walk(folder, root);
  if (Status read = walk.ReadFileAt(path, 0); !read) return Fail(read.error());
  return walk.Finish();
}

}  // namespace tocsin::parse
