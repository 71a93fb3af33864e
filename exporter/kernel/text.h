// Taking the kernel's texts apart: lines of words and whole numbers. Nothing here allocates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::kernel {

/// Takes the first line off `rest`; false when there is none left. A missing newline at the end is none
/// missed.
bool NextLine(std::string_view& rest, std::string_view& line);

/// Takes the first word off `rest`, "" when there is none left. Spaces and tabs stand between words.
std::string_view NextWord(std::string_view& rest);

/// The whole of `text` as a decimal number without a sign.
std::optional<uint64_t> ToNumber(std::string_view text);
/// Takes a word off `rest` and reads it.
std::optional<uint64_t> NextNumber(std::string_view& rest);

/// The text of a file that holds one number and a newline.
std::optional<uint64_t> OneNumber(std::string_view text);

/// "\040" and the like, by which /proc/mounts hides blanks, to bytes.
std::string UnescapeOctal(std::string_view text);

/// The total of a line of a pressure file, in microseconds: "some avg10=0.00 avg60=0.00 avg300=0.00
/// total=123".
struct Pressure {
  std::optional<uint64_t> some;
  std::optional<uint64_t> full;
};
Pressure ParsePressure(std::string_view text);

}  // namespace tocsin::kernel
