// Texts of others inside our HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace tocsin {

/// `&`, `<`, `>` and `"` as entities: fit for an element's text and for a value in double quotes.
std::string EscapeMarkup(std::string_view text);

}  // namespace tocsin
