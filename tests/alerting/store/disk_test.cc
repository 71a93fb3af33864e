// The store in a folder: what survives restarts and kills, damage, a full disk; seals, merges, retention. A
// kill is a copy of the folder, taken while the store is open.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <unistd.h>

#include "alerting/store/log_file.h"
#include "alerting/store/store.h"
#include "base/files.h"
#include "tests/alerting/store/select_both.h"

namespace tocsin::store {
namespace {

void Flip(char& byte, uint64_t mask) {
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ static_cast<unsigned char>(mask));
}

using model::Labels;
using model::Matcher;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Labels kKept{{"__name__", "up"}, {"job", "a"}};
constexpr int64_t kStart = 1'700'000'000'000;
constexpr Duration kHour{3'600'000};

Labels Numbered(int i) { return {{"__name__", "m"}, {"i", std::to_string(i)}}; }

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin_store.XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A disk that can be full.
class FullableFiles final : public Files {
 public:
  class Output final : public Files::Output {
   public:
    Output(FullableFiles& files, std::unique_ptr<Files::Output> inner)
        : files_(files), inner_(std::move(inner)) {}
    Status Write(std::string_view bytes) override {
      if (!files_.full) return inner_->Write(bytes);
      // As a real one: half of it still went in.
      if (Status half = inner_->Write(bytes.substr(0, bytes.size() / 2)); !half) return half;
      return NoSpace();
    }
    Status Sync() override { return inner_->Sync(); }
    Status Truncate(uint64_t size) override { return inner_->Truncate(size); }

   private:
    FullableFiles& files_;
    std::unique_ptr<Files::Output> inner_;
  };

  static Status NoSpace() { return Fail(ErrorCode::kIo, "write: No space left on device"); }
  Result<std::unique_ptr<Files::Output>> Create(const std::filesystem::path& path) override {
    if (full) return Fail(NoSpace().error());
    auto made = system_.Create(path);
    if (!made) return Fail(made.error());
    return std::make_unique<Output>(*this, std::move(*made));
  }
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return system_.Rename(from, to);
  }
  Status SyncFolder(const std::filesystem::path& folder) override { return system_.SyncFolder(folder); }
  Status Remove(const std::filesystem::path& path) override { return system_.Remove(path); }

  std::atomic<bool> full{false};

 private:
  SystemFiles system_;
};

class DiskStore : public testing::Test {
 protected:
  DiskStore() {
    disk_.folder = folder_.path() / "data";
    disk_.wal.sync = SyncMode::kAlways;
    disk_.wal.retry = Duration(5);
  }

  void Open() { store_ = OpenAt(disk_.folder); }
  std::unique_ptr<Store> OpenAt(const std::filesystem::path& folder) {
    DiskOptions options = disk_;
    options.folder = folder;
    auto opened = Store::Open({.retention = retention_}, options, clock_, log_);
    EXPECT_TRUE(opened) << opened.error().ToString();
    const Status loaded = (*opened)->Load();
    EXPECT_TRUE(loaded) << loaded.error().ToString();
    return std::move(*opened);
  }
  void Restart() {
    store_.reset();
    Open();
  }
  /// What a process would find that starts after a kill at this moment.
  std::unique_ptr<Store> AfterKill() {
    const std::filesystem::path copy = folder_.path() / ("copy" + std::to_string(++copies_));
    std::filesystem::copy(disk_.folder, copy, std::filesystem::copy_options::recursive);
    return OpenAt(copy);
  }

