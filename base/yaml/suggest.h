// "did you mean": the known word nearest to a mistyped one.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace tocsin::yaml {

/// The word of `known` with the fewest edits (insert, delete, replace, swap neighbours) to `word`, "" when
/// none is within a third of its length.
std::string Nearest(std::string_view word, const std::set<std::string, std::less<>>& known);

}  // namespace tocsin::yaml
