import GraphIR

/// a * b. Constraints: `ElementwiseBinary`.
package struct Multiply: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "multiply"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a * b }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    [
      try builder.append(Multiply(), [dy, node.operands[1]], for: node),
      try builder.append(Multiply(), [dy, node.operands[0]], for: node),
    ]
  }

  package static let surface = makeSurface("a * b, element by element.")
}
