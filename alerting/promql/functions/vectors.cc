// Functions that look at a vector as a whole: its labels, its order, whether it is there.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numbers>
#include <set>

#include <fmt/format.h>
#include <re2/re2.h>

#include "alerting/model/go_regex.h"
#include "alerting/promql/functions/kernels.h"

namespace tocsin::promql::kernels {
namespace {

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

/// What equality matchers say of the series that are missing; a name that is asked for twice says nothing.
model::Labels LabelsOfAbsent(const Expr& arg) {
  const VectorSelector* selector = arg.As<VectorSelector>();
  if (const auto* matrix = arg.As<MatrixSelector>()) selector = &matrix->selector;
  if (selector == nullptr) return {};
  model::LabelsBuilder labels;
  std::set<std::string> seen;
  for (const model::Matcher& matcher : selector->matchers) {
    if (matcher.name() == model::kMetricName) continue;
    if (matcher.op() == model::MatchOp::kEqual && seen.insert(matcher.name()).second)
      labels.Set(matcher.name(), matcher.value());
    else
      labels.Delete(matcher.name());
  }
  return labels.Build();
}

/// Go's regexp.Expand: $1, ${1}, $name, ${name}, $$; a name that is no group is empty.
class Template {
 public:
  Template(std::string_view text, const RE2& regex) : text_(text), names_(regex.NamedCapturingGroups()) {}

  std::string Expand(const std::vector<re2::StringPiece>& groups) const {
    std::string out;
    std::string_view rest = text_;
    while (!rest.empty()) {
      size_t dollar = rest.find('$');
      out += rest.substr(0, dollar);
      if (dollar == std::string_view::npos) break;
      rest.remove_prefix(dollar + 1);
      std::string_view name = TakeName(rest);
      if (!name.empty())
        AppendGroup(name, groups, out);
      else
        out += '$';
    }
    return out;
  }

 private:
  /// The name after a dollar, taken off `rest`; empty when there is none, with a second dollar taken.
  static std::string_view TakeName(std::string_view& rest) {
    if (rest.starts_with('$')) {
      rest.remove_prefix(1);
      return {};
    }
    bool braces = rest.starts_with('{');
    size_t start = braces ? 1 : 0;
    size_t end = start;
    while (end < rest.size() && (std::isalnum(static_cast<unsigned char>(rest[end])) || rest[end] == '_'))
      ++end;
    if (end == start || (braces && (end == rest.size() || rest[end] != '}'))) return {};
    std::string_view name = rest.substr(start, end - start);
    rest.remove_prefix(end + start);
    return name;
  }

  void AppendGroup(std::string_view name, const std::vector<re2::StringPiece>& groups,
                   std::string& out) const {
    size_t index = groups.size();
    bool number = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number) {
      std::from_chars(name.data(), name.data() + name.size(), index);
    } else if (auto it = names_.find(std::string(name)); it != names_.end()) {
      index = static_cast<size_t>(it->second);
    }
    if (index < groups.size() && groups[index].data() != nullptr) {
      out.append(groups[index].data(), groups[index].size());
    }
  }

  std::string_view text_;
  const std::map<std::string, int>& names_;
};

Result<Value> Relabelled(Columns columns) {
  DropEmpty(columns);
  if (Status unique = RejectDuplicates(columns); !unique) return Fail(unique.error());
  return Value(std::move(columns));
}

/// Prometheus' natural order, where "a10" comes after "a2".
bool NaturalLess(std::string_view a, std::string_view b) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  auto take = [&](std::string_view& text) {
    size_t end = 1;
    while (end < text.size() && is_digit(text[end]) == is_digit(text[0])) ++end;
    std::string_view chunk = text.substr(0, end);
    text.remove_prefix(end);
    return chunk;
  };
  while (!a.empty() && !b.empty()) {
    std::string_view left = take(a);
    std::string_view right = take(b);
    if (left == right) continue;
    if (is_digit(left[0]) && is_digit(right[0])) {
      left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
      right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
      if (left.size() != right.size()) return left.size() < right.size();
      if (left == right) continue;
    }
    return left < right;
  }
  return a.empty() && !b.empty();
}

/// Values are ordered in instant queries only: over a range each step would have an order of its own. NaN
/// stands last either way.
Result<Value> SortedByValue(const CallContext& context, std::vector<Value>& args, bool descending) {
  Columns columns = std::move(std::get<Columns>(args[0]));
  if (context.grid.size() != 1) return Value(std::move(columns));
  std::stable_sort(columns.begin(), columns.end(), [&](const Column& a, const Column& b) {
    if (std::isnan(a.cells[0])) return false;
    if (std::isnan(b.cells[0])) return true;
    return descending ? a.cells[0] > b.cells[0] : a.cells[0] < b.cells[0];
  });
  return Value(std::move(columns));
}

