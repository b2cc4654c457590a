import GraphIR
import OrderedCollections

/// (1 - momentum) * old + momentum * new: how running statistics take in those of a batch.
///
/// Operands: old; new, of the same type.
///
/// (C1), (C2) As `ElementwiseBinary`.
/// (C3) Momentum is between 0 and 1.
package struct RunningAverage: ElementwiseBinary {
  package static let mnemonic = "runningAverage"

  package var momentum: Double

  package init(momentum: Double) { self.momentum = momentum }

  package init(attributes: Attributes) throws(OpError) {
    var reader = AttributeReader(attributes, of: Self.self)
    momentum = try reader.float("momentum")
    try reader.finish()
  }

  package var attributes: Attributes { ["momentum": .float(momentum)] }

  package func check() throws(OpError) {
    guard (0...1).contains(momentum) else {
      throw OpError("\(Self.mnemonic) needs a momentum between 0 and 1; got \(momentum)", constraint: "C3")
    }
  }

  package func apply(_ old: Double, _ new: Double) -> Double { (1 - momentum) * old + momentum * new }
}
