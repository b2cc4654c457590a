/// Names one of a kernel's buffers: its position among the kernel's operands.
package struct BufferID: Hashable, Sendable {
  package let index: Int
  package init(_ index: Int) { self.index = index }
}

/// A value that is computed once and never changes.
package struct Binding: Hashable, Sendable {
  package let id: Int
  package let type: ValueType

  package init(id: Int, type: ValueType) {
    self.id = id
    self.type = type
  }
}

/// A value that is assigned again and again, such as an accumulator; code generation keeps it in a machine
/// register across loops.
package struct Register: Hashable, Sendable {
  package let id: Int
  package let type: ValueType

  package init(id: Int, type: ValueType) {
    self.id = id
    self.type = type
  }
}

package enum UnaryOperator: String, Hashable, Sendable, CaseIterable {
  case negate, absolute, squareRoot, floor
  /// Bitwise complement, of integers and masks.
  case complement
}

package enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide
  /// As x86's MIN and MAX: where an operand is NaN, the second.
  case minimum, maximum
  case and, or, exclusiveOr
  case shiftLeft, shiftRightLogical, shiftRightArithmetic
}

/// Ordered comparisons: false where an operand is NaN, but `notEqual`, which is true.
package enum Comparison: String, Hashable, Sendable, CaseIterable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

package enum Reduction: String, Hashable, Sendable, CaseIterable { case add, maximum, minimum }

/// What a kernel computes with: scalars and vectors, lane by lane. Operands of one operator have one type.
package indirect enum Expression: Hashable, Sendable {
  /// The same number in every lane.
  case constant(Double, ValueType)
  case bound(Binding)
  case register(Register)
  /// Index arithmetic as a scalar i64.
  case index(Index)
  /// `type.lanes` elements from element `at` of the buffer, `stride` elements apart. Lanes that the mask leaves out
  /// are not read, and are zero.
  case load(BufferID, at: Index, ValueType, stride: Int, mask: Expression?)
  /// A scalar in every lane. Of a loaded scalar it costs nothing as an operand of arithmetic.
  case splat(Expression, lanes: Int)
  case unary(UnaryOperator, Expression)
  case binary(BinaryOperator, Expression, Expression)
  /// a * b + c, rounded once where the target has the instruction, else twice.
  case fusedMultiplyAdd(Expression, Expression, Expression)
  case compare(Comparison, Expression, Expression)
  /// The second where the mask is set, else the third.
  case select(Expression, Expression, Expression)
  /// Round to nearest even; to integers saturating, NaN to zero.
  case convert(Expression, to: ScalarType)
  /// The bits, read as another type of the same size.
  case bitcast(Expression, to: ScalarType)
  /// Lane i is lane `lanes[i]` of the two operands laid end to end.
  case shuffle([Int], Expression, Expression)
  /// All lanes to a scalar: halves are combined until one lane is left, so the order is fixed.
  case reduce(Reduction, Expression)
  /// Groups of neighbouring narrow products added to a wide lane: 4 of u8 x s8 to i32, or 2 of bf16 to f32.
  case dot(accumulator: Expression, Expression, Expression)
  /// The mask whose lane i is set where i < count.
  case firstLanes(Index, lanes: Int)
}

extension Expression {
  package var type: ValueType {
    switch self {
    case .constant(_, let type), .load(_, _, let type, _, _): type
    case .bound(let binding): binding.type
    case .register(let register): register.type
    case .index: ValueType(.i64)
    case .splat(let scalar, let lanes): ValueType(scalar.type.scalar, lanes: lanes)
    case .unary(_, let a), .binary(_, let a, _), .fusedMultiplyAdd(let a, _, _): a.type
    case .compare(_, let a, _): ValueType(.mask, lanes: a.type.lanes)
    case .select(_, let a, _): a.type
    case .convert(let a, let scalar), .bitcast(let a, let scalar): ValueType(scalar, lanes: a.type.lanes)
    case .shuffle(let lanes, let a, _): ValueType(a.type.scalar, lanes: lanes.count)
    case .reduce(_, let a): ValueType(a.type.scalar)
    case .dot(let accumulator, _, _): accumulator.type
    case .firstLanes(_, let lanes): ValueType(.mask, lanes: lanes)
    }
  }

  package static func + (a: Expression, b: Expression) -> Expression { .binary(.add, a, b) }
  package static func - (a: Expression, b: Expression) -> Expression { .binary(.subtract, a, b) }
  package static func * (a: Expression, b: Expression) -> Expression { .binary(.multiply, a, b) }
  package static func / (a: Expression, b: Expression) -> Expression { .binary(.divide, a, b) }
  package static func min(_ a: Expression, _ b: Expression) -> Expression { .binary(.minimum, a, b) }
  package static func max(_ a: Expression, _ b: Expression) -> Expression { .binary(.maximum, a, b) }
}
