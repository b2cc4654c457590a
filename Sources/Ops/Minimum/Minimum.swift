import GraphIR

/// The smaller of a and b; NaN where one is NaN. Constraints: `ElementwiseBinary`.
package struct Minimum: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "minimum"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { .minimumOrNaN(a, b) }

  package func gradient(of node: Node, dy: ValueID, in builder: inout GraphBuilder) throws(OpError) -> [ValueID?] {
    // Where both are equal, b has the gradient.
    let difference = try builder.append(Subtract(), [node.operands[1], node.operands[0]], for: node)
    let da = try builder.append(ReLUGradient(), [dy, difference], for: node)
    return [da, try builder.append(Subtract(), [dy, da], for: node)]
  }

  package static let surface = makeSurface("The smaller of a and b, element by element; NaN where one is NaN.")
}
