// Template text to trees, by Go's grammar and with its messages.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "alerting/template/ast.h"
#include "base/error.h"

namespace tocsin::templating {

/// The text's own template (under the source's name) first, then what it defines. kInvalidArgument with the
/// place for bad syntax, functions that `has_function` does not know, undefined variables, and two
/// definitions of one name; kResourceExhausted when it nests too deeply.
Result<std::vector<Tree>> ParseTemplate(const std::shared_ptr<const Source>& source,
                                        const std::function<bool(std::string_view)>& has_function);

}  // namespace tocsin::templating
