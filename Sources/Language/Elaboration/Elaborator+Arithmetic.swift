import Diagnostics
import GraphIR

extension Elaborator {
  mutating func evaluateBinary(
    _ binary: BinaryOperator, _ left: Expression, _ right: Expression, at range: SourceRange
  ) throws(Abort) -> Value {
    let first = try evaluate(left)
    // `and` and `or` look at their right side only where it matters, so that it may rely on the left.
    if case .bool(let value) = first {
      if binary == .and, !value { return .bool(false) }
      if binary == .or, value { return .bool(true) }
    }
    let second = try evaluate(right)
    switch (first, second) {
    case (.poison, _), (_, .poison): return .poison
    case (.absent(let origin), _): return poison(.trainingOnly(at: left.range, origin: origin))
    case (_, .absent(let origin)): return poison(.trainingOnly(at: right.range, origin: origin))
    case (.tensor, .tensor):
      if let surface = binary.mnemonic.flatMap({ module.surfaces[$0] }) {
        let operands = [
          ArgumentValue(content: .value(first), range: left.range),
          ArgumentValue(content: .value(second), range: right.range),
        ]
        return try build(surface, operands.enumerated().map { ($0, [$1]) }, at: range)
      }
    case (.tensor, .int), (.tensor, .float):
      if let number = second.number, let map = binary.affine(right: number) {
        return number == 0 && binary == .divide
          ? poison(.divisionByZero(at: range)) : try build(map, first, from: left, at: range)
      }
    case (.int, .tensor), (.float, .tensor):
      if let number = first.number, let map = binary.affine(left: number) {
        return try build(map, second, from: right, at: range)
      }
    case (.bool(let a), .bool(let b)):
      if let result = binary.apply(a, b) { return .bool(result) }
    case (.int(let a), .int(let b)):
      return apply(binary, a, b, at: range)
    default:
      if let a = first.number, let b = second.number { return apply(binary, a, b, at: range) }
    }
    let graph = builder.graph
    return poison(
      .operandsDoNotFit(
        binary, first.typeDescription(in: graph), second.typeDescription(in: graph), at: range))
  }

  /// A tensor times a number plus another: the built-in function of that name.
  private mutating func build(
    _ map: AffineMap, _ value: Value, from operand: Expression, at range: SourceRange
  ) throws(Abort) -> Value {
    guard let surface = module.surfaces[AffineMap.mnemonic] else {
      return poison(.unexpectedKind("a number", found: value.typeDescription(in: builder.graph), at: operand.range))
    }
    let numbers = [AffineMap.scaleName: map.scale, AffineMap.shiftName: map.shift]
    let arguments = surface.parameters.enumerated().map { index, parameter in
      let argument = numbers[parameter.name].map(Value.float) ?? value
      return (index, [ArgumentValue(content: .value(argument), range: operand.range)])
    }
    return try build(surface, arguments, at: range)
  }

  mutating func negate(_ operand: Expression, at range: SourceRange) throws(Abort) -> Value {
    let value = try evaluate(operand)
    switch value {
    case .tensor: return try build(AffineMap(scale: -1, shift: 0), value, from: operand, at: range)
    case .int(let value):
      let (result, overflow) = 0.subtractingReportingOverflow(value)
      return overflow ? poison(.integerOverflow(at: range)) : .int(result)
    case .float(let value): return .float(-value)
    case .poison: return .poison
    default:
      return poison(.unexpectedKind("a number", found: value.typeDescription(in: builder.graph), at: range))
    }
  }

  private mutating func apply(_ binary: BinaryOperator, _ a: Int, _ b: Int, at range: SourceRange) -> Value {
    if let comparison = binary.compare(a, b) { return .bool(comparison) }
    let result: (partialValue: Int, overflow: Bool)
    switch binary {
    case .add: result = a.addingReportingOverflow(b)
    case .subtract: result = a.subtractingReportingOverflow(b)
    case .multiply: result = a.multipliedReportingOverflow(by: b)
    case .divide, .remainder:
      guard b != 0 else { return poison(.divisionByZero(at: range)) }
      guard !(a == .min && b == -1) else { return poison(.integerOverflow(at: range)) }
      // Swift rounds to zero, and the language down.
      let isBelow = a % b != 0 && (a < 0) != (b < 0)
      return .int(binary == .divide ? a / b - (isBelow ? 1 : 0) : a % b + (isBelow ? b : 0))
    default: return poison(.operandsDoNotFit(binary, "Int", "Int", at: range))
    }
    return result.overflow ? poison(.integerOverflow(at: range)) : .int(result.partialValue)
  }

  private mutating func apply(_ binary: BinaryOperator, _ a: Double, _ b: Double, at range: SourceRange) -> Value {
    if let comparison = binary.compare(a, b) { return .bool(comparison) }
    let result: Double
    switch binary {
    case .add: result = a + b
    case .subtract: result = a - b
    case .multiply: result = a * b
    case .divide: result = a / b
    default: return poison(.operandsDoNotFit(binary, "Float", "Float", at: range))
    }
    return result.isFinite ? .float(result) : poison(b == 0 ? .divisionByZero(at: range) : .floatOverflow(at: range))
  }
}

/// x * scale + shift.
private struct AffineMap {
  static let mnemonic = "affine"
  static let scaleName = "scale"
  static let shiftName = "shift"

  var scale: Double
  var shift: Double
}

extension BinaryOperator {
  /// What `x op number` does to x.
  fileprivate func affine(right number: Double) -> AffineMap? {
    switch self {
    case .add: AffineMap(scale: 1, shift: number)
    case .subtract: AffineMap(scale: 1, shift: -number)
    case .multiply: AffineMap(scale: number, shift: 0)
    case .divide: AffineMap(scale: 1 / number, shift: 0)
    default: nil
    }
  }

  /// What `number op x` does to x.
  fileprivate func affine(left number: Double) -> AffineMap? {
    switch self {
    case .add: AffineMap(scale: 1, shift: number)
    case .subtract: AffineMap(scale: -1, shift: number)
    case .multiply: AffineMap(scale: number, shift: 0)
    default: nil
    }
  }

  /// The built-in function that does it to tensors.
  fileprivate var mnemonic: String? {
    switch self {
    case .add: "add"
    case .subtract: "subtract"
    case .multiply: "multiply"
    case .divide: "divide"
    default: nil
    }
  }

  fileprivate func compare<Number: Comparable>(_ a: Number, _ b: Number) -> Bool? {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    default: nil
    }
  }

  fileprivate func apply(_ a: Bool, _ b: Bool) -> Bool? {
    switch self {
    case .and: a && b
    case .or: a || b
    case .equal: a == b
    case .notEqual: a != b
    default: nil
    }
  }
}
