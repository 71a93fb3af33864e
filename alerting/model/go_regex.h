// Go's regular expressions by RE2, which is their elder: what they spell otherwise, and what they say.
#pragma once

#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace tocsin::model {

/// `pattern` as every RE2 takes it: a group that Go lets one name (?<name>…), too, is (?P<name>…) here.
std::string Re2Pattern(std::string_view pattern);

/// Go's words for what is wrong with `pattern`: "error parsing regexp: missing closing ): `(`". `regex` was
/// made of Re2Pattern() and is not ok.
std::string RegexError(const re2::RE2& regex, std::string_view pattern);

}  // namespace tocsin::model
