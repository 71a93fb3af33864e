// A body of remote write: as it came, and as what snappy holds, since chance rarely compresses. What is read
// of a series is written and read again, and has to be the same.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "alerting/remote/write_request.h"

namespace {

using tocsin::remote::TimeSample;
using tocsin::remote::WriteRequestReader;
using tocsin::remote::WrittenSeries;

std::vector<TimeSample> SamplesOf(const WrittenSeries& series) {
  std::vector<TimeSample> samples;
  series.ForEachSample([&samples](const TimeSample& sample) { samples.push_back(sample); });
  return samples;
}

void CheckAgain(const tocsin::model::Labels& labels, const std::vector<TimeSample>& samples) {
  std::string request;
  tocsin::remote::AppendSeries(request, labels, samples);
  WriteRequestReader reader(request);
  WrittenSeries again;
  if (!reader.Next(again) || again.MakeLabels() != labels) std::abort();
  const std::vector<TimeSample> read = SamplesOf(again);
  if (read.size() != samples.size()) std::abort();
  for (size_t i = 0; i < read.size(); ++i) {
    if (read[i].timestamp != samples[i].timestamp) std::abort();
    if (std::bit_cast<uint64_t>(read[i].value) != std::bit_cast<uint64_t>(samples[i].value)) std::abort();
  }
}

void Read(std::string_view request) {
  WriteRequestReader reader(request);
  for (WrittenSeries series; reader.Next(series);) {
    const auto labels = series.MakeLabels();
    const std::vector<TimeSample> samples = SamplesOf(series);
    if (samples.size() != series.samples()) std::abort();
    if (labels) CheckAgain(*labels, samples);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Read(body);
  if (const auto unpacked = tocsin::remote::Unpack(body, 1 << 20)) Read(*unpacked);
  return 0;
}