  Status Put(const Labels& labels, int64_t millis, double value) {
    return PutBy(*store_->MakeAppender(), labels, millis, value);
  }
  Status Backfill(const Labels& labels, int64_t millis, double value) {
    return PutBy(*store_->backfill().MakeAppender(), labels, millis, value);
  }
  static Status PutBy(model::Appender& appender, const Labels& labels, int64_t millis, double value) {
    auto ref = appender.Append(0, labels, Timestamp::FromMillis(millis), value);
    if (!ref) return Fail(ref.error());
    return appender.Commit();
  }
  /// `count` samples from `from` on in each of `series` series, five seconds apart: value = series + time.
  void Fill(int series, int64_t from, int count) {
    auto appender = store_->MakeAppender();
    std::vector<model::SeriesRef> refs(static_cast<size_t>(series), 0);
    std::vector<Labels> labels;
    labels.reserve(refs.size());
    for (int i = 0; i < series; ++i) labels.push_back(Numbered(i));
    for (int k = 0; k < count; ++k) {
      const int64_t time = from + int64_t{k} * 5000;
      for (size_t i = 0; i < refs.size(); ++i) {
        auto ref = appender->Append(refs[i], labels[i], Timestamp::FromMillis(time), ValueAt(i, time));
        ASSERT_TRUE(ref) << ref.error().ToString();
        refs[i] = *ref;
      }
    }
    ASSERT_TRUE(appender->Commit());
    clock_.Set(Timestamp::FromMillis(from + int64_t{count} * 5000));
  }
  static double ValueAt(size_t series, int64_t time) {
    return static_cast<double>(time % 1'000'000) + static_cast<double>(series);
  }
  /// Every one of these samples is there, once.
  static void ExpectFilled(const Store& store, int series, int64_t from, int count) {
    const int64_t end = from + int64_t{count} * 5000 - 1;
    auto found = SelectBoth(store, {Matcher::Equal("__name__", "m")}, Between(from, end));
    ASSERT_TRUE(found);
    ASSERT_THAT(*found, SizeIs(series));
    for (const model::Series& one : *found) {
      const auto number = static_cast<size_t>(std::stoul(std::string(one.labels.Get("i"))));
      ASSERT_THAT(one.timestamps, SizeIs(count)) << one.labels.ToString();
      for (size_t k = 0; k < one.timestamps.size(); ++k) {
        ASSERT_EQ(one.timestamps[k], from + static_cast<int64_t>(k) * 5000);
        ASSERT_EQ(one.values[k], ValueAt(number, one.timestamps[k]));
      }
    }
  }
  static model::TimeRange Between(int64_t start, int64_t end) {
    return {Timestamp::FromMillis(start), Timestamp::FromMillis(end)};
  }
  static std::vector<model::Series> Up(const Store& store) {
    return *SelectBoth(store, {Matcher::Equal("__name__", "up")}, Between(0, 3'000'000'000'000));
  }
  std::vector<std::filesystem::path> FilesIn(const char* folder) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(disk_.folder / folder))
      found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }
  size_t Logged(std::string_view text) {
    const std::lock_guard lock(lines_mutex_);
    return static_cast<size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    }));
  }
  /// Until the writer has heard that the disk is well again.
  /// The thread that writes says so a moment after those who waited for it know.
  size_t AwaitLogged(std::string_view text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (Logged(text) == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return Logged(text);
  }
  void AwaitWritable() {
    while (!store_->stats().disk.wal.writable) usleep(1000);
  }

  TemporaryFolder folder_;
  FakeClock clock_{Timestamp::FromMillis(kStart)};
  std::mutex lines_mutex_;
  std::vector<std::string> lines_;
  Logger log_ = Logger::ToSink(LogLevel::kInfo, LogFormat::kLogfmt, [this](std::string_view line) {
    const std::lock_guard lock(lines_mutex_);
    lines_.emplace_back(line);
  });
  Duration retention_{24 * kHour};
  DiskOptions disk_;
  std::unique_ptr<Store> store_;
  int copies_ = 0;
};

TEST_F(DiskStore, FindsSeriesAndEveryBitOfTheirSamplesAgain) {
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 1.0 / 3));
  ASSERT_TRUE(Put(kKept, kStart + 1, model::StaleNan()));
  ASSERT_TRUE(Put(kKept, kStart + 2, -0.0));
  Restart();
  auto found = Up(*store_);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].labels, kKept);
  EXPECT_THAT(found[0].timestamps, ElementsAre(kStart, kStart + 1, kStart + 2));
  EXPECT_EQ(found[0].values[0], 1.0 / 3);
  EXPECT_TRUE(model::IsStaleNan(found[0].values[1]));
  EXPECT_TRUE(std::signbit(found[0].values[2]));
  // It knows the newest sample: what is older is refused as before.
  EXPECT_EQ(Put(kKept, kStart + 1, 5).error().message(), "out of order sample");
  EXPECT_TRUE(Put(kKept, kStart + 3, 5));
}

TEST_F(DiskStore, AKillAfterCommitLosesNothing) {
  Open();
  Fill(50, kStart, 100);
  ExpectFilled(*AfterKill(), 50, kStart, 100);
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  ExpectFilled(*AfterKill(), 50, kStart, 100);
  Fill(50, kStart + 100 * int64_t{5000}, 20);
  ExpectFilled(*AfterKill(), 50, kStart, 120);
}

TEST_F(DiskStore, TwoStoresCantShareAFolder) {
  Open();
  auto second = Store::Open({}, disk_, clock_, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr("another process uses the folder"));
}

