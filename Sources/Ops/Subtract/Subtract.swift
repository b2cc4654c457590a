import GraphIR

/// a - b. Constraints: `ElementwiseBinary`.
package struct Subtract: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "subtract"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a - b }

  package func gradient(
    of node: Node, resultGradients: [ValueID?], in builder: inout GraphBuilder
  ) throws(OpError) -> [ValueID?] {
    guard let gradient = resultGradients[0] else { return [nil, nil] }
    return [gradient, try builder.append(Affine(scale: -1, shift: 0), [gradient], name: node.name)[0]]
  }

  package static let surface = makeSurface("a - b, element by element.")
}
