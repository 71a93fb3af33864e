// Matchers as Alertmanager's users write them: `severity="critical"`, `{service=~"a|b", team!=web}`. Routes,
// silences, inhibition and API filters share this syntax; PromQL's selectors have a grammar of their own.
#pragma once

#include <string_view>

#include "alerting/model/matcher.h"
#include "base/error.h"

namespace tocsin::model {

/// A list of matchers, separated by commas, braces optional. Alertmanager has two grammars: the newer one, in
/// which names and values are UTF-8 and quoted where they hold reserved characters, and the classic one, in
/// which a value runs to the next comma. As its default (fallback) mode does: what either grammar reads is
/// accepted, and where both do, the classic reading counts. kInvalidArgument with the column in `text`
/// otherwise.
Result<Matchers> ParseMatchers(std::string_view text);

/// Each grammar alone.
Result<Matchers> ParseMatchersUtf8(std::string_view text);
Result<Matchers> ParseMatchersClassic(std::string_view text);

}  // namespace tocsin::model
