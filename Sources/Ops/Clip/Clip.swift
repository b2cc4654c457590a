import GraphIR
import OrderedCollections
import Tensors

/// min(max(x, low), high).
///
/// (C1) The operand is of f32; the result has its type.
/// (C2) `low` is at most `high`; either may be infinite.
package struct Clip: ElementwiseUnary {
  package static let mnemonic = "clip"

  package var low: Double
  package var high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    low = try reader.float("low")
    high = try reader.float("high")
    try reader.finish()
  }

  package var attributes: Attributes { ["low": .float(low), "high": .float(high)] }

  package func check() throws(OpError) {
    try Activation.checkBounds(low, high, of: Self.self, constraint: "C2")
  }

  package func apply(_ x: Double) -> Double { min(max(x, low), high) }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(ClipGradient(low: low, high: high), [dy, node.operands[0]], for: node)]
  }
}
