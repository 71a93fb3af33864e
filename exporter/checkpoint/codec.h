// The bytes of a checkpoint: numbers, texts and named sections, with nothing in them but what was put in.
//
//   void PoolTracker::Save(checkpoint::Writer& out) const {
//     out.Section("pools", 1, [&] {
//       out.Int(pools_.size());
//       for (const Pool& pool : pools_) { out.Text(pool.name); out.Int(pool.failovers); }
//     });
//   }
//   Status PoolTracker::Restore(checkpoint::Reader& in) {
//     checkpoint::Reader body = in.Section("pools", 1);
//     for (uint64_t i = body.Count(); i > 0; --i) { … body.Text() … body.Int() … }
//     return body.Finish();
//   }
//
// Ints are LEB128 (small ones take a byte), signed ones zigzag, doubles their eight bytes; a section is its
// name, its version, the length of its body and the body, so that a reader can pass over one it doesn't know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace tocsin::checkpoint {

/// Appends to a buffer of its own. Not thread safe.
class Writer {
 public:
  void Int(uint64_t value);
  void SignedInt(int64_t value);
  void Bool(bool value) { Int(value ? 1 : 0); }
  void Double(double value);
  /// Any bytes; NUL too.
  void Text(std::string_view text);

  /// What `body` writes stands in a section of that name and version. Sections may hold sections.
  template <typename Body>
  void Section(std::string_view name, uint32_t version, Body&& body) {
    const size_t start = Begin(name, version);
    std::forward<Body>(body)();
    End(start);
  }

  const std::string& bytes() const { return bytes_; }
  /// Empty again, its memory kept.
  void Clear() { bytes_.clear(); }

 private:
  size_t Begin(std::string_view name, uint32_t version);
  void End(size_t start);

  std::string bytes_;
};

/// Reads what a Writer wrote. Never reads past the end whatever the bytes are: after the first fault it is
/// failed for good and gives zeros and empty texts, so that it is enough to look at Finish() at the end, and
/// at ok() before something is done with many values. Views into the bytes, which must outlive it. Not thread
/// safe.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  uint64_t Int();
  /// An Int() of at most `most`; more is a fault.
  uint64_t IntUpTo(uint64_t most);
  int64_t SignedInt();
  bool Bool() { return IntUpTo(1) == 1; }
  double Double();
  std::string_view Text();
  /// How many elements follow, each of at least `bytes_each` bytes: a number that the rest can't hold is a
  /// fault, so it is safe to reserve for it.
  uint64_t Count(size_t bytes_each = 1);

  /// The body of the section that comes next. It is a fault, in here and in what is returned, when that has
  /// another name or a version later than `latest_version`.
  Reader Section(std::string_view name, uint32_t latest_version);
  /// The name of the section that comes next, "" when none does: for sections that may be there or not.
  std::string_view NextSection() const;
  /// Passes over the section that comes next.
  void SkipSection();
  /// Of the section whose body this is; 0 for the outermost reader.
  uint32_t version() const { return version_; }

  bool ok() const { return fault_.empty(); }
  bool at_end() const { return rest_.empty(); }
  /// Makes it failed: for values that make no sense to whoever asked. The first fault stays.
  void Refuse(std::string_view why);
  /// kInvalidArgument with the first fault; bytes left unread are one, too.
  Status Finish();

 private:
  struct Head {
    std::string_view name;
    uint32_t version = 0;
    std::string_view body;
  };
  Head ReadHead();

  std::string_view rest_;
  std::string where_;  ///< names of the sections around it, for messages
  std::string fault_;
  uint32_t version_ = 0;
};

}  // namespace tocsin::checkpoint
