import Foundation
import GraphIR

/// 1 / (1 + exp(-x)). Constraints: `ElementwiseUnary`.
package struct Sigmoid: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "sigmoid"

  package init() {}

  package func apply(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    // y * (1 - y)
    let y = node.results[0]
    let rest = try builder.append(Affine(scale: -1, shift: 1), [y], for: node)
    let slope = try builder.append(Multiply(), [y, rest], for: node)
    return [try builder.append(Multiply(), [dy, slope], for: node)]
  }

  package static let surface = makeSurface("Logistic function: 1 / (1 + exp(-x)).")
}
