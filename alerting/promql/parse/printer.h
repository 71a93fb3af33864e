#pragma once

#include <string>

#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// The normal form of an expression on one line, as Prometheus prints it; parsing it gives the same tree.
std::string Print(const Expr& expr);

/// The same over several lines where one would have more than 100 bytes, as Prometheus' format_query.
std::string PrettyPrint(const Expr& expr);

/// A value as Go's FormatFloat(v, 'f', -1, 64): never an exponent, "+Inf", "NaN".
std::string PrintNumber(double value);
/// As Go's %g: with an exponent below 1e-4 and from 1e+06 on.
std::string PrintShort(double value);

}  // namespace tocsin::promql
