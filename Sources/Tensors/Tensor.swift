/// A dense row-major tensor of the reference engine, computed in f64 so that it can judge f32 code.
package struct Tensor: Hashable, Sendable {
  package var dimensions: [Int]
  package var elements: [Double]

  package init(_ dimensions: [Int], _ elements: [Double]) {
    precondition(elements.count == dimensions.reduce(1, *), "element count does not match \(dimensions)")
    self.dimensions = dimensions
    self.elements = elements
  }

  package init(_ dimensions: [Int], repeating value: Double = 0) {
    self.init(dimensions, [Double](repeating: value, count: dimensions.reduce(1, *)))
  }

  /// The elements rounded to f32, as compiled code holds them.
  package var floats: [Float] { elements.map(Float.init) }

  package init(_ dimensions: [Int], floats: [Float]) {
    self.init(dimensions, floats.map(Double.init))
  }
}
