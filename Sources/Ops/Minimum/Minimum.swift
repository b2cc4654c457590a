import GraphIR

/// The smaller of a and b. Constraints: `ElementwiseBinary`.
package struct Minimum: ElementwiseBinary {
  package static let mnemonic = "minimum"

  package init() {}

  package static func apply(_ a: Double, _ b: Double) -> Double { min(a, b) }

  package static let surface = makeSurface("The smaller of a and b, element by element.")
}
