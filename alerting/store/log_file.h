// A file of records, each with its length, type and checksum: the write-ahead log's files and its
// checkpoints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "alerting/store/record.h"

namespace tocsin::store {

/// What a log file begins with.
std::string LogHeader();

/// Appends a record.
void PutRecord(RecordType type, std::string_view payload, std::string& out);

/// How far a log file could be read.
struct LogReading {
  size_t good_bytes = 0;  ///< everything before was visited
  size_t records = 0;
  bool ended = false;  ///< by a kEnd record: the file is as it was meant to be
  std::string fault;   ///< why reading stopped before the file's end; empty when it did not
};

/// Visits the records in order, up to the first that is torn or damaged. Any bytes are safe to read.
LogReading ReadLog(std::string_view bytes, const LogVisitor& visitor);

}  // namespace tocsin::store
