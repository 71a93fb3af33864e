#include "alerting/config/time_intervals.h"

#include <set>
#include <string>

#include <fmt/format.h>

namespace tocsin::config {
namespace {

using notify::NumberRange;
using yaml::IsSet;
using yaml::Kind;
using yaml::MappingReader;
using yaml::Node;

/// The items of a list under `key`; a fault when it is something else.
const std::vector<Node>& Items(MappingReader& in, std::string_view key) {
  static const std::vector<Node> kNone;
  const Node* list = in.Take(key);
  if (!IsSet(list)) return kNone;
  if (list->kind != Kind::kSequence) in.Fail(*list, "expected a sequence");
  return list->items;
}

std::vector<NumberRange> ReadTimes(MappingReader& in, Errors& errors) {
  std::vector<NumberRange> times;
  for (const Node& node : Items(in, "times")) {
    std::string start;
    std::string end;
    MappingReader range(node, errors);
    range.Optional("start_time", start);
    range.Optional("end_time", end);
    range.Finish();
    if (start.empty() || end.empty()) {
      range.Fail(node, "both start and end times must be provided");
      continue;
    }
    auto begins = notify::ParseTimeOfDay(start);
    auto ends = notify::ParseTimeOfDay(end);
    if (!begins || !ends) {
      range.Fail(node, (begins ? ends : begins).error().message());
    } else if (*begins >= *ends) {
      range.Fail(node, "start time cannot be equal or greater than end time");
    } else {
      times.push_back({*begins, *ends});
    }
  }
  return times;
}

std::vector<NumberRange> ReadRanges(MappingReader& in, std::string_view key,
                                    Result<NumberRange> (*parse)(const std::string&)) {
  std::vector<NumberRange> ranges;
  for (const Node& node : Items(in, key)) {
    std::string text;
    if (!in.Check(yaml::Read(node, text))) continue;
    if (auto range = parse(text)) {
      ranges.push_back(*range);
    } else {
      in.Fail(node, range.error().message());
    }
  }
  return ranges;
}

notify::TimeInterval ReadInterval(const Node& node, Errors& errors) {
  notify::TimeInterval interval;
  MappingReader in(node, errors);
  interval.times = ReadTimes(in, errors);
  interval.weekdays = ReadRanges(in, "weekdays", notify::ParseWeekdays);
  interval.days_of_month = ReadRanges(in, "days_of_month", notify::ParseDaysOfMonth);
  interval.months = ReadRanges(in, "months", notify::ParseMonths);
  interval.years = ReadRanges(in, "years", notify::ParseYears);
  if (in.Optional("location", interval.location)) {
    if (Status known = notify::CheckLocation(interval.location); !known) {
      in.Fail(*in.Take("location"), known.error().message());
    }
  }
  in.Finish();
  return interval;
}

}  // namespace

std::vector<notify::NamedTimeInterval> ReadTimeIntervals(MappingReader& in, Errors& errors) {
  std::vector<notify::NamedTimeInterval> all;
  std::set<std::string> names;
  for (const char* key : {"mute_time_intervals", "time_intervals"}) {
    for (const Node& node : Items(in, key)) {
      notify::NamedTimeInterval named;
      MappingReader entry(node, errors);
      entry.Optional("name", named.name);
      if (named.name.empty()) {
        entry.Fail(node, "missing name in time interval");
      } else if (!names.insert(named.name).second) {
        entry.Fail(node, fmt::format("time interval \"{}\" is not unique", named.name));
      }
      for (const Node& interval : Items(entry, "time_intervals")) {
        named.intervals.push_back(ReadInterval(interval, errors));
      }
      entry.Finish();
      all.push_back(std::move(named));
    }
  }
  return all;
}

}  // namespace tocsin::config
