// Where a place inside a YAML scalar's value stands in the file: how an error in an expression or template
// gets the line and column that an editor jumps to.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/yaml/node.h"

namespace tocsin::rules {

/// `inside` counts lines and columns (from 1) in the scalar's text. Plain, quoted, literal and folded scalars
/// are followed through their folding and escapes. The scalar's own position when `inside` is unknown.
Position PositionInScalar(std::string_view file_text, const yaml::Node& scalar, const Position& inside);

}  // namespace tocsin::rules
