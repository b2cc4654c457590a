import Foundation
import GraphIR

/// Hyperbolic tangent. Constraints: `ElementwiseUnary`.
package struct Tanh: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "tanh"

  package init() {}

  package func apply(_ x: Double) -> Double { Foundation.tanh(x) }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    // 1 - y * y
    let y = node.results[0]
    let square = try builder.append(Multiply(), [y, y], for: node)
    let slope = try builder.append(Affine(scale: -1, shift: 1), [square], for: node)
    return [try builder.append(Multiply(), [dy, slope], for: node)]
  }

  package static let surface = makeSurface("Hyperbolic tangent.")
}
