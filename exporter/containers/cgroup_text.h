// The texts of cgroup files, v1 (Documentation/admin-guide/cgroup-v1) and v2 (cgroup-v2.rst), into Stats and
// Limits. What follows cAdvisor is which field stands for rss, cache and the like.
#pragma once

#include <string_view>
#include <vector>

#include "exporter/containers/stats.h"

namespace tocsin::containers::v1 {

void ParseCpuStat(std::string_view text, Stats& stats);
/// cpuacct.stat: in the clock ticks of `ticks_a_second`.
void ParseCpuAccounting(std::string_view text, uint64_t ticks_a_second, Stats& stats);
void ParseMemoryStat(std::string_view text, Stats& stats);
void ParseOomControl(std::string_view text, Stats& stats);
/// Lines "8:0 Read 4096": into the read and write members of the device.
void ParseBlockIo(std::string_view text, uint64_t IoDevice::*read, uint64_t IoDevice::*write,
                  std::vector<IoDevice>& devices);
/// What a limit file of v1 says; its "no limit" is a very large number.
Figure ParseLimit(std::string_view text);

}  // namespace tocsin::containers::v1

namespace tocsin::containers::v2 {

void ParseCpuStat(std::string_view text, Stats& stats);
void ParseMemoryStat(std::string_view text, Stats& stats);
void ParseMemoryEvents(std::string_view text, Stats& stats);
/// Lines "8:0 rbytes=1 wbytes=2 rios=3 wios=4".
void ParseIoStat(std::string_view text, std::vector<IoDevice>& devices);
/// "max 100000" or "50000 100000".
void ParseCpuMax(std::string_view text, Limits& limits);
/// A number, or "max" for no limit.
Figure ParseLimit(std::string_view text);
/// The shares that the runtime made this weight of.
uint64_t SharesOfWeight(uint64_t weight);

}  // namespace tocsin::containers::v2
