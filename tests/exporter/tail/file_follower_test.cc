#include "exporter/tail/file_follower.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::tail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FileFollowerTest : public testing::Test {
 protected:
  std::unique_ptr<FileFollower> Follow(StartAt start) {
    return std::make_unique<FileFollower>(path_, start, clock_, Logger(), [this](auto lines) {
      for (const lines::Line& line : lines) lines_.emplace_back(line.text);
    });
  }
  /// The lines that come now.
  std::vector<std::string> Poll(FileFollower& follower, size_t max_bytes = 1 << 20) {
    lines_.clear();
    while (follower.Poll(max_bytes)) {
    }
    return lines_;
  }
  void Rename(const std::string& from, const std::string& to) { std::filesystem::rename(from, to); }

  ScratchFolder folder_;
  std::string path_ = folder_ / "access.log";
  std::string old_path_ = folder_ / "access.log.1";
  FakeClock clock_;
  std::vector<std::string> lines_;
};

TEST_F(FileFollowerTest, StartsAtTheEnd) {
  Append(path_, "before\n");
  const auto follower = Follow(StartAt::kEnd);
  EXPECT_THAT(Poll(*follower), IsEmpty());
  Append(path_, "after\n");
  EXPECT_EQ(follower->lag_bytes(), 6U);
  EXPECT_THAT(Poll(*follower), ElementsAre("after"));
  EXPECT_EQ(follower->lag_bytes(), 0U);
}

