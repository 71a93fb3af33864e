#include "exporter/errors/error_metrics.h"

#include <algorithm>
#include <utility>

#include "exporter/traffic/name_table.h"

namespace tocsin::errors {

namespace {

using parse::ErrorCategory;
using parse::ErrorLevel;

constexpr std::string_view kOther = "other";

ErrorCategory CategoryByName(std::string_view name) {
  for (size_t i = 0; i < parse::kErrorCategoryCount; ++i) {
    if (ErrorCategoryName(static_cast<ErrorCategory>(i)) == name) return static_cast<ErrorCategory>(i);
  }
  return ErrorCategory::kOther;
}

}  // namespace

ErrorMetrics::ErrorMetrics(traffic::SeriesBudget& budget, Duration idle) : budget_(budget), idle_(idle) {
  for (size_t i = 0; i < parse::kErrorCategoryCount; ++i)
    CellFor(ErrorLevel::kError, static_cast<ErrorCategory>(i));
  for (const ErrorLevel level :
       {ErrorLevel::kEmerg, ErrorLevel::kAlert, ErrorLevel::kCrit, ErrorLevel::kWarn})
    CellFor(level, ErrorCategory::kOther);
}

/// Never refused: there are no more of them than levels times categories.
ErrorMetrics::Cell& ErrorMetrics::CellFor(ErrorLevel level, ErrorCategory category) {
  Cell& cell = cells_[static_cast<size_t>(level)][static_cast<size_t>(category)];
  if (cell.open) return cell;
  cell.open = true;
  cell.labels =
      exposition::RenderLabels({{"level", ErrorLevelName(level)}, {"category", ErrorCategoryName(category)}});
  budget_.TakeAnyway(1);
  return cell;
}

void ErrorMetrics::Count(const parse::ErrorLine& line, std::string_view pool, Timestamp at) {
  ++CellFor(line.level, line.category).messages;
  if (!line.upstream.empty()) CountUpstream(line.upstream, pool, line.category, 1, at);
}

void ErrorMetrics::CountUpstream(std::string_view address, std::string_view pool, ErrorCategory category,
                                 uint64_t messages, Timestamp at) {
  Upstream* upstream = UpstreamFor(address);
  if (upstream == nullptr) {
    OverflowCell().messages += messages;
    return;
  }
  upstream->used_at = std::max(upstream->used_at, at);
  for (UpstreamCell& cell : upstream->cells) {
    if (cell.category != category || cell.pool != pool) continue;
    cell.messages += messages;
    return;
  }
  if (!budget_.Take(1)) {
    budget_.Folded();
    OverflowCell().messages += messages;
    return;
  }
  const std::string name = traffic::ToLabelValue(address);
  std::vector<std::pair<std::string_view, std::string_view>> labels = {{"upstream", name}};
  if (!pool.empty()) labels.emplace_back("pool", pool);
  labels.emplace_back("category", ErrorCategoryName(category));
  upstream->cells.push_back({std::string(pool), category, exposition::RenderLabels(labels), messages});
}

/// Null when there is no room for another one.
ErrorMetrics::Upstream* ErrorMetrics::UpstreamFor(std::string_view address) {
  const auto known = upstreams_.find(address);
  if (known != upstreams_.end()) return &known->second;
  if (!budget_.HasRoom()) {
    budget_.Folded();
    return nullptr;
  }
  return &upstreams_[std::string(address)];
}

ErrorMetrics::UpstreamCell& ErrorMetrics::OverflowCell() {
  std::vector<UpstreamCell>& cells = upstreams_[std::string(kOther)].cells;
  if (cells.empty()) {
    budget_.TakeAnyway(1);
    cells.push_back({std::string(kOther), ErrorCategory::kOther,
                     exposition::RenderLabels({{"upstream", kOther}, {"pool", kOther}, {"category", kOther}}),
                     0});
  }
  return cells.front();
}

void ErrorMetrics::DropIdle(Timestamp now) {
  if (idle_ <= Duration::zero()) return;
  std::erase_if(upstreams_, [&](const auto& entry) {
    if (entry.first == kOther || entry.second.used_at >= now - idle_) return false;
    budget_.GiveBack(entry.second.cells.size());
    return true;
  });
}

void ErrorMetrics::Write(exposition::Writer& writer, Timestamp now) {
  using exposition::Type;
  DropIdle(now);
  writer.Family("nginx_error_log_messages_total", "Messages in the error log.", Type::kCounter);
  for (const auto& level : cells_) {
    for (const Cell& cell : level) {
      if (cell.open) writer.Sample(cell.labels, cell.messages);
    }
  }
  if (upstreams_.empty()) return;
  writer.Family("nginx_error_log_upstream_messages_total",
                "Messages in the error log that name an upstream server.", Type::kCounter);
  for (const auto& [address, upstream] : upstreams_) {
    for (const UpstreamCell& cell : upstream.cells) writer.Sample(cell.labels, cell.messages);
  }
}

void ErrorMetrics::Save(checkpoint::Writer& out) const {
  out.Section("errors", 1, [&] {
    for (const auto& level : cells_) {
      out.Int(level.size());
      for (size_t i = 0; i < level.size(); ++i) {
        out.Text(ErrorCategoryName(static_cast<ErrorCategory>(i)));
        out.Int(level[i].messages);
      }
    }
    out.Int(upstreams_.size());
    for (const auto& [address, upstream] : upstreams_) {
      out.Text(address);
      out.SignedInt(upstream.used_at.millis());
      out.Int(upstream.cells.size());
      for (const UpstreamCell& cell : upstream.cells) {
        out.Text(cell.pool);
        out.Text(ErrorCategoryName(cell.category));
        out.Int(cell.messages);
      }
    }
  });
}

Status ErrorMetrics::Restore(checkpoint::Reader& in) {
  checkpoint::Reader body = in.Section("errors", 1);
  budget_.SetRestoring(true);
  for (size_t level = 0; level < cells_.size(); ++level) {
    for (uint64_t i = body.Count(2); i > 0 && body.ok(); --i) {
      const ErrorCategory category = CategoryByName(body.Text());
      const uint64_t messages = body.Int();
      if (messages != 0) CellFor(static_cast<ErrorLevel>(level), category).messages += messages;
    }
  }
  for (uint64_t i = body.Count(3); i > 0 && body.ok(); --i) {
    const std::string_view address = body.Text();
    const Timestamp used_at = Timestamp::FromMillis(body.SignedInt());
    for (uint64_t j = body.Count(3); j > 0 && body.ok(); --j) {
      const std::string_view pool = body.Text();
      const ErrorCategory category = CategoryByName(body.Text());
      const uint64_t messages = body.Int();
      if (address == kOther) {
        OverflowCell().messages += messages;
      } else {
        CountUpstream(address, pool, category, messages, used_at);
      }
    }
  }
  budget_.SetRestoring(false);
  return body.Finish();
}

}  // namespace tocsin::errors
