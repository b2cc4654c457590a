import Foundation
import GraphIR

/// e to the power of x. Constraints: `ElementwiseUnary`.
package struct Exp: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "exp"

  package init() {}

  package func apply(_ x: Double) -> Double { Foundation.exp(x) }

  package static let surface = makeSurface("e to the power of x.")
}