TEST_F(FileFollowerTest, StartingInTheMiddleOfALineDropsItsRest) {
  Append(path_, "before\nhalf of ");
  const auto follower = Follow(StartAt::kEnd);
  EXPECT_THAT(Poll(*follower), IsEmpty());
  Append(path_, "a line\nwhole\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("whole"));
}

TEST_F(FileFollowerTest, ReadsWholeWhenAsked) {
  Append(path_, "one\ntwo\nlast without newline");
  const auto follower = Follow(StartAt::kBeginning);
  EXPECT_THAT(Poll(*follower), ElementsAre("one", "two"));
  follower->Finish();
  EXPECT_THAT(lines_, ElementsAre("one", "two", "last without newline"));
  follower->Finish();
  EXPECT_EQ(lines_.size(), 3U);
}

TEST_F(FileFollowerTest, NeverHandsOnAFragment) {
  const auto follower = Follow(StartAt::kBeginning);
  Append(path_, "half");
  EXPECT_THAT(Poll(*follower), IsEmpty());
  Append(path_, " and half");
  EXPECT_THAT(Poll(*follower), IsEmpty());
  Append(path_, "\nnext");
  EXPECT_THAT(Poll(*follower), ElementsAre("half and half"));
}

TEST_F(FileFollowerTest, AFileThatAppearsLaterIsReadWhole) {
  path_ = folder_ / "later/access.log";
  const auto follower = Follow(StartAt::kEnd);
  EXPECT_THAT(Poll(*follower), IsEmpty());
  EXPECT_FALSE(follower->is_open());
  ASSERT_TRUE(follower->error());
  EXPECT_EQ(follower->error()->code(), ErrorCode::kNotFound);
  std::filesystem::create_directory(folder_ / "later");
  Append(path_, "first\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("first"));
  EXPECT_FALSE(follower->error());
}

TEST_F(FileFollowerTest, RenamingAnEmptyFileIsNoRotation) {
  Append(path_, "");
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  Rename(path_, old_path_);
  Append(path_, "1\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("1"));
  EXPECT_EQ(follower->rotations(), 0U) << "after a restart nothing would tell of it";
  Append(old_path_, "late\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("late"));
}

TEST_F(FileFollowerTest, DrainsTheOldFileWhileTheWriterHasNotReopened) {
  Append(path_, "1\n");
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  Append(path_, "2\n");
  Rename(path_, old_path_);
  Append(old_path_, "3\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("2", "3"));
  Append(path_, "5\n");
  Append(old_path_, "4\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("4", "5"));
  clock_.Advance(FileFollower::kQuiet - Duration{1});
  Append(old_path_, "late\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("late")) << "quiet is counted from the last line";
  EXPECT_EQ(follower->rotations(), 1U);
  EXPECT_EQ(follower->lost_bytes(), 0U);
}

TEST_F(FileFollowerTest, LeavesTheOldFileOnceItIsQuiet) {
  Append(path_, "1\n");
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  Rename(path_, old_path_);
  Append(path_, "2\n");
  Append(old_path_, "unended");
  EXPECT_THAT(Poll(*follower), ElementsAre("2"));
  clock_.Advance(FileFollower::kQuiet);
  Poll(*follower);
  EXPECT_EQ(follower->lost_bytes(), 7U);
  Append(old_path_, " too late\n");
  EXPECT_THAT(Poll(*follower), IsEmpty());
}

TEST_F(FileFollowerTest, FollowsSeveralRotationsInARow) {
  const auto follower = Follow(StartAt::kBeginning);
  for (int i = 0; i < 30; ++i) {
    Append(path_, std::to_string(i) + "\n");
    EXPECT_THAT(Poll(*follower), ElementsAre(std::to_string(i)));
    Rename(path_, folder_ / ("old." + std::to_string(i)));
    EXPECT_THAT(Poll(*follower), IsEmpty());
  }
  EXPECT_EQ(follower->rotations(), 29U);
}

TEST_F(FileFollowerTest, ReadsNoFileTwiceWhenTheLogIsRotatedWhileManyAreReadLate) {
  std::vector<std::string> written;
  const auto rotate = [&] {
    written.push_back("the one and only line of generation " + std::to_string(written.size()));
    Append(path_, written.back() + "\n");
    Rename(path_, path_ + "." + std::to_string(written.size()));
  };
  Append(path_, "");
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  lines_.clear();
  for (int i = 0; i < 100; ++i) rotate();
  Append(path_, "");
  for (int polls = 0; follower->Poll(1); ++polls) {
    if (polls % 30 != 0 || polls > 300) continue;
    rotate();
    Append(path_, "");
  }
  std::sort(lines_.begin(), lines_.end());
  std::sort(written.begin(), written.end());
  EXPECT_EQ(lines_, written);
}

TEST_F(FileFollowerTest, ADeletedFileIsReadToItsEndAndItsSuccessorWhole) {
  Append(path_, "1\n");
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  Append(path_, "2\n");
  std::filesystem::remove(path_);
  EXPECT_THAT(Poll(*follower), ElementsAre("2"));
  Append(path_, "3\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("3"));
}

TEST_F(FileFollowerTest, BeginsAgainAfterTruncation) {
  Append(path_, "1\n2\nhalf");
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  Overwrite(path_, "3\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("3"));
  EXPECT_EQ(follower->rotations(), 1U);
  EXPECT_EQ(follower->lost_bytes(), 4U);
}

TEST_F(FileFollowerTest, SeesTruncationWhenTheFileHasGrownPastTheOffset) {
  Append(path_, "old 1\nold 2\n");
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  Overwrite(path_, "new 1\nnew 2\nnew 3\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("new 1", "new 2", "new 3"));
  EXPECT_EQ(follower->rotations(), 1U);
}

TEST_F(FileFollowerTest, SeesTruncationOfAFileThatItJoinedAtTheEnd) {
  Append(path_, "old 1\n");
  const auto follower = Follow(StartAt::kEnd);
  Poll(*follower);
  Overwrite(path_, "new 1\nnew 2\n");
  EXPECT_THAT(Poll(*follower), ElementsAre("new 1", "new 2"));
}

TEST_F(FileFollowerTest, ReadsInStretches) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "line\n";
  Append(path_, text);
  const auto follower = Follow(StartAt::kBeginning);
  EXPECT_TRUE(follower->Poll(300'000));
  EXPECT_LT(lines_.size(), 200'000U);
  while (follower->Poll(300'000)) {
  }
  EXPECT_EQ(lines_.size(), 200'000U);
}

TEST_F(FileFollowerTest, CountsLinesThatAreTooLong) {
  Append(path_, std::string(LineBuffer::kMaxLineBytes + 1, 'x'));
  Append(path_, "\nshort\n");
  const auto follower = Follow(StartAt::kBeginning);
  EXPECT_THAT(Poll(*follower), ElementsAre("short"));
  EXPECT_EQ(follower->too_long_lines(), 1U);
  Rename(path_, old_path_);
  Append(path_, "");
  Poll(*follower);
  clock_.Advance(FileFollower::kQuiet);
  Poll(*follower);
  EXPECT_EQ(follower->too_long_lines(), 1U) << "still counted when its file is left";
}

TEST_F(FileFollowerTest, RefusesWhatIsNoFile) {
  std::filesystem::create_directory(path_);
  const auto follower = Follow(StartAt::kBeginning);
  Poll(*follower);
  ASSERT_TRUE(follower->error());
  EXPECT_EQ(follower->error()->code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tocsin::tail
