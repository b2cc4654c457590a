import GraphIR

/// max(x, 0). Constraints: `ElementwiseUnary`.
package struct ReLU: ElementwiseUnary, AttributeFreeOp {
  package static let mnemonic = "relu"

  package init() {}

  package func apply(_ x: Double) -> Double { max(x, 0) }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [try builder.append(ReLUGradient(), [dy, node.results[0]], for: node)]
  }

  package static let surface = makeSurface("Rectified linear unit: max(x, 0).")
}
