#include "exporter/tail/file_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::tail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A line long enough to tell one log from another.
std::string Line(const std::string& text) { return text + std::string(40, '.'); }

class FileSetTest : public testing::Test {
 protected:
  void SetUp() override { clock_.Set(SystemClock().Now()); }

  std::unique_ptr<FileSet> Follow(std::vector<std::string> patterns, StartAt start) {
    return std::make_unique<FileSet>(
        std::move(patterns), start, clock_, Logger(), [this](const std::string& path) -> LineSink {
          return [this, name = path.substr(path.rfind('/') + 1)](auto batch) {
            for (const lines::Line& line : batch)
              lines_.push_back(name + ": " + std::string(line.text.substr(0, line.text.find('.'))));
          };
        });
  }
  /// "file: line" of the lines that come now.
  std::vector<std::string> Look(FileSet& files) {
    lines_.clear();
    files.Expand();
    while (files.Poll(1 << 20)) {
    }
    return lines_;
  }
  void Write(const std::string& name, const std::string& text) { Append(folder_ / name, Line(text) + "\n"); }

  ScratchFolder folder_;
  FakeClock clock_;
  std::vector<std::string> lines_;
};

TEST_F(FileSetTest, ReadsWhatAGlobMatchesAndWholeWhatItMatchesLater) {
  Write("a.log", "before");
  Write("b.txt", "before");
  const auto files = Follow({folder_ / "*.log"}, StartAt::kEnd);
  EXPECT_THAT(Look(*files), IsEmpty());
  Write("a.log", "after");
  Write("b.txt", "after");
  Write("c.log", "first");
  EXPECT_THAT(Look(*files), UnorderedElementsAre("a.log: after", "c.log: first"));
  EXPECT_EQ(files->followers().size(), 2U);
}

TEST_F(FileSetTest, KeepsTheFiguresOfAFileThatIsGoneAndReadsItsSuccessorWhole) {
  Write("a.log", "1");
  Write("b.log", "2");
  const auto files = Follow({folder_ / "*.log"}, StartAt::kBeginning);
  EXPECT_THAT(Look(*files), UnorderedElementsAre("a.log: 1", "b.log: 2"));
  Write("a.log", "the last words of a");
  std::filesystem::remove(folder_ / "a.log");
  EXPECT_THAT(Look(*files), ElementsAre("a.log: the last words of a"));
  FiguresByName figures;
  files->AddFigures(figures);
  EXPECT_EQ(figures.count(folder_ / "a.log"), 1U);
  EXPECT_EQ(figures[folder_ / "a.log"].lost_bytes, 0U);
  Write("a.log", "anew");
  EXPECT_THAT(Look(*files), ElementsAre("a.log: anew"));
  EXPECT_EQ(files->followers().size(), 2U);
}

TEST_F(FileSetTest, ReadsOnceWhatRotationMakesOfALogThoughTheGlobMatchesIt) {
  Write("access.log", "1");
  const auto files = Follow({folder_ / "access.log*"}, StartAt::kBeginning);
  EXPECT_THAT(Look(*files), ElementsAre("access.log: 1"));
  std::filesystem::rename(folder_ / "access.log", folder_ / "access.log.1");
  Write("access.log.1", "2");
  Write("access.log", "3");
  EXPECT_THAT(Look(*files), ElementsAre("access.log: 2", "access.log: 3"));
  Append(folder_ / "access.log.2.gz", "not for reading\n");
  EXPECT_THAT(Look(*files), IsEmpty());
}

TEST_F(FileSetTest, GoesOnAfterARestartWithWhatGlobsMatchedAndWhatCameMeanwhile) {
  Write("a.log", "1");
  auto files = Follow({folder_ / "*.log"}, StartAt::kEnd);
  Look(*files);
  checkpoint::Writer out;
  files->Save(out);
  Write("a.log", "2");
  Write("b.log", "3");
  files = Follow({folder_ / "*.log"}, StartAt::kEnd);
  checkpoint::Reader in(out.bytes());
  ASSERT_TRUE(files->Restore(in).has_value());
  EXPECT_THAT(Look(*files), UnorderedElementsAre("a.log: 2", "b.log: 3"));
}

TEST_F(FileSetTest, TakesAnExistingFileForWhatItIsCalled) {
  Write("a[1].log", "odd");
  Write("a1.log", "matched");
  const auto files = Follow({folder_ / "a[1].log"}, StartAt::kBeginning);
  EXPECT_THAT(Look(*files), ElementsAre("a[1].log: odd"));
}

}  // namespace
}  // namespace tocsin::tail
