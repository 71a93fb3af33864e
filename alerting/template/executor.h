// Walks a tree with a dot, variables and functions, and prints.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "alerting/template/ast.h"
#include "alerting/template/output.h"
#include "alerting/template/template.h"

namespace tocsin::templating {

struct ExecutionContext {
  const FunctionTable& functions;
  std::function<const Tree*(std::string_view name)> find;  ///< the templates that {{template}} can call
  bool missing_key_zero = true;
  const ExecuteLimits& limits;
};

/// Errors read as Go's ("executing "x" at <.Foo>: can't evaluate …") and carry the place.
Status ExecuteTree(const Tree& tree, const Value& data, const ExecutionContext& context, Output& output);

}  // namespace tocsin::templating
