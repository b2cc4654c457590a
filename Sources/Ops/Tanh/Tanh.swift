import Foundation
import GraphIR

/// Hyperbolic tangent. Constraints: `ElementwiseUnary`.
package struct Tanh: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "tanh"

  package init() {}

  package func apply(_ x: Double) -> Double { Foundation.tanh(x) }

  package static let surface = makeSurface("Hyperbolic tangent.")
}
