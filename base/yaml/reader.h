// Reads a mapping into a struct, strictly: wrong types and unknown keys are errors with their place, and all
// of them are collected, not the first alone.
//
//   yaml::MappingReader in(node, errors);
//   in.Required("job_name", job.name);
//   in.Optional("scrape_interval", job.interval);
//   if (const yaml::Node* sds = in.Take("static_configs")) ReadStaticConfigs(*sds, job, errors);
//   in.Finish();      // "prometheus.yml:12:3: unknown key "scrape_intervall"; did you mean
//   "scrape_interval"?"
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/yaml/node.h"

namespace tocsin::yaml {

/// Converts one scalar; each gives an Error with the node's position when it does not fit. Strings take any
/// scalar but null by its text, as go-yaml does when it decodes into a string.
Status Read(const Node& node, std::string& out);
Status Read(const Node& node, bool& out);
Status Read(const Node& node, int64_t& out);
Status Read(const Node& node, uint64_t& out);
Status Read(const Node& node, int& out);
Status Read(const Node& node, double& out);
Status Read(const Node& node, Duration& out);  ///< Prometheus' duration syntax
Status Read(const Node& node, std::vector<std::string>& out);
Status Read(const Node& node, std::map<std::string, std::string>& out);

/// One pass over one mapping. Holds references to the node and the error list, which must outlive it.
class MappingReader {
 public:
  /// A node that is no mapping (null counts as an empty one) is reported at once, and then reads nothing.
  MappingReader(const Node& node, Errors& errors);

  /// True when the key was there and fitted. A key with a null value counts as absent, as in go-yaml.
  template <typename T>
  bool Optional(std::string_view key, T& out) {
    const Node* value = Take(key);
    if (value == nullptr || value->kind == Kind::kNull) return false;
    return Check(Read(*value, out));
  }
  template <typename T>
  bool Optional(std::string_view key, std::optional<T>& out) {
    T value{};
    if (!Optional(key, value)) return false;
    out = std::move(value);
    return true;
  }
  template <typename T>
  bool Required(std::string_view key, T& out) {
    const Node* value = Take(key);
    if (value == nullptr || value->kind == Kind::kNull) {
      Missing(key);
      return false;
    }
    return Check(Read(*value, out));
  }

  /// The value under `key`, marked as known; nullptr when absent.
  const Node* Take(std::string_view key);
  /// A key of the format that this version can't honour: reported as kUnsupported at its place when present.
  void Unsupported(std::string_view key, std::string_view why = "");
  /// Reports every key that nobody asked for.
  void Finish();

  /// Adds the error when there is one; true when there is none.
  bool Check(const Status& status);
  void Fail(const Node& at, std::string message);
  const Node& node() const { return node_; }

 private:
  void Missing(std::string_view key);

  const Node& node_;
  Errors& errors_;
  bool readable_;
  std::set<std::string, std::less<>> known_;
};

/// Looks up an environment variable; nullopt when unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

/// Replaces ${NAME} and ${NAME:-default} in scalar values (never in keys), "$$" staying as it is. Values
/// under a key in `literal_keys` are left alone with all below them. Retypes a plain scalar that became a
/// number. An unset name without a default is reported with its place.
void ExpandEnvironment(Node& node, const Environment& environment, const std::set<std::string>& literal_keys,
                       Errors& errors);

}  // namespace tocsin::yaml
