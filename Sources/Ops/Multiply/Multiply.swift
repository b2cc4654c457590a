import GraphIR

/// a * b. Constraints: `ElementwiseBinary`.
package struct Multiply: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "multiply"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a * b }

  package func gradient(
    of node: Node, resultGradients: [ValueID?], in builder: inout GraphBuilder
  ) throws(OpError) -> [ValueID?] {
    guard let gradient = resultGradients[0] else { return [nil, nil] }
    return [
      try builder.append(Multiply(), [gradient, node.operands[1]], name: node.name)[0],
      try builder.append(Multiply(), [gradient, node.operands[0]], name: node.name)[0],
    ]
  }

  package static let surface = makeSurface("a * b, element by element.")
}
