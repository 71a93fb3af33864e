// What a follower finds again after its process ended, whatever was done to the log meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/tail/file_follower.h"
#include "tests/exporter/tail/scratch_folder.h"

namespace tocsin::tail {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A line long enough to tell one log from another.
std::string Line(int number) { return "line " + std::to_string(number) + std::string(40, '.'); }

class ResumeTest : public testing::Test {
 protected:
  void SetUp() override { clock_.Set(SystemClock().Now()); }

  void Write(int from, int to) { WriteTo(path_, from, to); }
  static void WriteTo(const std::string& path, int from, int to) {
    std::string text;
    for (int i = from; i <= to; ++i) text += Line(i) + "\n";
    Append(path, text);
  }
  /// As logrotate does it: every generation moves up by one.
  void Rename(int generations = 1) {
    for (int i = generations; i > 1; --i) std::filesystem::rename(Old(i - 1), Old(i));
    std::filesystem::rename(path_, Old(1));
  }
  void CopyTruncate() { CopyTruncateTo(1); }
  void CopyTruncateTo(int generation) {
    std::filesystem::copy_file(path_, Old(generation));
    Overwrite(path_, "");
  }
  std::string Old(int generation) const { return path_ + "." + std::to_string(generation); }

  void Start() {
    follower_ = std::make_unique<FileFollower>(path_, StartAt::kBeginning, clock_, log_, [this](auto lines) {
      for (const lines::Line& line : lines) lines_.emplace_back(line.text);
    });
  }
  /// The end of the process and the start of the next, by way of the bytes of a checkpoint.
  void Restart() {
    checkpoint::Writer out;
    follower_->position().Save(out);
    checkpoint::Reader in(out.bytes());
    auto position = LogPosition::Restore(in);
    ASSERT_TRUE(position.has_value());
    Start();
    follower_->Resume(*position);
  }
  std::vector<int> Poll() {
    lines_.clear();
    while (follower_->Poll(1 << 20)) {
    }
    std::vector<int> numbers;
    for (const std::string& line : lines_) {
      const int number = std::stoi(line.substr(line.find(' ') + 1));
      EXPECT_EQ(line, Line(number));
      numbers.push_back(number);
    }
    return numbers;
  }

