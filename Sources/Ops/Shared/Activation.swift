import GraphIR

/// A function of one element, applied where a fused op writes its result.
package enum Activation: Hashable, Sendable {
  case none
  case relu
  /// min(max(x, low), high)
  case clip(low: Double, high: Double)
  /// x, or slope * x where x is negative; the slope of each channel is an operand.
  case prelu

  /// Appends `activation`, and for a clip `low` and `high`.
  package func append(to attributes: inout Attributes) {
    switch self {
    case .none: break
    case .relu: attributes["activation"] = .symbol("relu")
    case .prelu: attributes["activation"] = .symbol("prelu")
    case .clip(let low, let high):
      attributes["activation"] = .symbol("clip")
      attributes["low"] = .float(low)
      attributes["high"] = .float(high)
    }
  }

  package init(_ reader: inout AttributeReader) throws(OpError) {
    switch try reader.symbol("activation", default: "none") {
    case "none": self = .none
    case "relu": self = .relu
    case "prelu": self = .prelu
    case "clip": self = .clip(low: try reader.float("low"), high: try reader.float("high"))
    case let other: throw OpError("activation is none, relu, clip or prelu; got '\(other)'")
    }
  }

  /// Throws where a clip's bounds are out of order.
  func check(of op: any Op.Type, constraint: String) throws(OpError) {
    if case .clip(let low, let high) = self { try Self.checkBounds(low, high, of: op, constraint: constraint) }
  }

  static func checkBounds(_ low: Double, _ high: Double, of op: any Op.Type, constraint: String) throws(OpError) {
    // Not a number fails the comparison too.
    guard low <= high else {
      throw OpError("\(op.mnemonic) needs low <= high; got \(low) and \(high)", constraint: constraint)
    }
  }

  /// Applies the function to elements of a channel with this slope.
  func apply(to elements: UnsafeMutableBufferPointer<Double>, slope: Double) {
    switch self {
    case .none: break
    case .relu: for index in elements.indices { elements[index] = max(elements[index], 0) }
    case .clip(let low, let high):
      for index in elements.indices { elements[index] = min(max(elements[index], low), high) }
    case .prelu:
      for index in elements.indices where elements[index] < 0 { elements[index] *= slope }
    }
  }
}
