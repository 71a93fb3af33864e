#include "alerting/collect/scrape/relabel.h"

#include <clocale>
#include <cwctype>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "alerting/collect/scrape/relabel_step.h"

namespace tocsin::collect {
namespace {

re2::RE2::Options RegexOptions() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  return options;
}

bool HasVariable(std::string_view text) { return text.find('$') != std::string_view::npos; }

/// MD5, the last eight bytes big-endian: Prometheus' choice, which shards depend on.
uint64_t HashModulo(std::string_view text, uint64_t modulus) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
  uint64_t hash = 0;
  constexpr size_t kFirst = 8;
  for (size_t i = kFirst; i < 2 * kFirst; ++i) hash = (hash << 8) | digest[i];
  return hash % modulus;
}

using WideCase = wint_t (*)(wint_t, locale_t);

/// Case by Unicode's simple mappings, which glibc's C.UTF-8 has; without that locale ASCII alone changes.
std::string ChangeCase(std::string_view text, WideCase change) {
  static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  static const locale_t kLocale = kUnicode != nullptr ? kUnicode : newlocale(LC_CTYPE_MASK, "C", nullptr);
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (i + size > text.size()) break;
    wint_t c = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (size_t k = 1; k < size; ++k) c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    i += size;
    c = change(c, kLocale);
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return out;
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The variable after a "$": its name, and how much of the text it takes; 0 when there is none.
std::pair<std::string_view, size_t> VariableAt(std::string_view rest) {
  const bool braced = rest.starts_with('{');
  const size_t start = braced ? 1 : 0;
  size_t end = start;
  while (end < rest.size() && IsNameChar(rest[end])) ++end;
  if (end == start) return {};
  if (!braced) return {rest.substr(0, end), end};
  if (end >= rest.size() || rest[end] != '}') return {};
  return {rest.substr(start, end - start), end + 1};
}

std::string_view GroupNamed(std::string_view name, const re2::RE2& regex,
                            const std::vector<re2::StringPiece>& groups) {
  size_t index = 0;
  bool numeric = true;
  for (char c : name) {
    numeric = numeric && c >= '0' && c <= '9';
    if (numeric && index < groups.size()) index = index * 10 + static_cast<size_t>(c - '0');
  }
  if (!numeric) {
    auto found = regex.NamedCapturingGroups().find(std::string(name));
    if (found == regex.NamedCapturingGroups().end()) return {};
    index = static_cast<size_t>(found->second);
  }
  if (index >= groups.size() || groups[index].data() == nullptr) return {};
  return {groups[index].data(), groups[index].size()};
}

}  // namespace

std::string ExpandTemplate(std::string_view text, const re2::RE2& regex,
                           const std::vector<re2::StringPiece>& groups) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      out += text[i++];
      continue;
    }
    ++i;
    if (text.substr(i).starts_with('$')) {
      out += text[i++];
      continue;
    }
    const auto [name, length] = VariableAt(text.substr(i));
    if (length == 0) {
      out += '$';
      continue;
    }
    out += GroupNamed(name, regex, groups);
    i += length;
  }
  return out;
}

Relabeling::Step::Step(const RelabelRule& rule)
    : rule_(rule),
      regex_(fmt::format("^(?s:{})$", rule.regex), RegexOptions()),
      sets_constant_(rule.regex == RelabelRule{}.regex && !HasVariable(rule.target_label) &&
                     !HasVariable(rule.replacement)) {}

bool Relabeling::Step::Matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), regex_);
}

/// The groups, the whole match first; none when it does not match.
std::vector<re2::StringPiece> Relabeling::Step::Match(std::string_view text) const {
  std::vector<re2::StringPiece> groups(static_cast<size_t>(regex_.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece subject(text.data(), text.size());
  if (!regex_.Match(subject, 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(),
                    static_cast<int>(groups.size()))) {
    groups.clear();
  }
  return groups;
}

std::string Relabeling::Step::Joined(const model::LabelsBuilder& labels) const {
  std::string value;
  for (size_t i = 0; i < rule_.source_labels.size(); ++i) {
    if (i > 0) value += rule_.separator;
    value += labels.Get(rule_.source_labels[i]);
  }
  return value;
}

bool Relabeling::Step::Apply(model::LabelsBuilder& labels) const {
  const std::string value = Joined(labels);
  switch (rule_.action) {
    case RelabelAction::kReplace:
      Replace(labels, value);
      return true;
    case RelabelAction::kKeep:
      return Matches(value);
    case RelabelAction::kDrop:
      return !Matches(value);
    case RelabelAction::kKeepEqual:
      return labels.Get(rule_.target_label) == value;
    case RelabelAction::kDropEqual:
      return labels.Get(rule_.target_label) != value;
    case RelabelAction::kHashMod:
      labels.Set(rule_.target_label, fmt::format("{}", HashModulo(value, rule_.modulus)));
      return true;
    case RelabelAction::kLabelMap:
      MapLabels(labels);
      return true;
    case RelabelAction::kLabelDrop:
      DropLabels(labels, true);
      return true;
    case RelabelAction::kLabelKeep:
      DropLabels(labels, false);
      return true;
    case RelabelAction::kLowercase:
      labels.Set(rule_.target_label, ChangeCase(value, towlower_l));
      return true;
    case RelabelAction::kUppercase:
      labels.Set(rule_.target_label, ChangeCase(value, towupper_l));
      return true;
  }
  return true;
}

void Relabeling::Step::Replace(model::LabelsBuilder& labels, const std::string& value) const {
  if (sets_constant_) {
    labels.Set(rule_.target_label, rule_.replacement);
    return;
  }
  const std::vector<re2::StringPiece> groups = Match(value);
  if (groups.empty()) return;
  const std::string target = ExpandTemplate(rule_.target_label, regex_, groups);
  if (!model::IsUtf8Name(target)) return;
  labels.Set(target, ExpandTemplate(rule_.replacement, regex_, groups));
}

void Relabeling::Step::MapLabels(model::LabelsBuilder& labels) const {
  const std::vector<model::LabelView> before(labels.span().begin(), labels.span().end());
  for (const model::LabelView label : before) {
    const std::vector<re2::StringPiece> groups = Match(label.name);
    if (!groups.empty()) labels.Set(ExpandTemplate(rule_.replacement, regex_, groups), label.value);
  }
}

void Relabeling::Step::DropLabels(model::LabelsBuilder& labels, bool matching) const {
  const std::vector<model::LabelView> before(labels.span().begin(), labels.span().end());
  for (const model::LabelView label : before) {
    if (Matches(label.name) == matching) labels.Delete(label.name);
  }
}

Result<Relabeling> Relabeling::Compile(const std::vector<RelabelRule>& rules) {
  Relabeling relabeling;
  for (const RelabelRule& rule : rules) {
    if (Status status = CheckRelabelRule(rule); !status) return Fail(status.error());
    auto step = std::make_shared<const Step>(rule);
    if (!step->ok()) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("invalid regular expression: {}", step->error()));
    }
    relabeling.steps_.push_back(std::move(step));
  }
  return relabeling;
}

bool Relabeling::Apply(model::LabelsBuilder& labels) const {
  for (const std::shared_ptr<const Step>& step : steps_) {
    if (!step->Apply(labels)) return false;
  }
  return true;
}

}  // namespace tocsin::collect