TEST_F(DiskStore, AnswersNothingBeforeItIsLoaded) {
  auto opened = Store::Open({}, disk_, clock_, log_);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->Select({Matcher::Equal("a", "b")}, Between(0, 1), {}).error().code(),
            ErrorCode::kUnavailable);
  EXPECT_EQ(PutBy(*(*opened)->MakeAppender(), kKept, 1, 1).error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE((*opened)->Load());
  EXPECT_TRUE(PutBy(*(*opened)->MakeAppender(), kKept, 1, 1));
}

TEST_F(DiskStore, SealsIntoSegmentsAndLetsMemoryAndLogGo) {
  Open();
  Fill(20, kStart, 1000);
  store_->Upkeep(Timestamp::FromMillis(kStart));
  const size_t before = store_->stats().memory_bytes;
  const uint64_t log_before = store_->stats().disk.wal_bytes;
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  store_->Upkeep(clock_.Now());
  const StoreStats stats = store_->stats();
  EXPECT_EQ(stats.disk.segments.files, 1U);
  EXPECT_GE(stats.disk.segments.samples, 20U * 970);
  EXPECT_LT(stats.memory_bytes, before);
  EXPECT_LT(stats.disk.wal_bytes, log_before / 10);
  ExpectFilled(*store_, 20, kStart, 1000);
  Restart();
  ExpectFilled(*store_, 20, kStart, 1000);
  EXPECT_LE(store_->stats().disk.samples_replayed, 20U * 24);
}

TEST_F(DiskStore, SeriesThatFellSilentLeaveMemoryWhole) {
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 7));
  clock_.Set(Timestamp::FromMillis(kStart) + kHour);
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  EXPECT_EQ(store_->stats().disk.segments.samples, 1U);
  Restart();
  EXPECT_EQ(store_->stats().disk.samples_replayed, 0U);
  EXPECT_THAT(Up(*store_)[0].values, ElementsAre(7));
  EXPECT_EQ(Put(kKept, kStart - 1, 5).error().message(), "out of order sample");
}

TEST_F(DiskStore, TakesBackfillOfAnyAgeAndMergesItAtTheRead) {
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 100));
  for (const int64_t ago : {3, 1, 2}) {
    ASSERT_TRUE(Backfill(kKept, kStart - ago * 1000, static_cast<double>(ago)));
  }
  ASSERT_TRUE(Backfill(kKept, kStart, 5));           // the first sample of a time stays
  ASSERT_TRUE(Backfill(kKept, kStart - 1000, 77));   // of backfill too
  ASSERT_TRUE(Backfill(kKept, kStart + 1000, 200));  // newer: as any other
  auto expect_all = [](const Store& store) {
    auto found = Up(store);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].timestamps,
                ElementsAre(kStart - 3000, kStart - 2000, kStart - 1000, kStart, kStart + 1000));
    EXPECT_THAT(found[0].values, ElementsAre(3, 2, 1, 100, 200));
  };
  expect_all(*store_);
  expect_all(*AfterKill());
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  expect_all(*store_);
  expect_all(*AfterKill());
  ASSERT_TRUE(Backfill(kKept, kStart - 3000, 88));
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  expect_all(*store_);
  EXPECT_EQ(Backfill(kKept, kStart - (2 * retention_).count(), 1).error().message(),
            "the sample is older than the retention");
}

TEST_F(DiskStore, MergesSegmentsSoThatTheyStayFew) {
  disk_.seal_interval = Duration(20 * 60'000);
  Open();
  const int rounds = 72;  // a day, with a seal each 20 minutes
  for (int round = 0; round < rounds; ++round) {
    Fill(3, kStart + int64_t{round} * 240 * 5000, 240);
    for (int i = 0; i < 3; ++i) store_->Upkeep(clock_.Now());
  }
  const StoreStats stats = store_->stats();
  EXPECT_GT(stats.disk.segments.merges, 5U);
  EXPECT_LT(stats.disk.segments.files, 25U);
  ExpectFilled(*store_, 3, kStart, rounds * 240);
  Restart();
  ExpectFilled(*store_, 3, kStart, rounds * 240);
}

TEST_F(DiskStore, MergesBackfillToo) {
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 0));
  for (int round = 1; round <= 20; ++round) {
    ASSERT_TRUE(Backfill(kKept, kStart - round * int64_t{1000}, round));
    ASSERT_TRUE(store_->Seal(clock_.Now()));
    store_->Upkeep(clock_.Now());
  }
  EXPECT_LT(store_->stats().disk.segments.files, 10U);
  EXPECT_THAT(Up(*store_)[0].timestamps, SizeIs(21));
}

