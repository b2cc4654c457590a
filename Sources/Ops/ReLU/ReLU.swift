import GraphIR

/// max(x, 0). Constraints: `ElementwiseUnary`.
package struct ReLU: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "relu"

  package init() {}

  package func apply(_ x: Double) -> Double { max(x, 0) }

  package static let surface = makeSurface("Rectified linear unit: max(x, 0).")
}
