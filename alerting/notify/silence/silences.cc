#include "alerting/notify/silence/silences.h"

#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>

namespace tocsin::notify {
namespace {

/// RFC 9562, version 4.
std::string RandomUuid() {
  std::random_device random;
  auto word = [&random] { return (uint64_t{random()} << 32) | random(); };
  const uint64_t high = (word() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (word() & ~(uint64_t{3} << 62)) | (uint64_t{2} << 62);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff,
                     low >> 48, low & 0xffffffffffff);
}

int64_t Seconds(Timestamp t) { return t.millis() / 1000; }

/// Whether `changed` can stand in the place of `old`, or has to be a silence of its own.
bool CanUpdate(const Silence& old, const Silence& changed, Timestamp now) {
  if (old.matchers != changed.matchers) return false;
  switch (old.StateAt(now)) {
    case SilenceState::kActive:
      return Seconds(old.starts_at) == Seconds(changed.starts_at) && changed.ends_at >= now;
    case SilenceState::kPending:
      return changed.starts_at >= now;
    case SilenceState::kExpired:
      break;
  }
  return false;
}

std::string EqualKey(std::string_view name, std::string_view value) {
  return std::string(name).append("\xff").append(value);
}

}  // namespace

struct Silences::Index {
  std::unordered_map<std::string, std::vector<SilencePtr>> by_equal;
  std::vector<SilencePtr> others;  ///< without an equality matcher to look up by

  void Add(const SilencePtr& silence) {
    for (const model::Matcher& matcher : silence->matchers) {
      if (matcher.op() == model::MatchOp::kEqual && !matcher.value().empty()) {
        by_equal[EqualKey(matcher.name(), matcher.value())].push_back(silence);
        return;
      }
    }
    others.push_back(silence);
  }
};

Silences::Silences(const Clock& clock, SilenceLimits limits, Keeper keeper)
    : clock_(clock), limits_(limits), keeper_(std::move(keeper)) {}

void Silences::Restore(Silence silence) {
  const std::lock_guard lock(mutex_);
  auto kept = std::make_shared<const Silence>(std::move(silence));
  silences_[kept->id] = kept;
  index_.reset();
}

Result<std::string> Silences::Set(Silence silence) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.Now();
  if (Status valid = ValidateSilence(silence); !valid) return Fail(valid.error());
  SilencePtr old;
  if (!silence.id.empty()) {
    auto found = silences_.find(silence.id);
    if (found == silences_.end()) return Fail(ErrorCode::kNotFound, "silence not found");
    old = found->second;
  }
  const bool update = old && CanUpdate(*old, silence, now);
  if (!update && limits_.max_silences != 0 && silences_.size() + 1 > limits_.max_silences) {
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("exceeded maximum number of silences: {} (limit: {})", silences_.size(),
                            limits_.max_silences));
  }
  if (!update) {
    silence.id = RandomUuid();
    silence.starts_at = std::max(silence.starts_at, now);
  }
  silence.updated_at = now;
  if (Status fits = CheckSize(silence); !fits) return Fail(fits.error());
  if (!update && old && old->StateAt(now) != SilenceState::kExpired) End(*old);
  std::string id = silence.id;
  Keep(std::move(silence));
  return id;
}

Status Silences::Expire(const std::string& id) {
  const std::lock_guard lock(mutex_);
  auto found = silences_.find(id);
  if (found == silences_.end()) return Fail(ErrorCode::kNotFound, "silence not found");
  if (found->second->StateAt(clock_.Now()) != SilenceState::kExpired) End(*found->second);
  return {};
}

SilencePtr Silences::Find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  auto found = silences_.find(id);
  return found == silences_.end() ? nullptr : found->second;
}

std::vector<SilencePtr> Silences::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<SilencePtr> all;
  all.reserve(silences_.size());
  for (const auto& [id, silence] : silences_) all.push_back(silence);
  return all;
}

std::vector<std::string> Silences::SilencedBy(const model::Labels& labels) const {
  const Timestamp now = clock_.Now();
  std::shared_ptr<const Index> index;
  {
    const std::lock_guard lock(mutex_);
    if (!index_) {
      auto made = std::make_shared<Index>();
      for (const auto& [id, silence] : silences_) {
        if (silence->StateAt(now) != SilenceState::kExpired) made->Add(silence);
      }
      index_ = std::move(made);
    }
    index = index_;
  }
  std::vector<std::string> ids;
  auto ask = [&](const std::vector<SilencePtr>& silences) {
    for (const SilencePtr& silence : silences) {
      if (silence->StateAt(now) == SilenceState::kActive && MatchesAll(silence->matchers, labels)) {
        ids.push_back(silence->id);
      }
    }
  };
  ask(index->others);
  if (!index->by_equal.empty()) {
    for (const model::LabelView label : labels) {
      auto found = index->by_equal.find(EqualKey(label.name, label.value));
      if (found != index->by_equal.end()) ask(found->second);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

void Silences::Collect() {
  const std::lock_guard lock(mutex_);
  const Timestamp old = clock_.Now() - limits_.retention;
  for (auto silence = silences_.begin(); silence != silences_.end();) {
    if (silence->second->ends_at > old) {
      ++silence;
      continue;
    }
    if (keeper_) keeper_(silence->first, nullptr);
    silence = silences_.erase(silence);
  }
  index_.reset();
}

Status Silences::CheckSize(const Silence& silence) const {
  if (limits_.max_bytes == 0) return {};
  const size_t bytes = EncodeSilence(silence).size();
  if (bytes <= limits_.max_bytes) return {};
  return Fail(
      ErrorCode::kResourceExhausted,
      fmt::format("silence exceeded maximum size: {} bytes (limit: {} bytes)", bytes, limits_.max_bytes));
}

void Silences::Keep(Silence silence) {
  auto kept = std::make_shared<const Silence>(std::move(silence));
  silences_[kept->id] = kept;
  index_.reset();
  if (keeper_) keeper_(kept->id, kept);
}

void Silences::End(const Silence& silence) {
  Silence ended = silence;
  const Timestamp now = clock_.Now();
  if (ended.StateAt(now) == SilenceState::kPending) ended.starts_at = now;
  ended.ends_at = now;
  ended.updated_at = now;
  Keep(std::move(ended));
}

}  // namespace tocsin::notify