TEST_F(DiskStore, DropsWhatTheRetentionNoLongerKeeps) {
  retention_ = kHour;
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 1));
  Fill(2, kStart, 10);
  clock_.Set(Timestamp::FromMillis(kStart) + kHour / 2);
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  Fill(2, (Timestamp::FromMillis(kStart) + 2 * kHour).millis(), 10);
  store_->Upkeep(clock_.Now());
  EXPECT_THAT(Up(*store_), IsEmpty());
  EXPECT_THAT(FilesIn("segments"), IsEmpty());
  EXPECT_EQ(store_->stats().series, 2U);
  EXPECT_EQ(store_->stats().series_removed, 1U);
  Restart();
  EXPECT_EQ(store_->stats().series, 2U);
}

TEST_F(DiskStore, DropsTheOldestWhenTheFolderGrowsTooLarge) {
  disk_.retention_bytes = 60'000;
  Open();
  for (int round = 0; round < 6; ++round) {
    Fill(100, kStart + int64_t{round} * 240 * 5000, 240);
    ASSERT_TRUE(store_->Seal(clock_.Now()));
  }
  store_->Upkeep(clock_.Now());
  EXPECT_LE(store_->stats().disk.segments.bytes, 60'000U);
  EXPECT_GT(store_->stats().disk.segments.files_dropped, 0U);
  ExpectFilled(*store_, 100, kStart + int64_t{5} * 240 * 5000, 240);
}

TEST_F(DiskStore, CutsATornTailAndGoesOn) {
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 1));
  ASSERT_TRUE(Put(kKept, kStart + 1, 2));
  store_.reset();
  const std::filesystem::path log = FilesIn("wal").back();
  std::filesystem::resize_file(log, std::filesystem::file_size(log) - 3);
  Open();
  EXPECT_THAT(Up(*store_)[0].values, ElementsAre(1));
  EXPECT_EQ(Logged("The write-ahead log is damaged"), 1U);
  ASSERT_TRUE(Put(kKept, kStart + 1, 3));
  Restart();
  EXPECT_THAT(Up(*store_)[0].values, ElementsAre(1, 3));
  EXPECT_EQ(Logged("The write-ahead log is damaged"), 1U);  // it was cut
}

TEST_F(DiskStore, DamageAnywhereNeverCrashesAndCostsOnlyWhatItHit) {
  Open();
  Fill(20, kStart, 300);
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  Fill(20, kStart + int64_t{300} * 5000, 50);
  store_.reset();
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    const std::filesystem::path copy = folder_.path() / ("damaged" + std::to_string(round));
    std::filesystem::copy(disk_.folder, copy, std::filesystem::copy_options::recursive);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(copy)) {
      if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    const std::filesystem::path& victim = files[random() % files.size()];
    std::string bytes = *ReadFile(victim);
    if (random() % 2 == 0) {
      bytes.resize(random() % bytes.size());
    } else {
      for (int flips = 0; flips < 3; ++flips) Flip(bytes[random() % bytes.size()], 1 + random() % 255);
    }
    std::ofstream(victim, std::ios::binary | std::ios::trunc) << bytes;
    const auto store = OpenAt(copy);
    auto found =
        SelectBoth(*store, {Matcher::Equal("__name__", "m")}, Between(kStart, clock_.Now().millis()));
    ASSERT_TRUE(found);
    for (const model::Series& series : *found) {
      const auto number = static_cast<size_t>(std::stoul(std::string(series.labels.Get("i"))));
      for (size_t k = 0; k < series.timestamps.size(); ++k) {
        ASSERT_EQ(series.values[k], ValueAt(number, series.timestamps[k])) << victim;
      }
    }
    // What stands in other files is there.
    const bool in_segments = victim.parent_path().filename() == "segments";
    if (!in_segments) ExpectFilled(*store, 20, kStart, 276);
    ASSERT_TRUE(PutBy(*store->MakeAppender(), kKept, kStart, 1));
  }
}

TEST_F(DiskStore, ASeriesIsNamedByItsSegmentWhenTheLogIsLost) {
  Open();
  Fill(5, kStart, 300);
  ASSERT_TRUE(store_->Seal(clock_.Now()));
  store_.reset();
  for (const auto& file : FilesIn("wal")) std::filesystem::remove(file);
  Open();
  ExpectFilled(*store_, 5, kStart, 276);
  Fill(5, kStart + int64_t{300} * 5000, 10);
  Restart();
  ExpectFilled(*store_, 5, kStart, 276);
}

