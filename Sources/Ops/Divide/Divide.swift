import GraphIR

/// a / b. Constraints: `ElementwiseBinary`.
package struct Divide: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "divide"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { a / b }

  package static let surface = makeSurface("a / b, element by element.")
}
