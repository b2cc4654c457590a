import Foundation
import GraphIR

/// 1 / (1 + exp(-x)). Constraints: `ElementwiseUnary`.
package struct Sigmoid: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "sigmoid"

  package init() {}

  package func apply(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }

  package static let surface = makeSurface("Logistic function: 1 / (1 + exp(-x)).")
}
