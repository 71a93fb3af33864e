// A checkpoint's bytes, whatever they are: restoring refuses them or takes them, and what was taken can be
// shown and saved again to the same page.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/checkpoint/codec.h"
#include "exporter/traffic/traffic.h"

namespace {

tocsin::traffic::Options Labelled() {
  tocsin::traffic::Options options;
  options.pools = {"blue", "green"};
  options.idle = tocsin::Duration{0};
  options.series_limit = 200;
  options.labels.push_back(
      *tocsin::traffic::LabelRule::Make({"host", {tocsin::parse::Field::kHost, 0}, {}, {}, {}}));
  return options;
}

std::string PageOf(tocsin::traffic::Traffic& traffic) {
  std::string page;
  tocsin::exposition::Writer writer(page, tocsin::exposition::Format::kText);
  traffic.Write(writer, tocsin::Timestamp::FromMillis(0));
  return page;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  tocsin::traffic::Traffic first(Labelled());
  tocsin::checkpoint::Reader reader(bytes);
  if (!first.Restore(reader)) return 0;
  // A line, so that what was restored is used.
  tocsin::parse::LogRecord record;
  record.Set(tocsin::parse::Field::kStatus, "200");
  record.Set(tocsin::parse::Field::kPool, "green");
  record.Set(tocsin::parse::Field::kUpstreamAddr, "10.0.0.1:80");
  static_cast<void>(first.Count(record, tocsin::Timestamp::FromMillis(0)));
  const std::string page = PageOf(first);
  tocsin::checkpoint::Writer saved;
  first.Save(saved);
  tocsin::traffic::Traffic second(Labelled());
  tocsin::checkpoint::Reader again(saved.bytes());
  if (!second.Restore(again)) std::abort();
  if (PageOf(second).size() != page.size()) std::abort();
  return 0;
}
