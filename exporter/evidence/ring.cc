#include "exporter/evidence/ring.h"

#include <algorithm>

#include "exporter/evidence/redact.h"
#include "exporter/parse/fields.h"

namespace tocsin::evidence {

namespace {

using parse::Field;

constexpr std::array<std::string_view, kClassCount> kNames = {"failover", "error", "retry", "slow"};

size_t BytesOf(const Entry& entry) {
  size_t bytes = sizeof(Entry) + entry.pool.capacity() + entry.line.capacity();
  for (const auto& [name, value] : entry.fields)
    bytes += sizeof(std::pair<std::string, std::string>) + name.capacity() + value.capacity();
  return bytes;
}

}  // namespace

std::string_view ClassName(Class which) { return kNames[static_cast<size_t>(which)]; }

std::optional<Class> ClassByName(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Class>(found - kNames.begin());
}

void Ring::Add(Timestamp at, Classes classes, std::string_view pool, const parse::LogRecord& record,
               std::string_view line) {
  size_t first = 0;
  while (first + 1 < kClassCount && !classes.Has(static_cast<Class>(first))) ++first;
  Shelf& shelf = shelves_[first];
  Entry entry;
  entry.at = at;
  entry.number = next_number_++;
  entry.classes = classes;
  entry.pool = pool;
  TakeFields(record, entry);
  entry.line = TakeLine(record, line);
  entry.was_cut = entry.line.size() > kMaxLineBytes;
  if (entry.was_cut) {
    entry.line.resize(kMaxLineBytes);
    entry.line.shrink_to_fit();
  }
  shelf.bytes += BytesOf(entry);
  shelf.entries.push_back(std::move(entry));
  const size_t lines = std::max(options_.lines / kClassCount, size_t{1});
  while (!shelf.entries.empty() &&
         (shelf.entries.size() > lines || shelf.bytes > options_.bytes / kClassCount)) {
    shelf.bytes -= BytesOf(shelf.entries.front());
    shelf.entries.pop_front();
  }
}

void Ring::TakeFields(const parse::LogRecord& record, Entry& entry) const {
  const auto take = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    std::string kept = options_.raw ? std::string(value) : WithoutQueryString(value);
    if (kept.size() > kMaxLineBytes) kept.resize(kMaxLineBytes);
    entry.fields.emplace_back(name, std::move(kept));
  };
  entry.fields.reserve(parse::kFieldCount + options_.extras.size());
  for (size_t i = 0; i < parse::kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    take(FieldName(field), record.Value(field));
  }
  for (size_t i = 0; i < options_.extras.size(); ++i) {
    if (options_.raw || !IsQueryVariable(options_.extras[i])) take(options_.extras[i], record.Extra(i));
  }
}

std::string Ring::TakeLine(const parse::LogRecord& record, std::string_view line) const {
  if (options_.raw) return std::string(line.substr(0, kMaxLineBytes + 1));
  std::vector<std::string_view> requests = {record.Text(Field::kRequest), record.Text(Field::kUri)};
  std::vector<std::string_view> secrets;
  for (size_t i = 0; i < options_.extras.size(); ++i) {
    (IsQueryVariable(options_.extras[i]) ? secrets : requests).push_back(record.Extra(i));
  }
  return LineWithoutQueryStrings(line, requests, secrets);
}

std::vector<const Entry*> Ring::Find(std::optional<std::string_view> pool, std::optional<Class> which,
                                     size_t limit) const {
  std::vector<const Entry*> found;
  for (const Shelf& shelf : shelves_) {
    for (const Entry& entry : shelf.entries) {
      if (pool && entry.pool != *pool) continue;
      if (which && !entry.classes.Has(*which)) continue;
      found.push_back(&entry);
    }
  }
  std::sort(found.begin(), found.end(), [](const Entry* a, const Entry* b) { return a->number > b->number; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

size_t Ring::lines() const {
  size_t lines = 0;
  for (const Shelf& shelf : shelves_) lines += shelf.entries.size();
  return lines;
}

size_t Ring::bytes() const {
  size_t bytes = 0;
  for (const Shelf& shelf : shelves_) bytes += shelf.bytes;
  return bytes;
}

}  // namespace tocsin::evidence
