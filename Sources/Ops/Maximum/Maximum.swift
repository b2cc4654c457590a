import GraphIR

/// The larger of a and b; NaN where one is NaN. Constraints: `ElementwiseBinary`.
package struct Maximum: ElementwiseBinary, AttributeFreeOp {
  package static let mnemonic = "maximum"

  package init() {}

  package func apply(_ a: Double, _ b: Double) -> Double { .maximumOrNaN(a, b) }

  package static let surface = makeSurface("The larger of a and b, element by element; NaN where one is NaN.")
}
