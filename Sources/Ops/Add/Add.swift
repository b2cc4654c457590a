import GraphIR

/// a + b. Constraints: `ElementwiseBinary`.
package struct Add: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "add"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a + b }

  package func gradient(
    of node: Node, resultGradients: [ValueID?], in builder: inout GraphBuilder
  ) throws(OpError) -> [ValueID?] {
    [resultGradients[0], resultGradients[0]]
  }

  package static let surface = makeSurface("a + b, element by element.")
}
