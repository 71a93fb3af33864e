#include "exporter/tail/source.h"

#include <algorithm>
#include <utility>

namespace tocsin::tail {

Source::Source(LogFile file, FilePosition position, Timestamp now) : Source(std::move(file), now) {
  lines_.ResumeSkipping(position.skip, position.skipped_bytes);
  file_.ResumeAt(position.offset, std::move(position.fingerprint));
}

Source::Source(LogFile copy, Source original)
    : file_(std::move(copy)),
      lines_(std::move(original.lines_)),
      grew_at_(original.grew_at_),
      goal_(std::min(original.goal_, file_.size())) {
  file_.ResumeAt(original.file_.offset(), original.file_.fingerprint());
}

void Source::JoinAtEnd() {
  file_.JoinAt(file_.size());
  if (!file_.AtLineStart()) lines_.SkipToNewline();
}

Result<Source::Outcome> Source::Read(size_t max_bytes, const Clock& clock, const LineSink& sink) {
  for (size_t total = 0; total < max_bytes;) {
    const std::span<char> space = lines_.Space();
    const Result<size_t> got = file_.Read(space);
    if (!got) return Fail(got.error());
    // Only now: a writer may have truncated the file just before it was read.
    if (!file_.Continues()) return Outcome::kTruncated;
    if (*got == 0) {
      lines_.Settle();
      return Outcome::kEnd;
    }
    file_.Accept(space.first(*got));
    lines_.Commit(*got);
    grew_at_ = clock.Now();
    total += *got;
    for (auto lines = lines_.Next(); !lines.empty(); lines = lines_.Next()) sink(lines);
  }
  return Outcome::kMore;
}

void Source::Finish(const LineSink& sink) {
  if (lines_.partial().empty()) return;
  const lines::Line last = lines_.partial();
  sink({&last, 1});
  lines_.Clear();
}

FilePosition Source::position() const {
  FilePosition position;
  position.inode = file_.id().inode;
  position.fingerprint = file_.fingerprint();
  position.offset = file_.offset() - lines_.partial().size();
  position.seen_size = file_.seen_size();
  position.skip = lines_.skip();
  position.skipped_bytes = lines_.skipped_bytes();
  return position;
}

uint64_t Source::lag_bytes() const {
  const uint64_t size = file_.size();
  return size > file_.offset() ? size - file_.offset() : 0;
}

uint64_t Source::unread_bytes() const {
  const uint64_t seen = std::max(file_.seen_size(), file_.offset());
  return lines_.partial_bytes() + (seen - file_.offset());
}

}  // namespace tocsin::tail
