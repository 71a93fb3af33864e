#include "alerting/collect/exposition/series_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace tocsin::collect {
namespace {

constexpr std::array<unsigned char, 256> MakeClasses() {
  std::array<unsigned char, 256> classes{};
  for (int c = 'a'; c <= 'z'; ++c) classes[static_cast<size_t>(c)] = classes[static_cast<size_t>(c - 32)] = 1;
  classes['_'] = 1;
  classes[':'] = 2;
  for (int c = '0'; c <= '9'; ++c) classes[static_cast<size_t>(c)] = 3;
  return classes;
}
constexpr std::array<unsigned char, 256> kClasses = MakeClasses();  // 1 letter, 2 colon, 3 digit

unsigned char ClassOf(char c) { return kClasses[static_cast<unsigned char>(c)]; }

size_t BareNameLength(std::string_view text, bool colons) {
  size_t i = 0;
  while (i < text.size()) {
    const unsigned char kind = ClassOf(text[i]);
    if (kind == 0 || (kind == 2 && !colons) || (kind == 3 && i == 0)) break;
    ++i;
  }
  return i;
}

/// From an opening quote to behind the closing one; 0 when it can't be closed, or kUnclosed. OpenMetrics lets
/// no quoted text go on in the next line, and neither format lets a line end be escaped by a backslash before
/// it.
size_t QuotedLength(std::string_view text, Blanks blanks) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\n' && blanks == Blanks::kRefused) return 0;
    if (text[i] == '\\') {
      ++i;
      if (i < text.size() && text[i] == '\n') return 0;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return kUnclosed;
}

bool IsLength(size_t length) { return length != 0 && length != kUnclosed; }

/// From an opening brace to behind the closing one; 0 when it can't be closed, or kUnclosed.
size_t BracesLength(std::string_view text, Blanks blanks) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '}') return i + 1;
    if (text[i] != '"') continue;
    const size_t quoted = QuotedLength(text.substr(i), blanks);
    if (!IsLength(quoted)) return quoted;
    i += quoted - 1;
  }
  return kUnclosed;
}

/// Reads what stands in the braces, one token after another.
class LabelReader {
 public:
  LabelReader(std::string_view text, Blanks blanks) : text_(text), blanks_(blanks) {}

  Result<std::vector<model::Label>> Series() {
    const size_t name = BareNameLength(text_, true);
    if (name > 0) labels_.push_back({std::string(model::kMetricName), std::string(text_.substr(0, name))});
    named_ = name > 0;
    at_ = name;
    SkipBlanks();
    if (at_ < text_.size()) {
      if (Status status = Braces(true); !status) return Fail(status.error());
    }
    if (!named_) return Refuse("the metric name is missing");
    return Finish();
  }

  Result<std::vector<model::Label>> Exemplar() {
    if (Status status = Braces(false); !status) return Fail(status.error());
    return Finish();
  }

 private:
  tl::unexpected<Error> Refuse(std::string message) const {
    return Fail(ErrorCode::kInvalidArgument, std::move(message), Position{"", 1, static_cast<int>(at_) + 1});
  }
  void SkipBlanks() {
    if (blanks_ == Blanks::kRefused) return;
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  }
  bool Take(char c) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Status Braces(bool may_name) {
    if (!Take('{')) return Refuse("expected \"{\"");
    while (!Take('}')) {
      if (Status status = Item(may_name); !status) return status;
      // Between labels of the text format Prometheus does not insist on it.
      if (!Take(',') && blanks_ == Blanks::kRefused && !(at_ < text_.size() && text_[at_] == '}')) {
        return Refuse("expected \",\" or \"}\" after the label");
      }
    }
    return {};
  }

  Status Item(bool may_name) {
    SkipBlanks();
    std::string name;
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    if (quoted) {
      Result<std::string> text = Quoted();
      if (!text) return Fail(text.error());
      name = std::move(*text);
    } else {
      const size_t length = BareNameLength(text_.substr(at_), false);
      if (length == 0) return Refuse("expected a label name");
      name = text_.substr(at_, length);
      at_ += length;
    }
    if (Take('=')) return Value(std::move(name));
    if (!quoted || !may_name) return Refuse("expected \"=\" after the label name");
    if (named_) return Refuse("the metric name is given twice");
    named_ = true;
    labels_.insert(labels_.begin(), {std::string(model::kMetricName), std::move(name)});
    return {};
  }

  Status Value(std::string name) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != '"') return Refuse("expected a label value in double quotes");
    Result<std::string> value = Quoted();
    if (!value) return Fail(value.error());
    labels_.push_back({std::move(name), std::move(*value)});
    return {};
  }

  Result<std::string> Quoted() {
    const size_t length = QuotedLength(text_.substr(at_), blanks_);
    if (!IsLength(length)) return Refuse("the quotes are not closed");
    std::string value = Unescape(text_.substr(at_ + 1, length - 2), true);
    if (!value.empty() && !model::IsUtf8Name(value)) return Refuse("not valid UTF-8");
    at_ += length;
    return value;
  }

  Result<std::vector<model::Label>> Finish() {
    SkipBlanks();
    if (at_ != text_.size()) return Refuse("expected nothing after the labels");
    return std::move(labels_);
  }

  std::string_view text_;
  Blanks blanks_;
  size_t at_ = 0;
  bool named_ = false;
  std::vector<model::Label> labels_;
};

}  // namespace

size_t SeriesTextLength(std::string_view rest, Blanks blanks) {
  const size_t name = BareNameLength(rest, true);
  size_t brace = name;
  if (blanks == Blanks::kAllowed) {
    while (brace < rest.size() && IsBlank(rest[brace])) ++brace;
  }
  if (brace >= rest.size() || rest[brace] != '{') return name;
  const size_t braces = BracesLength(rest.substr(brace), blanks);
  return IsLength(braces) ? brace + braces : braces;
}

Result<std::vector<model::Label>> ReadSeriesLabels(std::string_view series, Blanks blanks) {
  return LabelReader(series, blanks).Series();
}

Result<std::vector<model::Label>> ReadExemplarLabels(std::string_view text) {
  Result<std::vector<model::Label>> labels = LabelReader(text, Blanks::kRefused).Exemplar();
  if (!labels) return labels;
  if (Status status = CheckLabelNames(*labels); !status) return Fail(status.error());
  return labels;
}

Status CheckLabelNames(std::span<const model::Label> labels) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].name.empty()) return Fail(ErrorCode::kInvalidArgument, "a label name must not be empty");
    for (size_t j = i + 1; j < labels.size(); ++j) {
      if (labels[i].name != labels[j].name) continue;
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("label name {} is not unique", model::Quote(labels[i].name)));
    }
  }
  return {};
}

std::optional<std::string> ReadMetricName(std::string_view rest, Blanks blanks, size_t& length) {
  if (rest.starts_with('"')) {
    length = QuotedLength(rest, blanks);
    if (!IsLength(length)) return std::nullopt;
    std::string name = Unescape(rest.substr(1, length - 2), true);
    return model::IsUtf8Name(name) ? std::optional(std::move(name)) : std::nullopt;
  }
  length = BareNameLength(rest, true);
  if (length == 0) return std::nullopt;
  return std::string(rest.substr(0, length));
}

std::string Unescape(std::string_view text, bool quotes) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '\\' || next == 'n' || (next == '"' && quotes)) {
      out += next == 'n' ? '\n' : next;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace tocsin::collect