TEST_F(DiskStore, AFullDiskCostsNothingButSafety) {
  const auto files = std::make_shared<FullableFiles>();
  disk_.files = files;
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 1));
  files->full = true;
  const Status refused = Put(kKept, kStart + 1, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kIo);
  EXPECT_THAT(refused.error().message(), HasSubstr("No space left"));
  EXPECT_FALSE(Put(kKept, kStart + 2, 3));
  EXPECT_THAT(Up(*store_)[0].values, ElementsAre(1, 2, 3));
  EXPECT_FALSE(store_->stats().disk.wal.writable);
  EXPECT_EQ(AwaitLogged("Can't write the write-ahead log"), 1U);
  EXPECT_FALSE(store_->Seal(clock_.Now()));
  files->full = false;
  AwaitWritable();
  EXPECT_TRUE(Put(kKept, kStart + 3, 4));
  EXPECT_EQ(AwaitLogged("The write-ahead log is written again"), 1U);
  EXPECT_THAT(Up(*AfterKill())[0].values, ElementsAre(1, 2, 3, 4));
}

TEST_F(DiskStore, WhatTheLogCouldNotHoldIsSafeAgainAfterAFullDisk) {
  const auto files = std::make_shared<FullableFiles>();
  disk_.files = files;
  disk_.wal.queue_bytes = 64;
  Open();
  ASSERT_TRUE(Put(kKept, kStart, 0));
  files->full = true;
  for (int i = 1; i < 50; ++i) EXPECT_FALSE(Put(kKept, kStart + i, i));
  EXPECT_GT(store_->stats().disk.wal.records_lost, 0U);
  files->full = false;
  AwaitWritable();
  store_->Upkeep(clock_.Now());
  EXPECT_THAT(Up(*AfterKill())[0].values, SizeIs(50));
}

TEST_F(DiskStore, ASealThatFailsLosesNothingAndIsTriedAgain) {
  const auto files = std::make_shared<FullableFiles>();
  disk_.files = files;
  disk_.wal.sync = SyncMode::kOff;
  Open();
  Fill(10, kStart, 300);
  files->full = true;
  clock_.Advance(kHour);
  store_->Upkeep(clock_.Now());
  clock_.Advance(kHour);
  store_->Upkeep(clock_.Now());
  clock_.Advance(kHour);
  store_->Upkeep(clock_.Now());
  EXPECT_EQ(Logged("Can't write storage files"), 1U);
  EXPECT_GT(store_->stats().disk.seals_failed, 0U);
  ExpectFilled(*store_, 10, kStart, 300);
  files->full = false;
  AwaitWritable();
  clock_.Advance(kHour);
  store_->Upkeep(clock_.Now());
  EXPECT_EQ(store_->stats().disk.seals, 1U);
  EXPECT_EQ(Logged("Storage files are written again"), 1U);
  ExpectFilled(*store_, 10, kStart, 300);
  Restart();
  ExpectFilled(*store_, 10, kStart, 300);
}

TEST_F(DiskStore, ReadersWritersAndUpkeepRunTogether) {
  disk_.wal.sync = SyncMode::kOff;
  Open();
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (int64_t t = 0; t < 400; ++t) {
      auto appender = store_->MakeAppender();
      for (int i = 0; i < 20; ++i) {
        (void)appender->Append(0, Numbered(i), Timestamp::FromMillis(kStart + t * 5000),
                               ValueAt(static_cast<size_t>(i), kStart + t * 5000));
      }
      (void)appender->Commit();
      if (t % 7 == 0) (void)Backfill(kKept, kStart - t * 5000, static_cast<double>(t));
    }
    done = true;
  });
  std::jthread upkeep([&] {
    while (!done) {
      EXPECT_TRUE(store_->Seal(clock_.Now()));
      store_->Upkeep(clock_.Now());
    }
  });
  while (!done) {
    auto found =
        store_->Select({Matcher::Equal("__name__", "m")}, Between(kStart, kStart + 400 * int64_t{5000}), {});
    ASSERT_TRUE(found);
    for (const model::Series& series : *found) {
      // A batch is seen whole, and nothing twice or not at all.
      ASSERT_EQ(series.timestamps.size(), found->front().timestamps.size());
      for (size_t k = 0; k < series.timestamps.size(); ++k) {
        ASSERT_EQ(series.timestamps[k], kStart + static_cast<int64_t>(k) * 5000);
      }
    }
  }
  writer.join();
  upkeep.join();
  Restart();
  ExpectFilled(*store_, 20, kStart, 400);
}

}  // namespace
}  // namespace tocsin::store
