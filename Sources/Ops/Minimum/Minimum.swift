import GraphIR

/// The smaller of a and b; NaN where one is NaN. Constraints: `ElementwiseBinary`.
package struct Minimum: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "minimum"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { .minimumOrNaN(a, b) }

  package static let surface = makeSurface("The smaller of a and b, element by element; NaN where one is NaN.")
}
