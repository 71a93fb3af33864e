#include "alerting/promql/eval/columns.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "alerting/promql/parse/parse_error.h"

namespace tocsin::promql {
namespace {

tl::unexpected<Error> DuplicateLabels() {
  return Fail(ErrorCode::kInvalidArgument, "vector cannot contain metrics with the same labelset");
}

/// Duplicates are rare: where all hashes differ, there is none.
bool AllHashesDiffer(const Columns& columns) {
  std::vector<uint64_t> hashes(columns.size());
  std::transform(columns.begin(), columns.end(), hashes.begin(),
                 [](const Column& column) { return column.labels.hash(); });
  std::sort(hashes.begin(), hashes.end());
  return std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end();
}

}  // namespace

void Annotations::Add(std::vector<Note>& notes, std::string_view kind, std::string_view message,
                      Span at) const {
  std::string full = fmt::format("{}: {}", kind, message);
  Position position = PositionOf(text_, at.start);
  std::string place = fmt::format(" ({}:{})", position.line, position.column);
  auto same =
      std::find_if(notes.begin(), notes.end(), [&](const Note& note) { return note.message == full; });
  if (same == notes.end())
    notes.push_back({std::move(full), std::move(place)});
  else
    same->place = std::move(place);
}

std::vector<std::string> Annotations::Texts(const std::vector<Note>& notes) {
  std::vector<std::string> texts;
  texts.reserve(notes.size());
  for (const Note& note : notes) texts.push_back(note.message + note.place);
  return texts;
}

std::string InBraces(const model::Labels& labels) {
  std::string text;
  for (const model::LabelView label : labels) {
    text += text.empty() ? "{" : ", ";
    if (model::IsClassicLabelName(label.name)) {
      text += label.name;
    } else {
      text += model::Quote(label.name);
    }
    text.append("=").append(model::Quote(label.value));
  }
  return text.empty() ? "{}" : text + "}";
}

model::Labels Settled(const Column& column) {
  return column.nameless ? column.labels.Without(model::kMetricName) : column.labels;
}

void SettleLabels(Columns& columns) {
  for (Column& column : columns) {
    if (!column.nameless) continue;
    column.labels = Settled(column);
    column.nameless = false;
  }
}

bool DropNames(Columns& columns) {
  // Columns differ before; with one name, or none, they still do after it is gone.
  const std::string_view first = columns.empty() ? std::string_view() : columns.front().name();
  bool same = true;
  for (Column& column : columns) {
    same = same && column.name() == first;
    column.nameless = true;
  }
  if (!same) SettleLabels(columns);
  return !same;
}

void DropEmpty(Columns& columns) {
  std::erase_if(columns, [](const Column& column) {
    return std::all_of(column.cells.begin(), column.cells.end(), IsAbsent);
  });
}

Status RejectDuplicates(const Columns& columns) {
  if (AllHashesDiffer(columns)) return {};
  std::unordered_map<model::Labels, size_t, model::LabelsHash> seen;
  for (const Column& column : columns) {
    if (!seen.emplace(column.labels, 0).second) return DuplicateLabels();
  }
  return {};
}

Status MergeDuplicates(Columns& columns) {
  if (AllHashesDiffer(columns)) return {};
  std::unordered_map<model::Labels, size_t, model::LabelsHash> first;
  size_t kept = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    auto [it, is_new] = first.emplace(columns[i].labels, kept);
    if (is_new) {
      if (kept != i) columns[kept] = std::move(columns[i]);
      ++kept;
      continue;
    }
    Cells& into = columns[it->second].cells;
    for (size_t step = 0; step < into.size(); ++step) {
      double cell = columns[i].cells[step];
      if (IsAbsent(cell)) continue;
      if (!IsAbsent(into[step])) return DuplicateLabels();
      into[step] = cell;
    }
  }
  columns.resize(kept);
  return {};
}

}  // namespace tocsin::promql
