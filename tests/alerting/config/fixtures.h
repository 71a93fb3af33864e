// The fixture files of a configuration: name.good.yml loads, name.bad.yml says in its comments what is wrong
// with it.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/source_dir.h"

namespace tocsin::config {

inline std::vector<std::filesystem::path> Fixtures(const std::string& folder, const std::string& ending) {
  auto found = Glob(SourceDir() + "/tests/alerting/config/" + folder + "/*." + ending + ".yml");
  EXPECT_TRUE(found.has_value() && !found->empty());
  return found ? *found : std::vector<std::filesystem::path>{};
}

/// What a fixture's "# error: line:column: message" lines say.
inline std::vector<std::string> Expected(const std::filesystem::path& fixture) {
  constexpr std::string_view kMark = "# error: ";
  std::vector<std::string> expected;
  std::ifstream in(fixture);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kMark)) expected.push_back(line.substr(kMark.size()));
  }
  return expected;
}

/// The errors as fixtures write them.
inline std::vector<std::string> Messages(const Errors& errors) {
  std::vector<std::string> messages;
  messages.reserve(errors.size());
  for (const Error& error : errors) {
    messages.push_back(error.At({"", error.position().line, error.position().column}).ToString());
  }
  return messages;
}

}  // namespace tocsin::config
