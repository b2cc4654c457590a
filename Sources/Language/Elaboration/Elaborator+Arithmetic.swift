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

  mutating func negate(_ value: Value, at range: SourceRange) -> Value {
    switch value {
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

extension BinaryOperator {
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
