import GraphIR

/// a - b. Constraints: `ElementwiseBinary`.
package struct Subtract: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "subtract"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a - b }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [dy, try builder.append(Affine(scale: -1, shift: 0), [dy], for: node)]
  }

  package static let surface = makeSurface("a - b, element by element.")
}
