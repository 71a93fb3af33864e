// API v2: silences. Private to the room.
#pragma once

#include <string>
#include <vector>

#include "alerting/notify/silence/silences.h"
#include "alerting/web/openapi.h"

namespace tocsin::web {

/// The silence of a POST's body: what the generated server demands is there.
tl::expected<notify::Silence, http::Response> ReadSilence(const http::Request& request, Timestamp now);

OrderedJson SilenceJson(const notify::Silence& silence, Timestamp now);

/// Active ones first, that which ends next in front; then pending ones as they begin; then expired ones, the
/// last to end in front. A silence is listed when for each matcher of `filter` it has the same one.
OrderedJson SilencesJson(std::vector<notify::SilencePtr> silences, const model::Matchers& filter,
                         Timestamp now);

/// 8-4-4-4-12 hexadecimal digits.
bool IsUuid(std::string_view text);

}  // namespace tocsin::web
