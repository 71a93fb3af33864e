#include "exporter/kernel/file_batch.h"

#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::kernel {
namespace {

using Text = std::optional<std::string_view>;

TEST(FileBatch, ReadsWhatIsThereNow) {
  const tail::ScratchFolder folder;
  for (const auto keep : {Keep::kOpen, Keep::kClosed}) {
    tail::Overwrite(folder / "a", "1\n");
    tail::Overwrite(folder / "b", "");
    tail::Overwrite(folder / "c", "three\n");
    ReadBuffer buffer;
    FileBatch files(keep);
    for (const char* name : {"a", "missing", "b", "c"}) files.Add(folder / name);
    ASSERT_EQ(files.size(), 4U);
    std::array<Text, 4> texts;
    files.Read(buffer, texts);
    EXPECT_EQ(texts, (std::array<Text, 4>{"1\n", std::nullopt, "", "three\n"}));
    tail::Overwrite(folder / "a", "22\n");
    tail::Overwrite(folder / "missing", "late\n");
    files.Read(buffer, texts);
    EXPECT_EQ(texts, (std::array<Text, 4>{"22\n", std::nullopt, "", "three\n"}))
        << "what was gone is left alone";
    std::filesystem::remove(folder / "missing");
  }
}

TEST(FileBatch, ReadsNoMoreThanItIsAskedFor) {
  const tail::ScratchFolder folder;
  tail::Overwrite(folder / "a", "1\n");
  ReadBuffer buffer;
  FileBatch files(Keep::kOpen);
  files.Add(folder / "a");
  files.Add(folder / "b");
  std::array<Text, 2> texts;
  files.Read(buffer, std::span(texts).first(1));
  tail::Overwrite(folder / "b", "2\n");
  files.Read(buffer, texts);
  EXPECT_EQ(texts, (std::array<Text, 2>{"1\n", "2\n"})) << "nobody looked for it before it was there";
}

TEST(FileBatch, KeepsItsTextsWhenTheBufferGrows) {
  const tail::ScratchFolder folder;
  ReadBuffer buffer;
  FileBatch files(Keep::kOpen);
  std::array<std::string, 5> written;
  for (size_t i = 0; i < written.size(); ++i) {
    written[i].assign(1 + i * 20'000, static_cast<char>('a' + i));
    const std::string path = folder / std::to_string(i);
    tail::Overwrite(path, written[i]);
    files.Add(path);
  }
  for (int round = 0; round < 2; ++round) {
    std::array<Text, 5> texts;
    files.Read(buffer, texts);
    for (size_t i = 0; i < written.size(); ++i) EXPECT_EQ(texts[i], written[i]) << i;
  }
}

}  // namespace
}  // namespace tocsin::kernel
