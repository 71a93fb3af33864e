// Where a checkpoint lies: one file in a folder that one process has for itself.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/log.h"

namespace tocsin::checkpoint {

/// Around a checkpoint's content: what it is, in which version, and a check sum.
std::string Seal(std::string_view content);
/// The content; a view into `bytes`. kUnsupported for another program's file or a later version,
/// kInvalidArgument for a damaged one.
Result<std::string_view> Unseal(std::string_view bytes);

/// Thread safe but for two calls of Write() at once.
class Store {
 public:
  /// Makes the folder when it is not there, and takes it: kUnavailable when another process has it,
  /// kPermission or kIo when it can't be written to.
  static Result<std::unique_ptr<Store>> Open(const std::filesystem::path& folder, Logger log);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  /// Gives the folder back.
  ~Store();

  /// The content of what was written last; nullopt when nothing was. What is not ours or damaged is set
  /// aside, beside it, and logged.
  std::optional<std::string> Load();
  /// For content that makes no sense to whoever loaded it.
  void SetAside(const Error& why);
  /// In one step: whatever happens, the file holds the old content or the new. Blocks until it is on the
  /// disk.
  Status Write(std::string_view content);

  const std::filesystem::path& path() const { return path_; }

 private:
  Store(std::filesystem::path path, int lock, Logger log);

  std::filesystem::path path_;
  int lock_;
  Logger log_;
};

}  // namespace tocsin::checkpoint
