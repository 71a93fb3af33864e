// The runbook as a page, so that the links in messages lead somewhere.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::web {

/// docs/RUNBOOK.md as HTML. Of Markdown it knows what that file uses: headings, paragraphs, **bold** and
/// `code`; of links the text is kept. A heading's anchor is its text in lower case.
std::string RunbookPage(std::string_view markdown);

}  // namespace tocsin::web
