// The escapers of text/template (html, js, urlquery) and html/template, each for one kind of place.
#pragma once

#include <string>
#include <string_view>

#include "alerting/template/value.h"

namespace tocsin::templating {

/// For what is ASCII and without case: tags, attributes, schemes.
std::string LowerAscii(std::string_view text);

/// text/template's HTMLEscapeString.
std::string EscapeHtml(std::string_view text);
/// text/template's JSEscapeString.
std::string EscapeJs(std::string_view text);
/// url.QueryEscape.
std::string EscapeQuery(std::string_view text);

/// html/template's: element content and quoted attributes; and unquoted ones, where spaces and '=' end a
/// value.
std::string EscapeHtmlText(std::string_view text);
std::string EscapeUnquotedAttribute(std::string_view text);
/// The same without touching entities that are there already: for text that is HTML by itself.
std::string NormalizeHtml(std::string_view text);
/// Without tags: HTML that was put into an attribute.
std::string StripTags(std::string_view html);

/// A URL's escapes for the query or fragment, or (normalising) only for what no URL may hold.
std::string EscapeUrl(std::string_view url, bool normalize);
/// False for schemes other than http, https and mailto ("javascript:").
bool IsSafeUrl(std::string_view url);
/// What stands where a value was refused, as in Go.
inline constexpr std::string_view kRefused = "ZgotmplZ";

/// A value as a JavaScript expression, and text inside a JavaScript string.
std::string EscapeJsValue(const Value& value);
std::string EscapeJsString(std::string_view text);

/// A CSS value that can't leave its declaration, or kRefused; text inside a CSS string.
std::string FilterCssValue(std::string_view text);
std::string EscapeCssString(std::string_view text);

}  // namespace tocsin::templating
