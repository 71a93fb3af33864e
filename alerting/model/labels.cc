#include "alerting/model/labels.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>

#include <fmt/format.h>

namespace tocsin::model {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// A set's hash is the sum of these, so that a part of a set is hashed by what is left out.
uint64_t HashOf(const LabelView& label) {
  std::hash<std::string_view> hash;
  uint64_t result = (0x9e3779b97f4a7c15 ^ hash(label.name)) * 0xff51afd7ed558ccd;
  result = (result ^ (result >> 32) ^ hash(label.value)) * 0xc4ceb9fe1a85ec53;
  return result ^ (result >> 33);
}

constexpr size_t kLength = sizeof(uint32_t);

/// Appends a text with its length at `to`, which counts from `base`; returns its place.
TextPool::Place PutText(std::string_view text, const char* base, char*& to) {
  const auto length = static_cast<uint32_t>(text.size());
  const auto place = static_cast<TextPool::Place>(to - base);
  std::memcpy(to, &length, kLength);
  std::copy(text.begin(), text.end(), to + kLength);
  to += kLength + text.size();
  return place;
}

/// The length of the UTF-8 sequence at `at`, 0 when it is not valid (overlong forms and surrogates included).
size_t Utf8Length(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  unsigned char second = byte(at + 1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
      (lead == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

}  // namespace

Labels::Labels(const std::vector<Label>& labels)
    : Labels(std::vector<LabelView>(labels.begin(), labels.end())) {}

Labels::Labels(std::initializer_list<Label> labels)
    : Labels(std::vector<LabelView>(labels.begin(), labels.end())) {}

Labels::Labels(std::vector<LabelView> labels) {
  auto by_name = [](const LabelView& a, const LabelView& b) { return a.name < b.name; };
  if (!std::is_sorted(labels.begin(), labels.end(), by_name)) {
    std::stable_sort(labels.begin(), labels.end(), by_name);
  }
  // Of equal names, which now stand together, the last one is kept.
  auto out = labels.begin();
  for (auto it = labels.begin(); it != labels.end(); ++it) {
    const bool superseded = std::next(it) != labels.end() && std::next(it)->name == it->name;
    if (!superseded && !it->value.empty()) *out++ = *it;
  }
  labels.erase(out, labels.end());
  *this = Copy(labels);
}

namespace {

template <typename Block>
Block* NewBlock(size_t labels, size_t bytes_of_texts) {
  void* memory = ::operator new(sizeof(Block) + labels * 2 * sizeof(TextPool::Place) + bytes_of_texts);
  Block* block = new (memory) Block();
  block->size = static_cast<uint32_t>(labels);
  return block;
}

}  // namespace

/// With texts of its own.
Labels Labels::Copy(std::span<const LabelView> sorted) {
  if (sorted.empty()) return {};
  size_t bytes = 0;
  for (const LabelView& label : sorted) bytes += 2 * kLength + label.name.size() + label.value.size();
  Block* block = NewBlock<Block>(sorted.size(), bytes);
  TextPool::Place* place = block->places();
  auto* to = reinterpret_cast<char*>(place + 2 * sorted.size());
  for (const LabelView& label : sorted) {
    *place++ = PutText(label.name, block->base(), to);
    *place++ = PutText(label.value, block->base(), to);
    block->hash += HashOf(label);
  }
  return Labels(block);
}

/// Of labels that are all of `whole`, whose texts it uses.
Labels Labels::Part(const Labels& whole, std::span<const LabelView> sorted) {
  if (sorted.empty()) return {};
  if (sorted.size() == whole.size()) return whole;
  Block* block = NewBlock<Block>(sorted.size(), 0);
  block->Borrow(*whole.block_);
  const char* const base = block->base();
  TextPool::Place* place = block->places();
  for (const LabelView& label : sorted) {
    *place++ = static_cast<TextPool::Place>(label.name.data() - kLength - base);
    *place++ = static_cast<TextPool::Place>(label.value.data() - kLength - base);
    block->hash += HashOf(label);
  }
  return Labels(block);
}

Labels Labels::Without(std::string_view name) const {
  size_t gone = 0;
  while (gone < size() && (*this)[gone].name != name) ++gone;
  if (gone == size()) return *this;
  if (size() == 1) return {};
  Block* block = NewBlock<Block>(size() - 1, 0);
  block->Borrow(*block_);
  block->hash = block_->hash - HashOf((*this)[gone]);
  const TextPool::Place* const from = block_->places();
  TextPool::Place* to = std::copy(from, from + 2 * gone, block->places());
  std::copy(from + 2 * gone + 2, from + 2 * size(), to);
  return Labels(block);
}

Labels Labels::Pooled(TextPool& pool) const {
  if (empty()) return {};
  Block* block = NewBlock<Block>(size(), 0);
  Labels pooled(block);
  block->size = 0;  // so that what was taken goes back when not all can be
  block->holder = reinterpret_cast<uintptr_t>(&pool) | 1;
  block->hash = hash();
  pool.AddOwner();
  for (const LabelView label : *this) {
    const TextPool::Place name = pool.Take(label.name);
    const TextPool::Place value = name == 0 ? 0 : pool.Take(label.value);
    if (value == 0) {
      if (name != 0) pool.Give(name);
      return *this;
    }
    TextPool::Place* const place = block->places() + size_t{2} * block->size;
    place[0] = name;
    place[1] = value;
    ++block->size;
  }
  return pooled;
}

void Labels::Release(const Block& block) {
  if (block.owners.fetch_sub(1, std::memory_order_acq_rel) == 1) Free(block);
}

void Labels::Free(const Block& block) {
  if (const Block* whole = block.whole()) Release(*whole);
  if (TextPool* pool = block.pool()) {
    for (size_t i = 0; i < 2 * size_t{block.size}; ++i) pool->Give(block.places()[i]);
    pool->DropOwner();
  }
  block.~Block();
  ::operator delete(const_cast<Block*>(&block));
}

size_t Labels::memory() const {
  if (empty()) return 0;
  size_t bytes = sizeof(Block) + size() * 2 * sizeof(TextPool::Place);
  if (block_->holder != 0) return bytes;
  for (const LabelView label : *this) bytes += 2 * kLength + label.name.size() + label.value.size();
  return bytes;
}

std::string_view Labels::Get(std::string_view name) const {
  // Sets are small: a scan beats a binary search.
  for (const LabelView label : *this) {
    if (label.name == name) return label.value;
  }
  return {};
}

bool Labels::SameAt(const Labels& a, const Labels& b, size_t i) {
  const TextPool::Place* const left = a.block_->places() + 2 * i;
  const TextPool::Place* const right = b.block_->places() + 2 * i;
  // Of one base, equal places are equal texts; in a pool others are different ones.
  if (left[0] == right[0] && left[1] == right[1] && a.block_->base() == b.block_->base()) return true;
  return a[i] == b[i];
}

bool Labels::Same(const Labels& a, const Labels& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!SameAt(a, b, i)) return false;
  }
  return true;
}

uint64_t Labels::Fingerprint() const {
  constexpr uint64_t kPrime = 1099511628211u;
  uint64_t sum = 14695981039346656037u;
  auto add = [&](std::string_view text) {
    for (char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * kPrime;
    sum = (sum ^ 0xff) * kPrime;
  };
  for (const LabelView label : *this) {
    add(label.name);
    add(label.value);
  }
  return sum;
}

std::string Labels::ToString() const {
  std::string text;
  bool quoted_name = false;
  if (std::string_view name = metric_name(); !name.empty()) {
    if (IsClassicMetricName(name))
      text = name;
    else
      quoted_name = true;
  }
  std::string inner = quoted_name ? Quote(metric_name()) : std::string();
  for (const LabelView label : *this) {
    if (label.name == kMetricName) continue;
    if (!inner.empty()) inner += ", ";
    if (IsClassicLabelName(label.name)) {
      inner += label.name;
    } else {
      inner += Quote(label.name);
    }
    inner += '=';
    inner += Quote(label.value);
  }
  if (inner.empty() && !text.empty()) return text;
  return text + "{" + inner + "}";
}

std::strong_ordering operator<=>(const Labels& a, const Labels& b) {
  if (a.block_ == b.block_) return std::strong_ordering::equal;
  const size_t both = std::min(a.size(), b.size());
  for (size_t i = 0; i < both; ++i) {
    if (!Labels::SameAt(a, b, i)) return a[i] <=> b[i];
  }
  return a.size() <=> b.size();
}

LabelsBuilder::LabelsBuilder(Labels base) : base_(std::move(base)), labels_(base_.begin(), base_.end()) {}

LabelsBuilder& LabelsBuilder::Set(std::string_view name, std::string_view value) {
  if (value.empty()) return Delete(name);
  const std::string_view text = own_.emplace_front(value);
  auto it = std::find_if(labels_.begin(), labels_.end(),
                         [&](const LabelView& label) { return label.name == name; });
  if (it != labels_.end())
    it->value = text;
  else
    labels_.emplace_back(own_.emplace_front(name), text);
  return *this;
}

LabelsBuilder& LabelsBuilder::Delete(std::string_view name) {
  std::erase_if(labels_, [&](const LabelView& label) { return label.name == name; });
  return *this;
}

LabelsBuilder& LabelsBuilder::Keep(std::span<const std::string> names) {
  std::erase_if(labels_, [&](const LabelView& label) {
    return std::find(names.begin(), names.end(), label.name) == names.end();
  });
  return *this;
}

std::string_view LabelsBuilder::Get(std::string_view name) const {
  auto it = std::find_if(labels_.begin(), labels_.end(),
                         [&](const LabelView& label) { return label.name == name; });
  return it == labels_.end() ? std::string_view() : it->value;
}

/// What only lost labels is a part of what it was.
Labels LabelsBuilder::Build() const { return own_.empty() ? Labels::Part(base_, labels_) : Labels(labels_); }

bool IsClassicLabelName(std::string_view name) {
  return !name.empty() && IsWordStart(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsWordStart(c) || IsDigit(c); });
}

bool IsClassicMetricName(std::string_view name) {
  return !name.empty() && !IsDigit(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return IsWordStart(c) || IsDigit(c) || c == ':';
  });
}

bool IsUtf8Name(std::string_view name) {
  if (name.empty()) return false;
  for (size_t at = 0; at < name.size();) {
    size_t length = Utf8Length(name, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    size_t length = Utf8Length(text, at);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      ++at;
      continue;
    }
    if (length > 1)
      out.append(text.substr(at, length));
    else if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)
      out += c;
    else {
      constexpr std::string_view kCodes = "\a\b\f\n\r\t\v";
      constexpr std::string_view kLetters = "abfnrtv";
      size_t index = kCodes.find(c);
      if (index != std::string_view::npos)
        out.append({'\\', kLetters[index]});
      else
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    at += length;
  }
  return out + '"';
}

}  // namespace tocsin::model
