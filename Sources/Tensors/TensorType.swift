/// What is known of a value before anything runs: element type and shape. Prints as `f32[N, 3, 224, 224]`.
package struct TensorType: Hashable, Sendable, CustomStringConvertible {
  package var element: ElementType
  package var shape: Shape

  package init(_ element: ElementType = .f32, _ shape: Shape) {
    self.element = element
    self.shape = shape
  }

  package var description: String { element.rawValue + shape.description }
}
