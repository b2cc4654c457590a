import GraphIR

/// a + b. Constraints: `ElementwiseBinary`.
package struct Add: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "add"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a + b }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [dy, dy]
  }

  package static let surface = makeSurface("a + b, element by element.")
}
