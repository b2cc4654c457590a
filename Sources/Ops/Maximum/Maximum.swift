import GraphIR

/// The larger of a and b. Constraints: `ElementwiseBinary`.
package struct Maximum: ElementwiseBinary {
  package static let mnemonic = "maximum"

  package init() {}

  package static func apply(_ a: Double, _ b: Double) -> Double { max(a, b) }

  package static let surface = makeSurface("The larger of a and b, element by element.")
}