  ScratchFolder folder_;
  std::string path_ = folder_ / "access.log";
  FakeClock clock_;
  std::vector<std::string> lines_;
  std::vector<std::string> said_;
  Logger log_ = Logger::ToSink(LogLevel::kInfo, LogFormat::kLogfmt,
                               [this](std::string_view line) { said_.emplace_back(line); });
  std::unique_ptr<FileFollower> follower_;
};

TEST_F(ResumeTest, GoesOnWhereItStopped) {
  Write(1, 2);
  Start();
  EXPECT_THAT(Poll(), ElementsAre(1, 2));
  Write(3, 3);
  Restart();
  EXPECT_FALSE(follower_->caught_up());
  EXPECT_THAT(Poll(), ElementsAre(3));
  EXPECT_TRUE(follower_->caught_up());
  Restart();
  Restart();  // before it has looked: the position passes through
  EXPECT_THAT(Poll(), IsEmpty());
  EXPECT_EQ(follower_->rotations(), 0U);
}

TEST_F(ResumeTest, ReadsAPartialLineAgainFromItsBeginning) {
  Write(1, 1);
  Append(path_, Line(2).substr(0, 20));
  Start();
  EXPECT_THAT(Poll(), ElementsAre(1));
  Restart();
  Append(path_, Line(2).substr(20) + "\n");
  EXPECT_THAT(Poll(), ElementsAre(2));
}

TEST_F(ResumeTest, GoesOnSkippingALineThatIsTooLong) {
  Append(path_, std::string(2 * LineBuffer::kMaxLineBytes, 'x'));
  Start();
  Poll();
  Restart();
  Append(path_, "x\n");
  Write(1, 1);
  EXPECT_THAT(Poll(), ElementsAre(1));
  EXPECT_EQ(follower_->too_long_lines(), 1U);
  Restart();
  EXPECT_EQ(follower_->too_long_lines(), 1U);
}

TEST_F(ResumeTest, FindsTheRenamedFileAndDrainsItFirst) {
  Write(1, 2);
  Start();
  Poll();
  Write(3, 4);
  Rename();
  Write(5, 6);
  Restart();
  EXPECT_THAT(Poll(), ElementsAre(3, 4, 5, 6));
  EXPECT_EQ(follower_->rotations(), 1U);
  Append(Old(1), Line(7) + "\n");
  EXPECT_THAT(Poll(), ElementsAre(7)) << "still open";
}

TEST_F(ResumeTest, ReadsEveryGenerationThatCameMeanwhileInOrder) {
  WriteTo(Old(1), 90, 99);  // older than the start
  std::filesystem::last_write_time(Old(1),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  Write(1, 2);
  Start();
  EXPECT_THAT(Poll(), ElementsAre(1, 2));
  std::vector<int> expected;
  int number = 3;
  for (int generation = 2; generation <= 21; ++generation) {
    Write(number, number + 1);
    expected.insert(expected.end(), {number, number + 1});
    number += 2;
    Rename(generation);
    // The kernel's stamps are coarser than a test is fast.
    std::filesystem::last_write_time(
        Old(1), std::filesystem::file_time_type::clock::now() + std::chrono::milliseconds(generation));
  }
  Restart();
  EXPECT_THAT(Poll(), testing::ElementsAreArray(expected));
  Write(number, number);
  EXPECT_THAT(Poll(), ElementsAre(number));
  EXPECT_EQ(follower_->rotations(), 20U);
  Restart();
  EXPECT_THAT(Poll(), IsEmpty()) << "each once";
}

TEST_F(ResumeTest, KeepsARenamedFileWithoutASuccessorHoweverQuietItIs) {
  Write(1, 2);
  Start();
  Poll();
  Rename();
  Restart();
  EXPECT_THAT(Poll(), IsEmpty());
  clock_.Advance(2 * FileFollower::kQuiet);
  EXPECT_THAT(Poll(), IsEmpty());
  WriteTo(Old(1), 3, 3);
  EXPECT_THAT(Poll(), ElementsAre(3));
  Write(4, 4);
  EXPECT_THAT(Poll(), ElementsAre(4));
}

TEST_F(ResumeTest, TellsAReusedInodeByItsBeginning) {
  Write(1, 2);
  Start();
  Poll();
  LogPosition position = follower_->position();
  std::filesystem::remove(path_);
  Write(3, 9);
  position.reading.back().inode = IdentifyFile(path_)->inode;
  Start();
  follower_->Resume(position);
  EXPECT_THAT(Poll(), ElementsAre(3, 4, 5, 6, 7, 8, 9));
}

TEST_F(ResumeTest, CountsWhatIsKnownToBeLost) {
  Write(1, 2);
  Start();
  Poll();
  LogPosition position = follower_->position();
  position.reading.back().seen_size += 100;
  std::filesystem::remove(path_);
  Start();
  follower_->Resume(position);
  EXPECT_THAT(Poll(), IsEmpty());
  EXPECT_EQ(follower_->lost_bytes(), 100U);
  EXPECT_TRUE(follower_->caught_up());
}

TEST_F(ResumeTest, FindsTheRestOfATruncatedFileInItsCopy) {
  Write(1, 2);
  Start();
  Poll();
  Write(3, 4);
  CopyTruncate();
  Write(5, 9);
  Restart();
  EXPECT_THAT(Poll(), ElementsAre(3, 4, 5, 6, 7, 8, 9));
  Restart();
  EXPECT_THAT(Poll(), IsEmpty());
  EXPECT_EQ(follower_->lost_bytes(), 0U);
}

TEST_F(ResumeTest, FindsTheCopyWhileItRunsToo) {
  Write(1, 2);
  Start();
  Poll();
  Write(3, 3);
  Append(path_, Line(4).substr(0, 20));
  Poll();
  Append(path_, Line(4).substr(20) + "\n");
  CopyTruncate();
  Write(5, 5);
  EXPECT_THAT(Poll(), ElementsAre(4, 5)) << "the half line goes on in the copy";
  EXPECT_EQ(follower_->rotations(), 1U);
  EXPECT_EQ(follower_->lost_bytes(), 0U);
}

TEST_F(ResumeTest, HasNotCaughtUpWhileTheRestIsInACopy) {
  Write(1, 2);
  Start();
  Poll();
  Write(3, 9'000);
  Restart();
  EXPECT_TRUE(follower_->Poll(1));
  EXPECT_FALSE(follower_->caught_up());
  CopyTruncate();
  while (follower_->Poll(1)) {
    EXPECT_EQ(follower_->caught_up(), lines_.size() >= 8'998);
  }
  EXPECT_TRUE(follower_->caught_up());
}

TEST_F(ResumeTest, FindsTheCopyOfAFileThatWasTruncatedBeforeAnythingWasReadOfIt) {
  Write(1, 1);
  Start();
  Poll();
  CopyTruncate();
  EXPECT_THAT(Poll(), IsEmpty());
  Write(2, 3);
  std::filesystem::rename(Old(1), Old(2));
  CopyTruncate();
  Write(4, 4);
  EXPECT_THAT(Poll(), testing::UnorderedElementsAre(2, 3, 4));
  EXPECT_EQ(follower_->rotations(), 2U);
}

TEST_F(ResumeTest, FindsTheCopyByAFewBytesWhenItIsNew) {
  Write(1, 1);
  Start();
  Poll();
  Overwrite(path_, "");
  Poll();
  Append(path_, Line(2).substr(0, 10));
  Poll();
  Append(path_, Line(2).substr(10) + "\n");
  CopyTruncate();
  EXPECT_THAT(Poll(), ElementsAre(2));
}

TEST_F(ResumeTest, ACopyOfTheCurrentFileIsNoGeneration) {
  Write(1, 2);
  Start();
  Poll();
  std::filesystem::copy_file(path_, Old(1));
  Write(3, 3);
  Restart();
  said_.clear();
  EXPECT_THAT(Poll(), ElementsAre(3));
  EXPECT_THAT(said_, Contains(AllOf(HasSubstr("taken for its copy"), HasSubstr("file=" + Old(1)))));
  said_.clear();
  CopyTruncateTo(2);
  Poll();
  EXPECT_THAT(said_, Not(Contains(HasSubstr("file=" + Old(1)))));
}

TEST_F(ResumeTest, AFreshFileThatWasCopiedAndTruncatedBeforeItWasReadIsReadFromTheCopy) {
  Write(1, 1);
  Start();
  Poll();
  Rename();
  Append(path_, "");
  EXPECT_THAT(Poll(), IsEmpty());
  std::filesystem::remove(Old(1));
  Write(2, 3);
  CopyTruncate();
  Write(4, 4);
  Restart();
  EXPECT_THAT(Poll(), ElementsAre(2, 3, 4));
}

TEST_F(ResumeTest, AFileThatWasLeftAndGrowsIsReadOnAtTheNextRotation) {
  Write(1, 2);
  Start();
  Poll();
  Rename();
  Write(3, 3);
  Poll();
  clock_.Advance(FileFollower::kQuiet);
  EXPECT_THAT(Poll(), IsEmpty());
  clock_.Set(SystemClock().Now());
  Poll();
  WriteTo(Old(1), 4, 4);
  Rename(2);
  Write(5, 5);
  EXPECT_THAT(Poll(), ElementsAre(4, 5));
}

TEST_F(ResumeTest, FindsTheFilesThatCameAndWentBeforeALookThatFoundNone) {
  Write(1, 1);
  Start();
  Poll();
  Write(2, 2);
  Rename();
  Write(3, 3);
  Rename(2);
  clock_.Set(SystemClock().Now() + Duration{1000});
  EXPECT_THAT(Poll(), ElementsAre(2));
  Write(4, 4);
  EXPECT_THAT(Poll(), ElementsAre(3, 4));
  EXPECT_EQ(follower_->rotations(), 2U);
}

TEST_F(ResumeTest, FindsTheFilesThatCameAndWentBeforeAFileWasThereAtAll) {
  Start();
  Poll();
  Write(1, 1);
  Rename();
  Write(2, 2);
  EXPECT_THAT(Poll(), ElementsAre(1, 2));
}

TEST_F(ResumeTest, LeavesToOthersWhatIsTheirs) {
  Write(1, 2);
  Start();
  follower_->LeaveToOthers([&](const LogFile& file) { return file.id() == *IdentifyFile(path_); });
  EXPECT_THAT(Poll(), IsEmpty());
  EXPECT_FALSE(follower_->is_open());
}

TEST(LogPosition, RefusesBytesThatAreNone) {
  for (const std::string& bytes : {std::string(), std::string("log"), std::string(64, '\xff')}) {
    checkpoint::Reader in(bytes);
    EXPECT_FALSE(LogPosition::Restore(in).has_value());
  }
}

}  // namespace
}  // namespace tocsin::tail
