import LoopIR

extension DropoutChoice {
  /// A mask of the lanes that stay. `indices` and `key` are i32, of as many lanes; `key` comes from `key(seed:in:)`.
  package func keeps(_ indices: Expression, key: Expression, in builder: inout KernelBuilder) -> Expression {
    let draw = Self.mix(Self.mix(indices, in: &builder) + key, in: &builder)
    let upperBits = Expression.binary(.shiftRightLogical, draw, .constant(1, draw.type))
    return .compare(.greaterOrEqual, upperBits, .constant(Double(threshold), draw.type))
  }

  /// The key of a seed, i32 of any number of lanes.
  package func key(seed: Expression, in builder: inout KernelBuilder) -> Expression {
    let salted = Self.mix(UInt32(truncatingIfNeeded: salt) &+ Self.increment)
    return Self.mix(seed + Self.constant(salted, seed.type), in: &builder)
  }

  private static func mix(_ value: Expression, in builder: inout KernelBuilder) -> Expression {
    var mixed = folded(value, by: shifts[0], in: &builder)
    for (multiplier, shift) in zip(multipliers, shifts.dropFirst()) {
      mixed = folded(mixed * constant(multiplier, value.type), by: shift, in: &builder)
    }
    return mixed
  }

  private static func folded(
    _ value: Expression, by shift: UInt32, in builder: inout KernelBuilder
  ) -> Expression {
    let value = builder.bind(value)
    return builder.bind(
      .binary(.exclusiveOr, value, .binary(.shiftRightLogical, value, constant(shift, value.type))))
  }

  /// The bits as a signed number, which is how loops hold 32 bits.
  private static func constant(_ bits: UInt32, _ type: ValueType) -> Expression {
    .constant(Double(Int32(bitPattern: bits)), type)
  }
}
