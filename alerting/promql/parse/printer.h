#pragma once

#include <string>

#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// The normal form of an expression on one line, as Prometheus prints it; parsing it gives the same tree.
std::string Print(const Expr& expr);

/// A value as Go's FormatFloat(v, 'f', -1, 64): never an exponent, "+Inf", "NaN".
std::string PrintNumber(double value);

}  // namespace tocsin::promql
