#include "alerting/store/log_file.h"

#include "alerting/store/coding.h"
#include "alerting/store/crc32c.h"

namespace tocsin::store {
namespace {

constexpr std::string_view kLogMagic = "tocsinW1";  // the last character is the format's version

// A record's length, checksum and type.
constexpr size_t kRecordHead = sizeof(uint32_t) + sizeof(uint32_t) + 1;

}  // namespace

std::string LogHeader() { return std::string(kLogMagic); }

void PutRecord(RecordType type, std::string_view payload, std::string& out) {
  const char kind = static_cast<char>(type);
  out.reserve(out.size() + kRecordHead + payload.size());
  PutFixed(out, static_cast<uint32_t>(payload.size()));
  PutFixed(out, Crc32c(payload, Crc32c({&kind, 1})));
  out.push_back(kind);
  out.append(payload);
}

LogReading ReadLog(std::string_view bytes, const LogVisitor& visitor) {
  LogReading reading;
  if (!bytes.starts_with(kLogMagic)) {
    reading.fault = bytes.empty() ? "the file is empty" : "the file does not begin as a log";
    return reading;
  }
  reading.good_bytes = kLogMagic.size();
  while (reading.good_bytes < bytes.size()) {
    Reader in(bytes.substr(reading.good_bytes));
    const auto size = in.Fixed<uint32_t>();
    const auto checksum = in.Fixed<uint32_t>();
    const std::string_view kind = in.Bytes(1);
    const std::string_view payload = in.Bytes(size);
    if (!in.ok()) {
      reading.fault = "a record is torn";
      return reading;
    }
    if (Crc32c(payload, Crc32c(kind)) != checksum) {
      reading.fault = "a record's checksum is wrong";
      return reading;
    }
    const auto type = static_cast<RecordType>(kind.front());
    if (!DecodeRecord(type, payload, visitor)) {
      reading.fault = "a record is malformed";
      return reading;
    }
    ++reading.records;
    reading.ended = type == RecordType::kEnd;
    reading.good_bytes += kRecordHead + payload.size();
  }
  return reading;
}

}  // namespace tocsin::store
