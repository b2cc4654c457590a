import Foundation
import GraphIR

/// e to the power of x. Constraints: `ElementwiseUnary`.
package struct Exp: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "exp"

  package init() {}

  package func apply(_ x: Double) -> Double { Foundation.exp(x) }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(Multiply(), [dy, node.results[0]], for: node)]
  }

  package static let surface = makeSurface("e to the power of x.")
}
