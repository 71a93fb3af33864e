#include "exporter/tail/position.h"

namespace tocsin::tail {

namespace {

void Save(const FilePosition& file, checkpoint::Writer& out) {
  out.Int(file.inode);
  out.Text(file.fingerprint);
  out.Int(file.offset);
  out.Int(file.seen_size);
  out.Int(static_cast<uint64_t>(file.skip));
  out.Int(file.skipped_bytes);
}

FilePosition RestoreFile(checkpoint::Reader& in) {
  FilePosition file;
  file.inode = in.Int();
  file.fingerprint = in.Text();
  if (file.fingerprint.size() > kFingerprintBytes) in.Refuse("a fingerprint is too long");
  file.offset = in.Int();
  file.seen_size = in.Int();
  file.skip = static_cast<LineBuffer::Skip>(in.IntUpTo(static_cast<uint64_t>(LineBuffer::Skip::kTooLong)));
  file.skipped_bytes = in.Int();
  return file;
}

void Save(const std::vector<FilePosition>& files, checkpoint::Writer& out) {
  out.Int(files.size());
  for (const FilePosition& file : files) Save(file, out);
}

std::vector<FilePosition> RestoreFiles(checkpoint::Reader& in) {
  constexpr size_t kLeastBytes = 6;
  std::vector<FilePosition> files(in.Count(kLeastBytes));
  for (FilePosition& file : files) file = RestoreFile(in);
  return files;
}

}  // namespace

void LogPosition::Save(checkpoint::Writer& out) const {
  out.Section("log", 1, [&] {
    out.SignedInt(looked_at.millis());
    out.Int(rotations);
    out.Int(lost_bytes);
    out.Int(too_long_lines);
    tail::Save(reading, out);
    out.Bool(has_current);
    tail::Save(left, out);
  });
}

Result<LogPosition> LogPosition::Restore(checkpoint::Reader& in) {
  checkpoint::Reader body = in.Section("log", 1);
  LogPosition log;
  log.looked_at = Timestamp::FromMillis(body.SignedInt());
  log.rotations = body.Int();
  log.lost_bytes = body.Int();
  log.too_long_lines = body.Int();
  log.reading = RestoreFiles(body);
  log.has_current = body.Bool();
  log.left = RestoreFiles(body);
  if (log.has_current && log.reading.empty()) body.Refuse("has a current file but none");
  if (Status status = body.Finish(); !status) return Fail(status.error());
  return log;
}

}  // namespace tocsin::tail