Result<Value> SortedByLabel(std::vector<Value>& args, bool descending) {
  Columns columns = std::move(std::get<Columns>(args[0]));
  auto less = [&](const Column& a, const Column& b) {
    for (size_t i = 1; i < args.size(); ++i) {
      const std::string& name = std::get<std::string>(args[i]);
      std::string_view left = a.labels.Get(name);
      std::string_view right = b.labels.Get(name);
      if (left != right) return NaturalLess(left, right);
    }
    return a.labels < b.labels;
  };
  std::stable_sort(columns.begin(), columns.end(),
                   [&](const Column& a, const Column& b) { return descending ? less(b, a) : less(a, b); });
  return Value(std::move(columns));
}

}  // namespace

Result<Value> AbsentVector(const CallContext& context, std::vector<Value>& args) {
  const Columns& columns = std::get<Columns>(args[0]);
  Column absent{LabelsOfAbsent(Unwrap(*context.call.args[0])), Cells(context.grid.size(), 1.0)};
  for (const Column& column : columns) {
    for (size_t step = 0; step < absent.cells.size(); ++step) {
      if (!IsAbsent(column.cells[step])) absent.cells[step] = Absent();
    }
  }
  Columns result{std::move(absent)};
  DropEmpty(result);
  return Value(std::move(result));
}

Result<Value> LabelJoin(const CallContext&, std::vector<Value>& args) {
  Columns columns = std::move(std::get<Columns>(args[0]));
  const std::string& target = std::get<std::string>(args[1]);
  const std::string& separator = std::get<std::string>(args[2]);
  if (!model::IsUtf8Name(target)) return Invalid("invalid destination label name in label_join(): " + target);
  for (size_t i = 3; i < args.size(); ++i) {
    const std::string& source = std::get<std::string>(args[i]);
    if (!model::IsUtf8Name(source)) return Invalid("invalid source label name in label_join(): " + source);
  }
  for (Column& column : columns) {
    std::string joined;
    for (size_t i = 3; i < args.size(); ++i) {
      if (i > 3) joined += separator;
      joined += column.labels.Get(std::get<std::string>(args[i]));
    }
    column.labels = model::LabelsBuilder(column.labels).Set(target, joined).Build();
  }
  return Relabelled(std::move(columns));
}

Result<Value> LabelReplace(const CallContext&, std::vector<Value>& args) {
  Columns columns = std::move(std::get<Columns>(args[0]));
  const std::string& target = std::get<std::string>(args[1]);
  const std::string& source = std::get<std::string>(args[3]);
  const std::string& pattern = std::get<std::string>(args[4]);
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  RE2 regex(model::Re2Pattern(pattern), options);
  if (!regex.ok()) return Invalid("invalid regular expression in label_replace(): " + pattern);
  if (!model::IsUtf8Name(target))
    return Invalid("invalid destination label name in label_replace(): " + target);
  Template replacement(std::get<std::string>(args[2]), regex);
  std::vector<re2::StringPiece> groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
  for (Column& column : columns) {
    std::string_view value = column.labels.Get(source);
    re2::StringPiece text(value.data(), value.size());
    bool found =
        regex.Match(text, 0, value.size(), RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()));
    if (!found) continue;
    column.labels = model::LabelsBuilder(column.labels).Set(target, replacement.Expand(groups)).Build();
  }
  return Relabelled(std::move(columns));
}

Result<Value> ScalarOf(const CallContext& context, std::vector<Value>& args) {
  const Columns& columns = std::get<Columns>(args[0]);
  ScalarCells cells(context.grid.size(), model::NormalNan());
  for (size_t step = 0; step < cells.size(); ++step) {
    size_t present = 0;
    double value = model::NormalNan();
    for (const Column& column : columns) {
      if (IsAbsent(column.cells[step])) continue;
      ++present;
      value = column.cells[step];
    }
    if (present == 1) cells[step] = value;
  }
  return Value(std::move(cells));
}

Result<Value> Sort(const CallContext& context, std::vector<Value>& args) {
  return SortedByValue(context, args, false);
}
Result<Value> SortDesc(const CallContext& context, std::vector<Value>& args) {
  return SortedByValue(context, args, true);
}
Result<Value> SortByLabel(const CallContext&, std::vector<Value>& args) { return SortedByLabel(args, false); }
Result<Value> SortByLabelDesc(const CallContext&, std::vector<Value>& args) {
  return SortedByLabel(args, true);
}

Result<Value> Pi(const CallContext& context, std::vector<Value>&) {
  return Value(ScalarCells(context.grid.size(), std::numbers::pi));
}

Result<Value> Time(const CallContext& context, std::vector<Value>&) {
  ScalarCells cells(context.grid.size());
  for (size_t step = 0; step < cells.size(); ++step)
    cells[step] = static_cast<double>(context.grid.at(step)) / 1000;
  return Value(std::move(cells));
}

Result<Value> VectorOf(const CallContext&, std::vector<Value>& args) {
  return Value(Columns{Column{model::Labels(), Cells(std::get<ScalarCells>(args[0]))}});
}

}  // namespace tocsin::promql::kernels
