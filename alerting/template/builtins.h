// Go's own template functions: and or not len index slice print printf println html js urlquery eq ne lt le
// gt ge call.
#pragma once

#include "alerting/template/template.h"

namespace tocsin::templating {

/// `and` and `or` have no `call`: the executor evaluates their arguments one by one.
FunctionTable Builtins();

}  // namespace tocsin::templating
