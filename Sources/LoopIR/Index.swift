/// A counter that index arithmetic may mention: a loop's, the batch size, or the chunk.
package struct IndexVariable: Hashable, Sendable {
  package let id: Int
  package let name: String

  package init(id: Int, name: String) {
    self.id = id
    self.name = name
  }

  /// The batch size of this run.
  package static let batch = IndexVariable(id: -1, name: "N")
  /// Which chunk of the step this call computes.
  package static let chunk = IndexVariable(id: -2, name: "chunk")
}

/// Integer arithmetic for addresses, bounds and chunk decoding; all of it is non-negative where it is divided.
/// The operators fold constants.
package indirect enum Index: Hashable, Sendable {
  case constant(Int)
  case variable(IndexVariable)
  case sum(Index, Index)
  case difference(Index, Index)
  case product(Index, Index)
  /// Rounded down.
  case quotient(Index, Int)
  case remainder(Index, Int)
  case minimum(Index, Index)
  case maximum(Index, Index)

  package static let batch = Index.variable(.batch)
  package static let chunk = Index.variable(.chunk)

  /// The number, where no variable is left.
  package var constantValue: Int? {
    if case .constant(let value) = self { value } else { nil }
  }
}

extension Index: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int) { self = .constant(value) }

  package static func + (a: Index, b: Index) -> Index {
    switch (a, b) {
    case (.constant(let x), .constant(let y)): .constant(x + y)
    case (_, .constant(0)): a
    case (.constant(0), _): b
    // Constants gather at the right, where code generation folds them into addresses.
    case (.sum(let x, .constant(let y)), .constant(let z)): x + .constant(y + z)
    case (.sum(let x, .constant(let y)), _): (x + b) + .constant(y)
    case (.constant, _): b + a
    case (_, .sum(let x, .constant(let y))): .sum(a, x) + .constant(y)
    default: .sum(a, b)
    }
  }

  package static func - (a: Index, b: Index) -> Index {
    switch b {
    case .constant(let y): a + .constant(-y)
    default: a == b ? 0 : .difference(a, b)
    }
  }

  package static func * (a: Index, b: Index) -> Index {
    switch (a, b) {
    case (.constant(let x), .constant(let y)): .constant(x * y)
    case (_, .constant(0)), (.constant(0), _): 0
    case (_, .constant(1)): a
    case (.constant, _): b * a
    case (.sum(let x, .constant(let y)), .constant(let z)): x * b + .constant(y * z)
    default: .product(a, b)
    }
  }

  package static func / (a: Index, b: Int) -> Index {
    if case .constant(let x) = a { return .constant(x / b) }
    return b == 1 ? a : .quotient(a, b)
  }

  package static func % (a: Index, b: Int) -> Index {
    if case .constant(let x) = a { return .constant(x % b) }
    return b == 1 ? 0 : .remainder(a, b)
  }

  package static func min(_ a: Index, _ b: Index) -> Index {
    if let x = a.constantValue, let y = b.constantValue { return .constant(Swift.min(x, y)) }
    return a == b ? a : .minimum(a, b)
  }

  package static func max(_ a: Index, _ b: Index) -> Index {
    if let x = a.constantValue, let y = b.constantValue { return .constant(Swift.max(x, y)) }
    return a == b ? a : .maximum(a, b)
  }
}
