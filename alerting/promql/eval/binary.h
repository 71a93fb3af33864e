// Binary operators between scalars and vectors, with all matchings.
#pragma once

#include "alerting/promql/eval/columns.h"
#include "alerting/promql/parse/ast.h"

namespace tocsin::promql {

/// Of arithmetic operators the result; of comparisons 1 or 0.
double Calculate(BinaryOp op, double lhs, double rhs);

ScalarCells ScalarBinary(const Binary& binary, const ScalarCells& lhs, const ScalarCells& rhs);

/// `scalar_left` says on which side the scalar stands. Filters keep the vector's value either way.
Result<Columns> VectorScalarBinary(const Binary& binary, Columns vector, const ScalarCells& scalar,
                                   bool scalar_left);

Result<Columns> VectorBinary(const Binary& binary, Columns lhs, Columns rhs, size_t steps);

}  // namespace tocsin::promql
