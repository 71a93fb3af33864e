#include "exporter/traffic/http_terms.h"

#include <array>
#include <charconv>

namespace tocsin::traffic {

namespace {

constexpr std::array<std::string_view, kMethodCount> kMethods = {
    "other", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

constexpr std::array<std::string_view, kStatusCount> kStatuses = {
    "other", "100", "101", "102", "103", "200", "201", "202", "203", "204", "205", "206", "207", "208", "226",
    "300",   "301", "302", "303", "304", "305", "306", "307", "308", "400", "401", "402", "403", "404", "405",
    "406",   "407", "408", "409", "410", "411", "412", "413", "414", "415", "416", "417", "418", "421", "422",
    "423",   "424", "425", "426", "428", "429", "431", "444", "451", "494", "495", "496", "497", "498", "499",
    "500",   "501", "502", "503", "504", "505", "506", "507", "508", "510", "511"};

constexpr int kStatusEnd = 600;

constexpr std::array<uint8_t, kStatusEnd> MakeStatusIndices() {
  std::array<uint8_t, kStatusEnd> indices{};
  for (size_t i = 1; i < kStatuses.size(); ++i) {
    size_t status = 0;
    for (const char digit : kStatuses[i]) status = status * 10 + static_cast<size_t>(digit - '0');
    indices[status] = static_cast<uint8_t>(i);
  }
  return indices;
}

constexpr std::array<uint8_t, kStatusEnd> kStatusIndices = MakeStatusIndices();

}  // namespace

size_t MethodIndex(std::string_view method) {
  if (method == "GET") return 1;
  for (size_t i = 2; i < kMethods.size(); ++i) {
    if (kMethods[i] == method) return i;
  }
  return 0;
}

std::string_view MethodName(size_t index) { return kMethods[index]; }

size_t StatusIndex(int status) {
  return status < 0 || status >= kStatusEnd ? 0 : kStatusIndices[static_cast<size_t>(status)];
}

std::string_view StatusName(size_t index) { return kStatuses[index]; }

}  // namespace tocsin::traffic
