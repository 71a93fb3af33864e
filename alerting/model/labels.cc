#include "alerting/model/labels.h"

#include <algorithm>

#include <fmt/format.h>

namespace tocsin::model {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

uint64_t HashOf(const std::vector<Label>& labels) {
  std::hash<std::string_view> hash;
  uint64_t result = 0x9e3779b97f4a7c15;
  for (const Label& label : labels) {
    result = (result ^ hash(label.name)) * 0xff51afd7ed558ccd;
    result = (result ^ (result >> 32) ^ hash(label.value)) * 0xc4ceb9fe1a85ec53;
  }
  return result ^ (result >> 33);
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

Labels::Labels() {
  static const std::shared_ptr<const Data> kEmpty = std::make_shared<Data>();
  data_ = kEmpty;
}

Labels::Labels(std::vector<Label> labels) {
  auto by_name = [](const Label& a, const Label& b) { return a.name < b.name; };
  if (!std::is_sorted(labels.begin(), labels.end(), by_name)) {
    std::stable_sort(labels.begin(), labels.end(), by_name);
  }
  // Of equal names, which now stand together, the last one is kept.
  auto out = labels.begin();
  for (auto it = labels.begin(); it != labels.end(); ++it) {
    bool superseded = std::next(it) != labels.end() && std::next(it)->name == it->name;
    if (superseded || it->value.empty()) continue;
    if (out != it) *out = std::move(*it);
    ++out;
  }
  labels.erase(out, labels.end());
  auto data = std::make_shared<Data>();
  data->hash = labels.empty() ? 0 : HashOf(labels);
  data->labels = std::move(labels);
  data_ = std::move(data);
}

std::string_view Labels::Get(std::string_view name) const {
  // Sets are small: a scan in order beats a binary search.
  for (const Label& label : data_->labels) {
    if (label.name == name) return label.value;
    if (label.name > name) break;
  }
  return {};
}

uint64_t Labels::Fingerprint() const {
  constexpr uint64_t kPrime = 1099511628211u;
  uint64_t sum = 14695981039346656037u;
  auto add = [&](std::string_view text) {
    for (char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * kPrime;
    sum = (sum ^ 0xff) * kPrime;
  };
  for (const Label& label : data_->labels) {
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
  for (const Label& label : data_->labels) {
    if (label.name == kMetricName) continue;
    if (!inner.empty()) inner += ", ";
    inner += IsClassicLabelName(label.name) ? label.name : Quote(label.name);
    inner += '=';
    inner += Quote(label.value);
  }
  if (inner.empty() && !text.empty()) return text;
  return text + "{" + inner + "}";
}

std::strong_ordering operator<=>(const Labels& a, const Labels& b) {
  if (a.data_ == b.data_) return std::strong_ordering::equal;
  return a.data_->labels <=> b.data_->labels;
}

LabelsBuilder& LabelsBuilder::Set(std::string_view name, std::string_view value) {
  if (value.empty()) return Delete(name);
  auto it =
      std::find_if(labels_.begin(), labels_.end(), [&](const Label& label) { return label.name == name; });
  if (it != labels_.end())
    it->value = value;
  else
    labels_.push_back({std::string(name), std::string(value)});
  return *this;
}

LabelsBuilder& LabelsBuilder::Delete(std::string_view name) {
  std::erase_if(labels_, [&](const Label& label) { return label.name == name; });
  return *this;
}

LabelsBuilder& LabelsBuilder::Keep(std::span<const std::string> names) {
  std::erase_if(labels_, [&](const Label& label) {
    return std::find(names.begin(), names.end(), label.name) == names.end();
  });
  return *this;
}

std::string_view LabelsBuilder::Get(std::string_view name) const {
  auto it =
      std::find_if(labels_.begin(), labels_.end(), [&](const Label& label) { return label.name == name; });
  return it == labels_.end() ? std::string_view() : std::string_view(it->value);
}

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
