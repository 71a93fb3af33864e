#include "exporter/traffic/name_table.h"

#include "exporter/parse/scan.h"

namespace tocsin::traffic {

namespace {

constexpr size_t kMaxNameBytes = 200;

bool IsContinuation(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

/// Bytes of the well-formed UTF-8 character (RFC 3629) that `text` begins with; 0 when there is none.
size_t CharacterSize(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0;
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !IsContinuation(text, 1)) return 0;
  if (first < 0xE0) return 2;
  if (!IsContinuation(text, 2)) return 0;
  if (first < 0xF0) return (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ? 0 : 3;
  if (!IsContinuation(text, 3)) return 0;
  return (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F) ? 0 : 4;
}

}  // namespace

std::string ToLabelValue(std::string_view raw) {
  std::string out;
  while (!raw.empty() && out.size() < kMaxNameBytes) {
    const size_t size = CharacterSize(raw);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += raw.substr(0, size);
    }
    raw.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

NameTable::NameTable() : names_{"other", ""} {
  ids_.emplace("other", kOther);
  ids_.emplace("", kAbsent);
}

bool NameTable::Find(std::string_view raw, Id& id) const {
  for (const Id recent : recent_) {
    if (parse::SameText(names_[recent], raw)) {
      id = recent;
      return true;
    }
  }
  if (!FindExact(raw, id) && !FindExact(ToLabelValue(raw), id)) return false;
  recent_[next_recent_++ % recent_.size()] = id;
  return true;
}

NameTable::Id NameTable::Add(std::string_view raw) {
  Id id = 0;
  if (Find(raw, id)) return id;
  if (free_.empty()) {
    id = size();
    names_.push_back(ToLabelValue(raw));
  } else {
    id = free_.back();
    free_.pop_back();
    names_[id] = ToLabelValue(raw);
  }
  ids_.emplace(names_[id], id);
  return id;
}

void NameTable::Remove(Id id) {
  if (id == kOther || id == kAbsent) return;
  ids_.erase(names_[id]);
  names_[id].clear();
  free_.push_back(id);
  recent_.fill(kOther);
}

bool NameTable::FindExact(std::string_view name, Id& id) const {
  const auto found = ids_.find(name);
  if (found == ids_.end()) return false;
  id = found->second;
  return true;
}

}  // namespace tocsin::traffic
