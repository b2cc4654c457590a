import GraphIR
import OrderedCollections

/// dy where x is between the bounds of a clip, else 0.
///
/// Operands: dy; x, what was clipped, of the same type.
///
/// (C1), (C2) As `ElementwiseBinary`.
/// (C3) `low` is at most `high`; either may be infinite.
package struct ClipGradient: ElementwiseBinary {
  package static let mnemonic = "clipGradient"

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
    try Activation.checkBounds(low, high, of: Self.self, constraint: "C3")
  }

  package func apply(_ dy: Double, _ x: Double) -> Double { low < x && x < high ? dy : 0 }
}
