import GraphIR

/// dy where y is positive, else 0: the gradient of a ReLU, from its result. Constraints: `ElementwiseBinary`.
///
/// Operands: dy; y, of the same type.
package struct ReLUGradient: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "reluGradient"

  package init() {}

  package func apply(_ dy: Double, _ y: Double) -> Double { y > 0 ? dy : 0 }
}
