// The yardstick for reading JSON logs: simdjson's on-demand parser, made to look at each key and each value
// of each line, and nothing else.
//
//   usage: bench_exporter_simdjson_walk FILE            reads as the exporter does, in pieces of 256 KiB
//          bench_exporter_simdjson_walk --loaded FILE   all of it beforehand; the time of that is not counted
//
// Prints lines a second of the processor's time.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

namespace {

using simdjson::ondemand::json_type;

constexpr size_t kPieceBytes = size_t{256} << 10;

struct Seen {
  size_t lines = 0;
  size_t bytes = 0;  ///< of keys and values
};

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

/// The whole lines of `text`, behind which there is room for simdjson's padding; returns where the rest
/// begins.
size_t WalkLines(simdjson::ondemand::parser& parser, const char* text, size_t size, Seen& seen) {
  const char* const end = text + size;
  const char* at = text;
  while (const auto* newline =
             static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)))) {
    const auto room = static_cast<size_t>(end - at) + simdjson::SIMDJSON_PADDING;
    seen.bytes += Walk(parser, simdjson::padded_string_view(at, static_cast<size_t>(newline - at), room));
    ++seen.lines;
    at = newline + 1;
  }
  return static_cast<size_t>(at - text);
}

bool ReadAndWalk(const char* path, Seen& seen) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  simdjson::ondemand::parser parser;
  std::vector<char> buffer(2 * kPieceBytes + simdjson::SIMDJSON_PADDING);
  size_t kept = 0;
  for (ssize_t got = 0; (got = ::read(file, buffer.data() + kept, kPieceBytes)) > 0;) {
    const size_t size = kept + static_cast<size_t>(got);
    const size_t walked = WalkLines(parser, buffer.data(), size, seen);
    kept = std::min(size - walked, kPieceBytes);
    std::memmove(buffer.data(), buffer.data() + walked, kept);
  }
  ::close(file);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Seen seen;
  std::clock_t began = std::clock();
  if (argc == 3 && std::string_view(argv[1]) == "--loaded") {
    simdjson::padded_string text;
    if (simdjson::padded_string::load(argv[2]).get(text) != simdjson::SUCCESS) return 2;
    simdjson::ondemand::parser parser;
    began = std::clock();
    WalkLines(parser, text.data(), text.size(), seen);
  } else if (argc != 2 || !ReadAndWalk(argv[1], seen)) {
    std::fprintf(stderr, "usage: bench_exporter_simdjson_walk [--loaded] FILE\n");
    return 2;
  }
  const double took = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  std::printf("%.0f lines/s (%zu lines, %zu bytes of keys and values)\n",
              static_cast<double>(seen.lines) / took, seen.lines, seen.bytes);
  return 0;
}
