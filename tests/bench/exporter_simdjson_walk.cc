// The yardstick for reading JSON logs: simdjson's on-demand parser, made to look at each key and each value
// of each line, and nothing else. Prints lines a second of the
// processor's time.
//
//   usage: bench_exporter_simdjson_walk FILE
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>

#include <simdjson.h>

namespace {

using simdjson::ondemand::json_type;

/// Bytes of a scalar's text; what is nested does not occur in these logs.
size_t BytesOf(simdjson::ondemand::value value) {
  if (value.type() == json_type::string) return std::string_view(value.get_string()).size();
  return value.raw_json_token().size();
}

size_t Walk(simdjson::ondemand::parser& parser, const simdjson::padded_string_view& line) {
  auto document = parser.iterate(line);
  size_t bytes = 0;
  for (auto field : document.get_object()) {
    bytes += std::string_view(field.unescaped_key()).size();
    bytes += BytesOf(field.value());
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  simdjson::padded_string text;
  if (argc != 2 || simdjson::padded_string::load(argv[1]).get(text) != simdjson::SUCCESS) {
    std::fprintf(stderr, "usage: bench_exporter_simdjson_walk FILE\n");
    return 2;
  }
  simdjson::ondemand::parser parser;
  const char* const end = text.data() + text.size();
  size_t lines = 0;
  size_t bytes = 0;
  const std::clock_t began = std::clock();
  for (const char* at = text.data(); at != end; ++lines) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    const char* stop = newline == nullptr ? end : newline;
    const auto size = static_cast<size_t>(stop - at);
    const auto room = static_cast<size_t>(end - at) + simdjson::SIMDJSON_PADDING;
    bytes += Walk(parser, simdjson::padded_string_view(at, size, room));
    at = newline == nullptr ? end : newline + 1;
  }
  const double took = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  std::printf("%.0f lines/s (%zu lines, %zu bytes of keys and values)\n", static_cast<double>(lines) / took,
              lines, bytes);
  return 0;
}
