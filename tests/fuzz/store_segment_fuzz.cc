// A segment file of any bytes, and a good one with bytes changed and its index's checksum put right again, so
// that what the index says is reached too.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "alerting/store/codec.h"
#include "alerting/store/crc32c.h"
#include "alerting/store/segment.h"
#include "base/files.h"

using namespace tocsin;
using namespace tocsin::store;

namespace {

/// As it stands on disk: the place of the checksum, counted from the file's end.
constexpr size_t kFooter = 88;
constexpr size_t kChecksumAt = 72;

void ReadAll(std::string bytes) {
  auto segment = Segment::FromBytes(std::move(bytes), 1);
  if (!segment) return;
  const Segment::LabelReader labels(**segment);
  Segment::Cursor cursor;
  for (size_t i = 0; i < (*segment)->series(); ++i) {
    (void)labels.At(i);
    (void)(*segment)->LastAt(i);
    std::vector<PackedChunk> chunks;
    (void)(*segment)->Chunks((*segment)->IdAt(i), kAllTime, cursor, chunks);
    for (const PackedChunk& chunk : chunks) {
      Columns columns;
      (void)DecodeInto(chunk, columns);
    }
  }
}

std::string GoodSegment() {
  SystemFiles files;
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tocsin_segment_fuzz." + std::to_string(getpid()));
  auto writer = SegmentWriter::Create(path, files);
  Columns columns;
  for (int i = 0; i < 30; ++i) {
    columns.times.push_back(i * 1000);
    columns.values.push_back(i * 0.5);
  }
  for (SeriesId id = 1; id < 4; ++id) {
    (void)writer->Add(id, model::Labels{{"__name__", "m"}, {"i", std::to_string(id)}}, Pack(columns));
  }
  (void)writer->Finish({});
  std::string bytes = ReadFile(path).value_or("");
  std::filesystem::remove(path);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string kGood = GoodSegment();
  ReadAll(std::string(reinterpret_cast<const char*>(data), size));
  // Each three bytes of input change one byte.
  std::string bytes = kGood;
  for (size_t i = 0; i + 2 < size; i += 3) {
    const size_t place = (size_t{data[i]} << 8 | data[i + 1]) % bytes.size();
    bytes[place] = static_cast<char>(data[i + 2]);
  }
  uint64_t symbols_at = 0;
  std::memcpy(&symbols_at, bytes.data() + bytes.size() - kFooter, sizeof(symbols_at));
  const size_t checksum_at = bytes.size() - kFooter + kChecksumAt;
  if (symbols_at < checksum_at) {
    const uint32_t checksum = Crc32c(std::string_view(bytes).substr(symbols_at, checksum_at - symbols_at));
    std::memcpy(bytes.data() + checksum_at, &checksum, sizeof(checksum));
  }
  ReadAll(std::move(bytes));
  return 0;
}
