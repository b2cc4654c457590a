extension LaneValues {
  func mapped(by operation: UnaryOperator) -> LaneValues {
    switch numbers {
    case .floats(let values):
      LaneValues(
        type,
        floats: values.map { value in
          switch operation {
          case .negate: -value
          case .absolute: value.magnitude
          case .squareRoot: value.squareRoot()
          case .floor: value.rounded(.down)
          case .complement: preconditionFailure("a valid kernel complements integers and masks only")
          }
        })
    case .integers(let values):
      LaneValues(
        type,
        integers: values.map { value in
          switch operation {
          case .negate: 0 &- value
          case .absolute: value < 0 ? 0 &- value : value
          case .complement: ~value
          case .squareRoot, .floor: preconditionFailure("a valid kernel takes roots of floating-point numbers only")
          }
        })
    }
  }

  func combined(_ operation: BinaryOperator, with other: LaneValues) -> LaneValues {
    switch numbers {
    case .floats(let values):
      LaneValues(type, floats: zip(values, other.floats).map { operation.apply($0, $1) })
    case .integers(let values):
      LaneValues(type, integers: zip(values, other.integers).map { operation.apply($0, $1, type.scalar) })
    }
  }

  func compared(_ comparison: Comparison, with other: LaneValues) -> LaneValues {
    let results =
      switch numbers {
      case .floats(let values): zip(values, other.floats).map { comparison.holds($0, $1) }
      case .integers(let values): zip(values, other.integers).map { comparison.holds($0, $1) }
      }
    return LaneValues(ValueType(.mask, lanes: type.lanes), integers: results.map { $0 ? 1 : 0 })
  }

  /// Rounds to nearest even; integers saturate, and NaN becomes zero. To and from bf16 by way of f32.
  func converted(to scalar: ScalarType) -> LaneValues {
    let result = ValueType(scalar, lanes: type.lanes)
    switch (numbers, scalar.isFloatingPoint) {
    case (.floats(let values), true): return LaneValues(result, floats: values)
    case (.floats(let values), false):
      return LaneValues(result, integers: values.map { saturated($0, to: scalar) })
    case (.integers(let values), true):
      return LaneValues(result, floats: values.map { scalar == .f64 ? Double($0) : Double(Float($0)) })
    case (.integers(let values), false):
      let range = scalar.range
      return LaneValues(result, integers: values.map { min(max($0, range.lowerBound), range.upperBound) })
    }
  }

  /// The same bits as another type of the same size.
  func reinterpreted(as scalar: ScalarType) -> LaneValues {
    let byteCount = type.scalar.byteCount
    return withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: byteCount) { memory in
      let lanes = (0..<type.lanes).map { lane in
        write(lane: lane, to: memory, at: 0)
        return LaneValues.read(scalar, from: UnsafeRawBufferPointer(memory), at: 0)
      }
      let result = ValueType(scalar, lanes: type.lanes)
      return scalar.isFloatingPoint
        ? LaneValues(result, floats: lanes.flatMap(\.floats)) : LaneValues(result, integers: lanes.flatMap(\.integers))
    }
  }
}

extension BinaryOperator {
  /// On f64; results for f32 are right once they are rounded, since f64 has more than twice its digits.
  fileprivate func apply(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .minimum: a < b ? a : b
    case .maximum: a > b ? a : b
    case .and, .or, .exclusiveOr, .shiftLeft, .shiftRightLogical, .shiftRightArithmetic:
      preconditionFailure("a valid kernel has no bit operations on floating-point numbers")
    }
  }

  fileprivate func apply(_ a: Int, _ b: Int, _ scalar: ScalarType) -> Int {
    switch self {
    case .add: a &+ b
    case .subtract: a &- b
    case .multiply: a &* b
    case .divide: a / b
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    case .and: a & b
    case .or: a | b
    case .exclusiveOr: a ^ b
    case .shiftLeft: a << b
    case .shiftRightLogical: Int(bitPattern: (UInt(bitPattern: a) & scalar.bits) >> UInt(b))
    case .shiftRightArithmetic: wrapped(a, to: scalar.signed) >> b
    }
  }
}

extension ScalarType {
  /// Ones in the bits that the type has.
  fileprivate var bits: UInt { byteCount == 8 ? .max : (1 << UInt(byteCount * 8)) - 1 }
  /// The signed type of that size; shifting an u8 arithmetically repeats its highest bit.
  fileprivate var signed: ScalarType { self == .u8 ? .s8 : self }
}

private func saturated(_ number: Double, to scalar: ScalarType) -> Int {
  let range = scalar.range
  let rounded = number.rounded(.toNearestOrEven)
  if rounded.isNaN { return 0 }
  if let integer = Int(exactly: rounded) { return min(max(integer, range.lowerBound), range.upperBound) }
  return rounded < 0 ? range.lowerBound : range.upperBound
}
