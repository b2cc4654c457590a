import GraphIR

/// a / b. Constraints: `ElementwiseBinary`.
package struct Divide: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "divide"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a / b }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    // d(a / b) / db is -(a / b) / b.
    let da = try builder.append(Divide(), [dy, node.operands[1]], for: node)
    let product = try builder.append(Multiply(), [da, node.results[0]], for: node)
    return [da, try builder.append(Affine(scale: -1, shift: 0), [product], for: node)]
  }

  package static let surface = makeSurface("a / b, element by element.")
}
